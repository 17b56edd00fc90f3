"""Selective search: pixels of like color and texture are grouped, and the groups joined step by step to larger ones.

Each group on the way is a box (Uijlings et al. 2013; OpenCV's version). It is run on the picture at several working
sizes: a small size is fast and finds large things, a larger one adds small things. OpenCV orders its boxes by random
numbers that cannot be seeded everywhere; here they are put into a fixed order, that of `coverage.py`, in which each
box is as likely as any other to be what is asked for.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from pydantic import Field

from twobranch.config import Config
from twobranch.features.decoding import ImageSource, decode_image
from twobranch.features.encoder import identity_of
from twobranch.regions.boxes import area
from twobranch.regions.coverage import by_coverage
from twobranch.regions.opencv import opencv
from twobranch.regions.proposer import Boxes, ProposerConfig, Unfitted

_VERSION = 1  # to be raised when the same options give other boxes


class Pass(Config):
    """One run of selective search."""

    side: int = Field(ge=16, description="the picture is scaled to so many pixels squared, in its proportions")
    grain: int = Field(default=150, ge=1, description="lower: smaller groups to begin with, more boxes")
    mode: Literal["fast", "quality"] = Field(default="fast", description="quality: more color spaces, slower")


PASSES = (Pass(side=128, grain=60), Pass(side=160, grain=80), Pass(side=224, grain=150))
"""0.4 s together, on one core."""


class SelectiveSearchConfig(ProposerConfig):
    """Selective search at several working sizes."""

    passes: tuple[Pass, ...] = Field(default=PASSES, min_length=1, description="its runs, whose boxes are joined")
    smallest: float = Field(default=0.002, ge=0, lt=1, description="smallest box, as a share of the picture's area")

    def load(self) -> SelectiveSearch:
        """The proposer.

        Raises:
            TwobranchError: without the extra `grounding`.
        """
        return SelectiveSearch(self)


class SelectiveSearch(Unfitted):
    """Proposes the boxes of groups of like pixels.

    Args:
        options: its runs, and how many boxes.

    Raises:
        TwobranchError: without the extra `grounding`.
    """

    name = "selective-search"
    cached = True

    def __init__(self, options: SelectiveSearchConfig | None = None) -> None:
        self.options = options or SelectiveSearchConfig()
        self.budget = self.options.budget
        self._cv2 = opencv(self.name)

    @property
    def identity(self) -> str:
        """SHA-256 over the options."""
        return identity_of(name=self.name, version=_VERSION, **self.options.model_dump(mode="json"))

    def propose(self, image: ImageSource) -> Boxes:
        """The boxes (R, 4) of all runs."""
        pixels = np.asarray(decode_image(image))[:, :, ::-1]  # OpenCV's order of channels
        found = [self._run(np.ascontiguousarray(pixels), one) for one in self.options.passes]
        boxes = np.unique(np.concatenate(found), axis=0)  # sorted: the order says nothing of OpenCV's random one
        boxes = boxes[area(boxes) >= self.options.smallest * pixels.shape[0] * pixels.shape[1]]
        chosen: Boxes = by_coverage(boxes, boxes, np.ones(len(boxes)), self.budget)
        return chosen

    def _run(self, pixels: Any, one: Pass) -> Boxes:
        height, width = pixels.shape[:2]
        size = working_size(width, height, one.side)
        search = self._cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
        search.setBaseImage(self._cv2.resize(pixels, size, interpolation=self._cv2.INTER_AREA))
        switch = search.switchToSelectiveSearchFast if one.mode == "fast" else search.switchToSelectiveSearchQuality
        switch(one.grain, one.grain)
        corners = np.asarray(search.process(), np.float32).reshape(-1, 4)  # x, y, width, height
        corners[:, 2:] += corners[:, :2]
        scale = np.array([width / size[0], height / size[1]], np.float32)
        return np.round(corners * np.tile(scale, 2), 3)


def working_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height of a picture that is scaled to the area `side` squared.

    Example:
        >>> working_size(400, 100, 50)
        (100, 25)
    """
    scale = side / math.sqrt(width * height)
    return max(1, round(width * scale)), max(1, round(height * scale))
