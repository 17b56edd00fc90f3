"""Features of regions, pooled from the grids of their pictures when they are asked for; no box is kept on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from twobranch.regions.config import RegionsConfig
from twobranch.regions.table import RegionTable

if TYPE_CHECKING:
    from numpy.typing import NDArray


TOGETHER = 64
"""Grids that are in memory at a time."""


class Grids(Protocol):
    """Anything that gives the grids of pictures: features memory-mapped from the cache, or an array."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(I, H, W, F)."""

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The grids (n, H, W, F) of these pictures."""


class RegionRows:
    """Features of the regions of pictures.

    Args:
        grids: of the pictures.
        table: the regions.
        config: what a feature is made of.

    Example:
        >>> grids = np.arange(4, dtype=np.float32).reshape(1, 2, 2, 1)
        >>> table = RegionTable.of([np.array([[0, 0, 1, 1], [0, 0, 1, 0.5]], np.float32)])
        >>> RegionRows(grids, table, RegionsConfig(position="none"))[np.array([1, 0])].tolist()
        [[0.5], [1.5]]
    """

    def __init__(self, grids: Grids, table: RegionTable, config: RegionsConfig) -> None:
        self._grids, self.table, self._config = grids, table, config
        self.shape = (len(table), config.size(grids.shape[-1]))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """Features (n, F) float32 of regions by number, in any order; a picture's grid is read once for all of them."""
        rows = np.asarray(rows, np.int64)
        images, place = np.unique(self.table.images[rows], return_inverse=True)
        _, height, width, size = self._grids.shape
        boxes = self.table.boxes[rows]
        found = np.empty((len(rows), self.shape[1]), np.float32)
        order = np.argsort(place, kind="stable")
        own = np.split(order, np.searchsorted(place[order], np.arange(1, len(images))))  # rows of each image
        for start in range(0, len(images), TOGETHER):
            some = images[start : start + TOGETHER]
            grids = self._grids[some].reshape(len(some), height * width, size)  # (u, H * W, F)
            for cells, chosen in zip(grids, own[start : start + TOGETHER], strict=True):
                found[chosen] = self._config.features(boxes[chosen], cells, (height, width))
        return found
