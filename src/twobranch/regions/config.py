"""What a matcher of regions looks at: where its regions come from, and what a region's feature is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from twobranch.config import Choice, Config
from twobranch.regions.kinds import PROPOSERS
from twobranch.regions.pooling import POSITIONS, Position, cell_weights, enlarged, pooled
from twobranch.regions.proposer import ProposerConfig
from twobranch.regions.union import UnionConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray

ProposerChoice = Choice(ProposerConfig, "proposals", PROPOSERS)


class RegionsConfig(Config):
    """The regions of a picture in the place of the whole picture.

    A region's feature is the mean over the cells of the encoder's grid that its box holds; the fields say what stands
    beside it.
    """

    proposals: Annotated[ProposerConfig, ProposerChoice] = Field(
        default=UnionConfig(), description="where the regions of a picture come from"
    )
    surroundings: float | None = Field(
        default=None,
        gt=1,
        description="the mean over the box enlarged by this factor stands in it, too; none: it does not",
    )
    whole: bool = Field(default=False, description="whether the mean over the whole picture stands in it, too")
    position: Position = Field(
        default="corners",
        description="how it says where its box is: not at all (none), in five numbers (corners), or spread over ninety"
        " (bumps)",
    )
    expected_overlap: float | None = Field(
        default=None,
        gt=0,
        description="rank regions by their expected overlap with what is meant, under a softmax of the scores times"
        " this number; none: by their scores",
    )

    def size(self, dim: int) -> int:
        """Length of a region's feature.

        Args:
            dim: length F of a cell.

        Example:
            >>> RegionsConfig().size(1280)
            1285
        """
        return dim * (1 + (self.surroundings is not None) + self.whole) + POSITIONS[self.position][0]

    def features(self, boxes: NDArray[np.float32], cells: NDArray[np.float32], grid: tuple[int, int]) -> Any:
        """The features of a picture's regions.

        Args:
            boxes: (R, 4) shares of width and height.
            cells: (H * W, F) of the picture, rows of cells one after the other.
            grid: H and W.

        Returns:
            (R, size) float32.
        """
        parts = [pooled(cell_weights(boxes, grid), cells)]
        if self.surroundings is not None:
            parts.append(pooled(cell_weights(enlarged(boxes, self.surroundings), grid), cells))
        if self.whole:
            parts.append(np.broadcast_to(cells.mean(0), (len(boxes), cells.shape[1])))
        return np.concatenate([*parts, POSITIONS[self.position][1](boxes)], axis=1)
