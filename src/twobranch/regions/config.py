"""What a matcher of regions looks at: where its regions come from, and what a region's feature is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from twobranch.config import Choice, Config
from twobranch.regions.kinds import PROPOSERS
from twobranch.regions.pooling import POSITION, positions
from twobranch.regions.proposer import ProposerConfig
from twobranch.regions.support import LIKE, support
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
    position: bool = Field(default=True, description="whether a region's feature ends with the place of its box")
    whole: bool = Field(default=False, description="whether the mean over the whole picture stands in it, too")

    support: bool = Field(
        default=False, description="whether it ends with how many of the picture's proposals are like its box"
    )

    def size(self, dim: int) -> int:
        """Length of a region's feature.

        Args:
            dim: length F of a cell.

        Example:
            >>> RegionsConfig().size(1280)
            1285
        """
        beside = POSITION * self.position + len(LIKE) * self.support
        return dim * (1 + self.whole) + beside

    def beside(
        self, boxes: NDArray[np.float32], whole: NDArray[np.float32], proposals: NDArray[np.float32]
    ) -> list[NDArray[np.float32]]:
        """What stands in the features of a picture's regions behind the mean over their cells.

        Args:
            boxes: (R, 4) shares of width and height.
            whole: (F,) mean over all cells of the picture.
            proposals: (Q, 4) all proposals of the picture.

        Returns:
            The parts, (R, ...) each.
        """
        return [
            *([np.broadcast_to(whole, (len(boxes), len(whole)))] if self.whole else []),
            *([positions(boxes)] if self.position else []),
            *([support(boxes, proposals)] if self.support else []),
        ]
