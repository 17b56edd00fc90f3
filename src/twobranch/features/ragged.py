"""Rows of different lengths in one flat array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def places(offsets: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find rows in a flat array in which row i stands from offsets[i] to offsets[i + 1].

    Args:
        offsets: (N + 1,) ascending, from 0.
        rows: (n,) row numbers.

    Returns:
        The length of each row, (n,), and the places of all their values, one row after the other.

    Example:
        >>> flat, offsets = np.array([7, 8, 9]), np.array([0, 2, 2, 3])
        >>> lengths, found = places(offsets, np.array([2, 1, 0, 2]))
        >>> lengths.tolist(), flat[found].tolist()
        ([1, 0, 2, 1], [9, 7, 8, 9])
    """
    starts = offsets[rows]
    lengths = offsets[rows + 1] - starts
    before = np.cumsum(lengths) - lengths  # values of the rows before, in the result
    return lengths, np.repeat(starts - before, lengths) + np.arange(lengths.sum())
