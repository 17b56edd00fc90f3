"""Rows of features in append-only shards: one numbering over all of them, and gathering in float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Shards:
    """An immutable sequence of arrays (n, ...), numbered through; usually memory-mapped, so it takes no memory.

    Args:
        arrays: the shards; all have the same shape but for the first dimension.
        shape: shape of one row.

    Example:
        >>> Shards([np.zeros((2, 3), np.float16), np.ones((1, 3), np.float16)], (3,)).gather(np.array([2, -1]))
        array([[1., 1., 1.], [0., 0., 0.]], dtype=float32)
    """

    def __init__(self, arrays: Sequence[NDArray[np.floating]], shape: tuple[int, ...]) -> None:
        self._arrays = tuple(arrays)
        self._ends = np.cumsum([len(array) for array in arrays], dtype=np.int64)
        self._shape = shape

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def gather(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Gather rows (n, ...) float32; position -1 gives zeros."""
        return self.stored(positions).astype(np.float32, copy=False)

    def stored(self, positions: NDArray[np.int64]) -> NDArray[np.floating]:
        """The same in the format that the rows are stored in."""
        rows = np.zeros((len(positions), *self._shape), self._arrays[0].dtype if self._arrays else np.float32)
        shard_of = np.searchsorted(self._ends, positions, side="right")
        shard_of[positions < 0] = -1
        for shard in np.unique(shard_of[shard_of >= 0]):
            chosen = np.flatnonzero(shard_of == shard)
            array = self._arrays[shard]
            start = self._ends[shard] - len(array)
            rows[chosen] = array[positions[chosen] - start]
        return rows


class FeatureRows:
    """Features of a list of inputs, read from the shards when they are asked for.

    A row is the mean over its sources (the views of an image), in float32; a row that failed is zero.

    Args:
        sources: for each source, its shards and the position of every row in them (-1: none).
        shape: shape of one row, for example (1280,) or (9, 9, 1280).
    """

    def __init__(self, sources: Sequence[tuple[Shards, NDArray[np.int64]]], shape: tuple[int, ...]) -> None:
        self._sources = tuple(sources)
        self.shape: tuple[int, ...] = (len(sources[0][1]), *shape)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def views(self) -> int:
        """Number of sources that a row is the mean of."""
        return len(self._sources)

    def stored(self, rows: NDArray[np.integer], view: int) -> NDArray[np.floating]:
        """One view of some rows, (n, F), in the format that it is stored in, for who converts it faster than NumPy."""
        shards, positions = self._sources[view]
        return shards.stored(positions[rows])

    def __getitem__(self, rows: NDArray[np.integer] | slice) -> NDArray[np.float32]:
        """Gather rows by number: (n,) integers -> (n, F) float32."""
        total = np.zeros((0,), np.float32)
        for number, (shards, positions) in enumerate(self._sources):
            found = shards.gather(positions[rows])
            total = found if number == 0 else total + found
        return total / np.float32(len(self._sources))

    def take(self, rows: NDArray[np.integer]) -> FeatureRows:
        """Choose some of the rows, still unread: row i of the result is row rows[i] of this."""
        return FeatureRows([(shards, positions[rows]) for shards, positions in self._sources], self.shape[1:])

    def array(self) -> NDArray[np.float32]:
        """All rows at once, in memory: (N, F) float32."""
        return self[slice(None)]
