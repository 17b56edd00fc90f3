"""The regions of a list of pictures, numbered through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class RegionTable:
    """N regions of I pictures; those of one picture stand together.

    Attributes:
        boxes: (N, 4) float32, shares of width and height of the picture: overlaps are the same as in pixels.
        images: (N,) int64, the picture of each region.
        first: (I + 1,) int64; the regions of picture i are the rows from first[i] to first[i + 1].
        proposals: (I,) int64, how many of a picture's regions are proposals; they stand before any others.
    """

    boxes: NDArray[np.float32]
    images: NDArray[np.int64]
    first: NDArray[np.int64]
    proposals: NDArray[np.int64]

    @classmethod
    def of(
        cls, proposals: Sequence[NDArray[np.float32]], others: Sequence[NDArray[np.float32]] | None = None
    ) -> RegionTable:
        """The regions of pictures, given by their boxes (R, 4) each, shares of width and height.

        Args:
            proposals: of each picture.
            others: of each picture, such as the boxes of its phrases; None for none.

        Example:
            >>> table = RegionTable.of([np.zeros((2, 4), np.float32), np.ones((1, 4), np.float32)])
            >>> table.images.tolist(), table.of_image(1)
            ([0, 0, 1], array([2]))
        """
        none = np.zeros((0, 4), np.float32)
        rest = [none] * len(proposals) if others is None else others
        boxes = [np.concatenate(pair) for pair in zip(proposals, rest, strict=True)]
        counts = np.array([len(one) for one in boxes], np.int64)
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(
            np.concatenate([*boxes, none]).astype(np.float32),
            np.repeat(np.arange(len(boxes)), counts),
            first,
            np.array([len(one) for one in proposals], np.int64),
        )

    def __len__(self) -> int:
        return len(self.boxes)

    def of_image(self, image: int) -> NDArray[np.int64]:
        """The rows (R,) of one picture's regions."""
        return np.arange(self.first[image], self.first[image + 1])

    def proposed(self, image: int) -> NDArray[np.int64]:
        """The rows (R,) of the proposals of one picture."""
        return np.arange(self.first[image], self.first[image] + self.proposals[image])
