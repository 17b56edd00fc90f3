"""MATLAB files of features: a matrix with a row per image, in version 5 to 7.2, or in 7.3, which is HDF5.

A member is called by the name of the matrix and the row, from 0: /data/features.mat/image_features/12. HDF5 files of
MATLAB hold every matrix transposed [methods.md 6.7]; this is undone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from twobranch.corpus.containers import hdf5
from twobranch.corpus.containers.latest import FileVersion, Latest
from twobranch.corpus.containers.rows import as_npy, npy_size, row_of
from twobranch.errors import TwobranchError

OPEN_FILES = 2
"""Files whose matrices are kept in memory, if their version has to be read at once."""


def matrix(file: FileVersion, name: str) -> Any:
    """The rows of a matrix, (N, F); None where the file has none of this name.

    Raises:
        TwobranchError: if the file is damaged, or is HDF5 and h5py is not installed.
    """
    if _is_hdf5(file):
        return hdf5.transposed(file, name)
    found = _OPEN.of(file).get(name)
    return found if isinstance(found, np.ndarray) and found.ndim == 2 and found.dtype.kind in "fiu" else None


def matrices(file: FileVersion) -> list[str]:
    """The names of what a file holds.

    Raises:
        TwobranchError: as `matrix`.
    """
    return hdf5.names(file) if _is_hdf5(file) else list(_OPEN.of(file))


def read(file: FileVersion, member: str) -> bytes | None:
    """A row as an .npy file; None where there is no such matrix or row."""
    name, _, number = member.rpartition("/")
    found, row = matrix(file, name), row_of(number)
    return as_npy(found[row]) if found is not None and row is not None and row < len(found) else None


def size(file: FileVersion, member: str) -> int:
    """The bytes of a row as an .npy file; -1 where there is none."""
    name, _, number = member.rpartition("/")
    found, row = matrix(file, name), row_of(number)
    return npy_size(found.dtype, found.shape[1:]) if found is not None and row is not None and row < len(found) else -1


def _is_hdf5(file: FileVersion) -> bool:
    try:
        with open(file.path, "rb") as opened:
            return hdf5.SIGNATURE in opened.read(1024)
    except OSError as error:
        raise TwobranchError(
            file.path, "a MATLAB file must be readable", found=error.strerror, remedy="Check the path."
        ) from None


def _load(file: FileVersion) -> dict[str, Any]:
    from scipy.io import loadmat

    try:
        found = loadmat(file.path)
    except Exception as error:  # a damaged file fails in many ways
        raise TwobranchError(
            file.path, "must be a whole MATLAB file", found=error, remedy="Save it from MATLAB anew."
        ) from None
    return {name: value for name, value in found.items() if not name.startswith("__")}


_OPEN: Latest[FileVersion, dict[str, Any]] = Latest(_load, OPEN_FILES)
