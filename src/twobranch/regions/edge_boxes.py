"""EdgeBoxes: a box is good when it holds whole contours and cuts none (Zitnick and Dollar 2014; OpenCV's version).

The structured edge detector of the paper needs a file of weights that is not part of OpenCV; edges here are Scharr
gradients, thinned across their direction. The best boxes by score crowd around few contours, so that they are put into
the order of `coverage.py`, which reaches three points more phrases with 200 boxes. Settings are those of the two-branch
experiments where they are known (methods.md 1.6): alpha 0.65, eta 1, minimum score 0.01.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from twobranch.features.decoding import ImageSource, decode_image
from twobranch.features.encoder import identity_of
from twobranch.regions.coverage import by_coverage
from twobranch.regions.opencv import opencv
from twobranch.regions.proposer import Boxes, ProposerConfig, Unfitted
from twobranch.regions.selective_search import working_size

_VERSION = 1  # to be raised when the same options give other boxes


class EdgeBoxesConfig(ProposerConfig):
    """EdgeBoxes on thinned Scharr edges."""

    candidates: int = Field(default=1000, ge=1, description="best boxes by score, from which the budget is taken")
    side: int = Field(default=160, ge=16, description="the picture is scaled to so many pixels squared")
    alpha: float = Field(default=0.65, gt=0, lt=1, description="IoU of neighboring boxes in the search")
    beta: float = Field(default=0.75, gt=0, lt=1, description="IoU above which a worse box is dropped")
    smallest: float = Field(default=0.002, ge=0, lt=1, description="smallest box, as a share of the picture's area")

    def load(self) -> EdgeBoxes:
        """The proposer.

        Raises:
            TwobranchError: without the extra `grounding`.
        """
        return EdgeBoxes(self)


class EdgeBoxes(Unfitted):
    """Proposes boxes that hold whole contours.

    Args:
        options: working size, density of the search, and how many boxes.

    Raises:
        TwobranchError: without the extra `grounding`.
    """

    name = "edge-boxes"
    cached = True

    def __init__(self, options: EdgeBoxesConfig | None = None) -> None:
        self.options = options or EdgeBoxesConfig()
        self.budget = self.options.budget
        self._cv2 = opencv(self.name)

    @property
    def identity(self) -> str:
        """SHA-256 over the options."""
        return identity_of(name=self.name, version=_VERSION, **self.options.model_dump(mode="json"))

    def propose(self, image: ImageSource) -> Boxes:
        """The boxes (R, 4), in an order that covers the most boxes of high score."""
        pixels = np.asarray(decode_image(image))
        height, width = pixels.shape[:2]
        size = working_size(width, height, self.options.side)
        small = self._cv2.resize(pixels, size, interpolation=self._cv2.INTER_AREA)
        edges, orientation = self._edges(small)
        options = self.options
        search = self._cv2.ximgproc.createEdgeBoxes(
            alpha=options.alpha,
            beta=options.beta,
            maxBoxes=max(options.candidates, options.budget),
            minBoxArea=max(1.0, options.smallest * size[0] * size[1]),
        )
        corners, _ = search.getBoundingBoxes(edges, orientation)
        found = np.asarray(corners, np.float32).reshape(-1, 4)  # x, y, width, height
        found[:, 2:] += found[:, :2]
        boxes = found * np.array([width / size[0], height / size[1]] * 2, np.float32)
        chosen: Boxes = by_coverage(boxes, boxes, np.ones(len(boxes)), self.budget)
        return chosen

    def _edges(self, pixels: Any) -> tuple[Any, Any]:
        """Strength 0 to 1 and direction 0 to pi of thinned edges, both (H, W) float32."""
        cv2 = self._cv2
        gray = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (0, 0), 1.0).astype(np.float32) / 255
        x, y = cv2.Scharr(gray, cv2.CV_32F, 1, 0), cv2.Scharr(gray, cv2.CV_32F, 0, 1)
        strength = np.sqrt(x * x + y * y)
        strength /= max(float(strength.max()), 1e-6)
        direction = np.arctan2(y, x) % np.pi
        return _thinned(strength, direction).astype(np.float32), direction.astype(np.float32)


def _thinned(strength: Any, direction: Any) -> Any:
    """Strength where it is the largest across the edge; the direction is that of the gradient."""
    padded = np.pad(strength, 1)
    octant = np.rint(direction / (np.pi / 4)).astype(int) % 4  # 0: along x, 1: diagonal, 2: along y, 3: other diagonal
    height, width = strength.shape
    kept = np.zeros_like(strength, dtype=bool)
    for number, (dx, dy) in enumerate(((1, 0), (1, 1), (0, 1), (-1, 1))):
        ahead = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        behind = padded[1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        kept |= (octant == number) & (strength >= ahead) & (strength > behind)
    return np.where(kept, strength, 0)
