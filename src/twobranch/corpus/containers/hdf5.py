"""HDF5 files of features: a dataset per image, or a dataset with a row per image.

A member is the path of a dataset, /data/features.h5/36979, or of one and a row of it, from 0, /data/all.h5/features/12.
What lies in another file is no member: no link is followed, and neither virtual nor external datasets are read.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from twobranch.corpus.containers.cite import is_cite, visual_columns
from twobranch.corpus.containers.latest import FileVersion, Latest
from twobranch.corpus.containers.rows import as_npy, names_of, npy_size, row_of
from twobranch.errors import TwobranchError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""What an HDF5 file begins with; MATLAB writes it after 512 bytes of its own."""

OPEN_FILES = 4
"""Files that are kept open."""

LARGEST = 256 << 20
"""Bytes of the largest feature that is read: a small file may claim to hold an endless one."""

TOGETHER = 16 << 20
"""Bytes of rows of a transposed matrix that are read together."""

_LOCK = threading.Lock()  # the library is not made for threads


def read(file: FileVersion, member: str) -> bytes | None:
    """A dataset, or a row of one, as an .npy file; None where there is none."""
    with _LOCK, _readable(file):
        found = _numbers(_OPEN.of(file), member)
        if found is None:
            return None
        dataset, row, columns = found
        return as_npy(dataset[..., :columns] if row is None else dataset[row, ..., :columns])


def size(file: FileVersion, member: str) -> int:
    """The bytes of what `read` gives; -1 where there is none."""
    with _LOCK, _readable(file):
        found = _numbers(_OPEN.of(file), member)
        if found is None:
            return -1
        dataset, row, columns = found
        shape = dataset.shape if row is None else dataset.shape[1:]
        return npy_size(dataset.dtype, (*shape[:-1], min(shape[-1], columns)))


def names(file: FileVersion) -> list[str]:
    """The names at the top of a file."""
    with _LOCK, _readable(file):
        return list(_OPEN.of(file))


def strings(file: FileVersion, name: str) -> list[list[str]]:
    """The rows of a dataset of texts (N, columns); none where there is no such dataset.

    Raises:
        TwobranchError: if it holds something else.
    """
    with _LOCK, _readable(file):
        found = _inside(_OPEN.of(file), name)
        if found is None:
            return []
        _require_size(found.nbytes)
        if found.ndim != 2:
            raise ValueError(f"{name} is no table of texts")
        return [[_text(value) for value in row] for row in found[...].tolist()]


def ends(file: FileVersion, name: str, count: int) -> list[float] | None:
    """The last numbers of a list of numbers; None where there is no such list, or it is shorter."""
    with _LOCK, _readable(file):
        found = _dataset(_OPEN.of(file), name)
        if found is None or found.size < count or found.size != max(found.shape):
            return None
        _require_size(found.nbytes)
        return [float(value) for value in found[...].reshape(-1)[-count:]]


def transposed(file: FileVersion, name: str) -> Any:
    """A matrix as MATLAB shows it, whose file holds it transposed: (N, F); None where there is none."""
    with _LOCK, _readable(file):
        found = _dataset(_OPEN.of(file), name)
        if found is None or found.ndim != 2:
            return None
        _require_size(found.dtype.itemsize * found.shape[0])
        return _Transposed(file, found)


class _Transposed:
    """Rows (N, F) of a dataset (F, N), read many at a time: one alone is spread over the whole file."""

    def __init__(self, file: FileVersion, dataset: Any) -> None:
        self._file, self._dataset = file, dataset
        self.dtype, self.shape = dataset.dtype, dataset.shape[::-1]
        self._block, self._begin = np.zeros((self.shape[1], 0), self.dtype), 0
        self._together = max(1, TOGETHER // max(1, self.shape[1] * self.dtype.itemsize))

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, row: int) -> Any:
        with _LOCK, _readable(self._file):
            if not self._begin <= row < self._begin + self._block.shape[1]:
                self._begin = row - row % self._together
                self._block = self._dataset[:, self._begin : self._begin + self._together]
            return self._block[:, row - self._begin].copy()


def _numbers(opened: Any, member: str) -> tuple[Any, int | None, int] | None:
    """A dataset, a row of it, and how many of its columns are features."""
    for name in names_of(member):
        if (found := _dataset(opened, name)) is not None:
            _require_size(found.nbytes)
            regions = found.ndim == 2 and is_cite(opened)
            return found, None, visual_columns(found.shape[1]) if regions else found.shape[-1]
    name, _, number = member.rpartition("/")
    row, found = row_of(number), _dataset(opened, name)
    if row is None or found is None or found.ndim < 2 or row >= len(found):
        return None
    _require_size(found.nbytes // len(found))
    return found, row, found.shape[-1]


def _dataset(opened: Any, name: str) -> Any:
    """The numbers of a name; None where there are none."""
    found = _inside(opened, name)
    return found if found is not None and found.dtype.kind in "fiu" and found.ndim else None


def _inside(opened: Any, name: str) -> Any:
    """The dataset of a name that lies in the file itself; None where there is none."""
    found = opened
    for part in name.split("/"):
        if not hasattr(found, "keys") or type(found.get(part, getlink=True)).__name__ != "HardLink":
            return None
        found = found.get(part)
    return None if not hasattr(found, "nbytes") or found.external or found.is_virtual else found


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _require_size(count: int) -> None:
    if count > LARGEST:
        raise ValueError(f"a feature of {count:,} bytes, where {LARGEST:,} are the most")


@contextlib.contextmanager
def _readable(file: FileVersion) -> Iterator[None]:
    """Any failure of the library as one error that names the file."""
    try:
        yield
    except TwobranchError:
        raise
    except Exception as error:
        raise TwobranchError(
            file.path, "must be a whole HDF5 file", found=error, remedy="Write the file anew."
        ) from None


def _open(file: FileVersion) -> Any:
    try:
        h5py = importlib.import_module("h5py")
    except ImportError:
        raise TwobranchError(
            file.path,
            "reading HDF5 needs h5py",
            found="no such package",
            remedy='Run: pip install "twobranch[formats]".',
        ) from None
    return h5py.File(file.path, "r")


_OPEN: Latest[FileVersion, Any] = Latest(_open, OPEN_FILES)
