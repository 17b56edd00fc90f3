"""Rows of features that are computed when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class LazyRows:
    """Features of a list of inputs by an encoder whose weights move, or of which only a few rows are needed.

    Args:
        count: number of rows N.
        size: length F of a feature.
        compute: from row numbers (n,) to features (n, F) float32.

    Example:
        >>> rows = LazyRows(10, 1, lambda rows: rows[:, None].astype(np.float32))
        >>> rows.shape, rows[np.array([3])].tolist(), rows[8:].tolist()
        ((10, 1), [[3.0]], [[8.0], [9.0]])
    """

    def __init__(self, count: int, size: int, compute: Callable[[NDArray[np.int64]], NDArray[np.float32]]) -> None:
        self.shape = (count, size)
        self._compute = compute

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.integer] | slice) -> NDArray[np.float32]:
        """Compute rows by number: (n,) integers -> (n, F) float32."""
        return self._compute(np.arange(len(self))[rows])

    def array(self) -> NDArray[np.float32]:
        """All rows at once: (N, F) float32."""
        return self[slice(None)]
