"""What every kind of region proposals has in common."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twobranch.config import Config
from twobranch.features.decoding import ImageSource
from twobranch.regions.phrase_boxes import PhraseBoxes

Boxes: TypeAlias = NDArray[np.float32]
"""Boxes (R, 4) in pixels of an upright picture, the best first."""


class Proposer(Protocol):
    """Boxes of a picture in which something might be."""

    name: str
    """Of the kind, in recipes and messages."""
    budget: int
    """Boxes of a picture at most."""
    fitted: bool
    """Whether it must be fitted before it can propose."""
    cached: bool
    """Whether its boxes are worth a place in the cache, and depend on the content of the picture alone."""

    @property
    def identity(self) -> str:
        """What decides the boxes besides the picture, in hexadecimal."""
        ...

    def propose(self, image: ImageSource) -> Boxes:
        """Boxes (R, 4) float32 in pixels of the upright picture, the best first; R is at most the budget.

        Raises:
            TwobranchError: if the picture cannot be read, or the proposer was not fitted.
        """
        ...

    def fit(self, training: PhraseBoxes) -> None:
        """Learn from the boxes of the training split; does nothing where there is nothing to learn."""
        ...

    def save(self, folder: Path) -> None:
        """Write what was learned into a folder; nothing where there is nothing to learn."""
        ...

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            TwobranchError: if a file is missing or damaged.
        """
        ...


class Unfitted:
    """What all proposers share that learn nothing."""

    fitted = False

    def fit(self, training: PhraseBoxes) -> None:
        """Do nothing."""

    def save(self, folder: Path) -> None:
        """Write nothing."""

    def load(self, folder: Path) -> None:
        """Read nothing."""


class ProposerConfig(Config):
    """The base of all kinds of proposals in a recipe: options are fields, `load` makes the proposer.

    A user's own kind is a subclass that is named by its dotted path.
    """

    budget: int = Field(default=200, ge=1, description="boxes of a picture at most")

    @abstractmethod
    def load(self) -> Proposer:
        """The proposer; one that learns from the training boxes is not fitted yet.

        Raises:
            TwobranchError: if a file or a package that it needs is missing.
        """
