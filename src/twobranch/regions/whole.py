"""The whole picture as its only region: the simplest baseline, and a part of unions."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from twobranch.features.decoding import ImageSource, image_size
from twobranch.features.encoder import identity_of
from twobranch.regions.proposer import Boxes, ProposerConfig, Unfitted


class WholeConfig(ProposerConfig):
    """The whole picture.

    Example:
        >>> WholeConfig().load().propose(np.zeros((2, 3), np.uint8))
        array([[0., 0., 3., 2.]], dtype=float32)
    """

    budget: int = Field(default=1, ge=1, description="boxes of a picture at most: it is one")

    def load(self) -> Whole:
        """The proposer."""
        return Whole()


class Whole(Unfitted):
    """Proposes one box, the picture."""

    name = "whole"
    budget = 1
    cached = False
    identity = identity_of(name=name)

    def propose(self, image: ImageSource) -> Boxes:
        """The box (1, 4) of the picture."""
        width, height = image_size(image)
        return np.array([[0, 0, width, height]], np.float32)
