"""Some rows of features, still unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Chosen:
    """Row i is row rows[i] of other features.

    Args:
        features: (N, F) rows that are gathered by number.
        rows: (n,) their numbers.

    Example:
        >>> chosen = Chosen(np.arange(6).reshape(3, 2), np.array([2, 0]))
        >>> chosen.shape, chosen[np.array([0])].tolist()
        ((2, 2), [[4, 5]])
    """

    def __init__(self, features: Any, rows: NDArray[np.int64]) -> None:
        self._features, self._rows = features, rows
        self.shape: tuple[int, ...] = (len(rows), *features.shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.integer] | slice) -> Any:
        """Gather rows by number: (n,) integers -> (n, F)."""
        return self._features[self._rows[rows]]
