"""The bytes of a picture, wherever it is: in a file of its own, inside a tar or Parquet file, or on object storage.

Everything that opens a picture by its path goes through this module.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path

from twobranch.corpus import object_storage
from twobranch.corpus.containers import container_of, kind_of
from twobranch.corpus.containers.latest import FileVersion, version_of
from twobranch.corpus.local_copies import local_copy
from twobranch.errors import TwobranchError

MAX_BYTES = 1 << 31
"""Size of the largest picture that is read: as large as the largest picture may be without compression."""


@contextlib.contextmanager
def open_content(path: str | Path) -> Iterator[io.BytesIO | io.BufferedReader]:
    """Open a picture for reading; a file of its own is read by whoever asks, and not before.

    Raises:
        TwobranchError: if it is not there or cannot be read, also for an `OSError` while it is open.
    """
    inside = container_of(str(path))
    try:
        if inside is not None:
            yield io.BytesIO(_member(str(path), *inside))
        elif "\0" in str(path):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        elif object_storage.is_remote(path):
            _require_picture_file(path)
            yield io.BytesIO(object_storage.read(str(path)))
        else:
            _require_picture_file(path)
            with open(path, "rb") as file:
                yield file
    except OSError as error:
        raise TwobranchError(
            str(path), "a picture must be a readable file", found=error.strerror or error, remedy="Check the path."
        ) from None


def _require_picture_file(path: str | Path) -> None:
    file = version_of(str(path))
    if file is None and os.path.exists(path):  # opening a pipe would wait for ever
        raise OSError(errno.EINVAL, "no file")
    if file is not None and file.bytes > MAX_BYTES:
        raise TwobranchError(
            file.path,
            f"a picture has at most {MAX_BYTES:,} bytes",
            found=f"{file.bytes:,}",
            remedy="Scale the picture down.",
        )


def content(path: str | Path) -> bytes:
    """The bytes of a picture.

    Raises:
        TwobranchError: if it is not there or cannot be read.

    Example:
        >>> content("/no/such/file.jpg")
        Traceback (most recent call last):
        ...
        twobranch.errors.TwobranchError: /no/such/file.jpg: a picture must be a readable file, but found No such file
        or directory. Check the path.
    """
    with open_content(path) as file:
        return file.read()


def _member(path: str, file: FileVersion, member: str) -> bytes:
    with local_copy(file) as local:
        found = kind_of(local).read(local, member)
    if found is None:
        rule = f"a picture must be a member of {file.path}"
        raise TwobranchError(path, rule, found="none of this name", remedy="Check the path.")
    return found


def version(path: str) -> FileVersion | None:
    """Size and time of a picture, which change when it does; None where it is not there.

    The time of a picture inside a file is that file's.

    Raises:
        TwobranchError: if the file that should hold it cannot be read.
    """
    inside = container_of(path)
    if inside is None:
        return version_of(path)
    file, member = inside
    with local_copy(file) as local:
        size = kind_of(local).size(local, member)
    return None if size < 0 else FileVersion(path, size, file.mtime_ns)


def file_size(path: str) -> int:
    """The size of a picture in bytes; -1 where it is not there.

    Raises:
        TwobranchError: if the file that should hold it cannot be read.

    Example:
        >>> file_size("/no/such/file.jpg")
        -1
    """
    found = version(path)
    return -1 if found is None else found.bytes
