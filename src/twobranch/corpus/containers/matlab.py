"""MATLAB files of features: a matrix with a row per image, in version 5 to 7.2, or in 7.3, which is HDF5.

A member is called by the name of the matrix and the row, from 0: /data/features.mat/image_features/12. HDF5 files of
MATLAB hold every matrix transposed [methods.md 6.7]; this is undone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from twobranch.corpus.containers import hdf5, matlab5
from twobranch.corpus.containers.latest import FileVersion, Latest
from twobranch.corpus.containers.rows import row_as_npy, row_size
from twobranch.errors import TwobranchError

OPEN_FILES = 2
"""Files that are kept open, and matrices that are kept mapped, or in memory where they are compressed."""


def matrix(file: FileVersion, name: str) -> Any:
    """The rows of a matrix, (N, F); None where the file has none of this name.

    Raises:
        TwobranchError: if the file is damaged, or is HDF5 and h5py is not installed.
    """
    return _ROWS.of((file, name))


def matrices(file: FileVersion) -> list[str]:
    """The names of what a file holds.

    Raises:
        TwobranchError: as `matrix`.
    """
    return hdf5.names(file) if _is_hdf5(file) else list(_FOUND.of(file))


def read(file: FileVersion, member: str) -> bytes | None:
    """A row as an .npy file; None where there is no such matrix or row."""
    name, _, number = member.rpartition("/")
    return row_as_npy(matrix(file, name), number)


def size(file: FileVersion, member: str) -> int:
    """The bytes of a row as an .npy file; -1 where there is none."""
    name, _, number = member.rpartition("/")
    return row_size(matrix(file, name), number)


def _is_hdf5(file: FileVersion) -> bool:
    try:
        with open(file.path, "rb") as opened:
            return hdf5.SIGNATURE in opened.read(1024)
    except OSError as error:
        raise TwobranchError(
            file.path, "a MATLAB file must be readable", found=error.strerror, remedy="Check the path."
        ) from None


def _find(file: FileVersion) -> dict[str, matlab5.Matrix]:
    with _whole(file), open(file.path, "rb") as opened:
        return matlab5.matrices(opened)


def _rows(key: tuple[FileVersion, str]) -> Any:
    file, name = key
    if _is_hdf5(file):
        return hdf5.transposed(file, name)
    found = _FOUND.of(file).get(name)
    with _whole(file):
        return None if found is None else matlab5.rows(file.path, found)


@contextlib.contextmanager
def _whole(file: FileVersion) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        raise TwobranchError(
            file.path, "must be a whole MATLAB file", found=error, remedy="Save it from MATLAB anew."
        ) from None


_FOUND: Latest[FileVersion, dict[str, matlab5.Matrix]] = Latest(_find, OPEN_FILES)
_ROWS: Latest[tuple[FileVersion, str], Any] = Latest(_rows, OPEN_FILES)
