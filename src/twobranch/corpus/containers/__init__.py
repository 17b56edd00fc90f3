"""What lies inside other files: pictures in tars and Parquet files, features in NumPy, MATLAB, HDF5 and TSV files.

Such an image has a path like any other, with its container in the place of a folder:

    /data/00000.tar/000000012.jpg        the member 000000012.jpg of the tar 00000.tar
    /data/train.parquet/image/17         row 17 (the first is 1) of the column `image` of train.parquet
    /data/train_ims.npy/12               row 12 (the first is 0) of the features in train_ims.npy

No file system has a regular file with something below it, so a path means one thing only, and a folder that is called
`photos.tar` stays a folder. A member is data inside its file: it is read in place, and nothing is ever unpacked.
"""

from __future__ import annotations

import os
import re
from typing import Protocol

from twobranch.corpus.containers import attention_tsv, hdf5, matlab, npy, parquet, tar
from twobranch.corpus.containers.latest import FileVersion, version_of


class Container(Protocol):
    """A module that reads one kind of file that holds pictures."""

    def read(self, file: FileVersion, member: str) -> bytes | None:
        """The bytes of a member; None where there is no such member.

        Raises:
            TwobranchError: if the file cannot be read.
        """

    def size(self, file: FileVersion, member: str) -> int:
        """The number of bytes of a member; -1 where there is no such member.

        Raises:
            TwobranchError: if the file cannot be read.
        """


CONTAINERS: dict[str, Container] = {
    ".tar": tar,
    ".parquet": parquet,
    ".npy": npy,
    ".mat": matlab,
    ".h5": hdf5,
    ".hdf5": hdf5,
    ".tsv": attention_tsv,
}
"""The kinds of container by the ending of their names, in lower case."""

_CONTAINER = re.compile(rf"(?:{'|'.join(map(re.escape, CONTAINERS))})(?=[{re.escape(os.sep)}/])", re.IGNORECASE)


def container_of(path: str) -> tuple[FileVersion, str] | None:
    """The container and the member that a path names; None for the path of a plain file.

    Example:
        >>> container_of("/photos/a.jpg") is None, container_of("/no/such.tar/a.jpg") is None
        (True, True)
    """
    for ending in _CONTAINER.finditer(path):
        file = version_of(path[: ending.end()])
        if file is not None:
            return file, path[ending.end() + 1 :].replace(os.sep, "/")
    return None


def kind_of(file: FileVersion) -> Container:
    """The module that reads a container."""
    return CONTAINERS[os.path.splitext(file.path)[1].lower()]


def is_container(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a file that may hold pictures."""
    return os.path.splitext(path)[1].lower() in CONTAINERS and os.path.isfile(path)
