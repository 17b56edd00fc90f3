"""A row of features as the content of a file: what every container of features gives."""

from __future__ import annotations

import io
import posixpath
import re
from functools import lru_cache
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError

NPY_MAGIC = b"\x93NUMPY"
"""What an .npy file begins with: such a file holds features, and no picture."""

_COCO = re.compile(r"(?:COCO_[a-z]+20[0-9]{2}_|(?=[0-9]{12}$))0*([0-9]+)")

_ROW = re.compile(r"0|[1-9][0-9]{0,17}")


def row_of(member: str) -> int | None:
    """The number of a row, from 0; None where the name is none.

    Example:
        >>> row_of("12"), row_of("012"), row_of("a.jpg")
        (12, None, None)
    """
    return int(member) if _ROW.fullmatch(member) else None


def names_of(member: str) -> list[str]:
    """What a file of features may call an image: as it is written, without the ending, or by COCO's number.

    Example:
        >>> names_of("36979.jpg"), names_of("val2014/COCO_val2014_000000391895.jpg")
        (['36979.jpg', '36979'], ['val2014/COCO_val2014_000000391895.jpg', 'COCO_val2014_000000391895', '391895'])
    """
    stem = posixpath.splitext(posixpath.basename(member))[0]
    number = _COCO.fullmatch(stem)
    return list(dict.fromkeys([member, stem, *([number[1]] if number else [])]))


def as_npy(row: Any) -> bytes:
    """A row as the content of an .npy file: it says its type and shape.

    Example:
        >>> len(as_npy(np.zeros(3, np.float32)))
        140
    """
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(row), allow_pickle=False)
    return file.getvalue()


def from_npy(data: bytes, where: str) -> Any:
    """The array in the content of an .npy file; nothing is unpickled.

    Raises:
        TwobranchError: if the content is damaged, or no array of numbers, naming `where` it is from.
    """
    try:
        found = np.load(io.BytesIO(data), allow_pickle=False)
        if found.dtype.kind not in "fiu" or not found.ndim or not found.size:
            raise ValueError(f"{found.dtype} {found.shape}")
    except Exception as error:  # NumPy evaluates the header, and a damaged one fails in many ways
        raise TwobranchError(
            where, "must be a whole .npy file of numbers", found=error, remedy="Write it anew."
        ) from None
    return found


@lru_cache(maxsize=64)
def npy_size(dtype: Any, shape: tuple[int, ...]) -> int:
    """The bytes of `as_npy` of a row of this type and shape.

    Example:
        >>> npy_size(np.dtype(np.float32), (3,))
        140
    """
    return len(as_npy(np.zeros((0,) if 0 in shape else shape, dtype)))


def row_as_npy(rows: Any, member: str) -> bytes | None:
    """The row of rows (N, ...) that a member names, as an .npy file; None where there is none."""
    row = row_of(member)
    return None if rows is None or row is None or row >= len(rows) else as_npy(rows[row])


def row_size(rows: Any, member: str) -> int:
    """The bytes of `row_as_npy`, for which no row is read; -1 where there is none."""
    row = row_of(member)
    return -1 if rows is None or row is None or row >= len(rows) else npy_size(rows.dtype, rows.shape[1:])
