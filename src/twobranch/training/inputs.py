"""Inputs: what one side of a batch is made of. A stage names one per side; the loop does not know which."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from twobranch.config import Choice, Config
from twobranch.errors import TwobranchError
from twobranch.features.shards import FeatureRows


class RowSource(Protocol):
    """Anything that gives rows for row numbers: an array, features memory-mapped from the cache, or token ids."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, F); where the rows are token ids, F is the size V of the vocabulary."""

    def __getitem__(self, rows: Any) -> NDArray[np.float32] | NDArray[np.int64]:
        """The rows of these numbers: (n, F) float32, or token ids (n, T) int64 with 0 as padding."""


@dataclass(frozen=True)
class Side:
    """What a split knows of one side; an input picks what it needs.

    Attributes:
        items: paths of the images, or texts of the sentences.
        features: (N, F) features of the items, or their token ids.
        groups: (N,) int64 group codes, shared by both sides.
    """

    items: list[str]
    features: RowSource
    groups: NDArray[np.int64]


class Input(Protocol):
    """Gives the tensor of a batch's rows to the network."""

    def __call__(self, rows: NDArray[np.int64], random: np.random.Generator) -> Tensor:
        """The input of these rows; what is random in it comes from the generator."""


class InputConfig(Config):
    """The base of all inputs: options are fields, `of` binds them to a side."""

    @abstractmethod
    def of(self, side: Side) -> Input:
        """The input of a side."""


class Features(InputConfig):
    """What the encoder gives, the mean over the views of a picture: (B, F) float32, or token ids (B, T) int64.

    It enters at the branch.
    """

    def of(self, side: Side) -> Input:
        """The input of a side.

        Example:
            >>> side = Side(["a.jpg", "b.jpg"], np.eye(2, dtype=np.float32), np.arange(2))
            >>> Features().of(side)(np.array([1]), np.random.default_rng(0))
            tensor([[0., 1.]])
        """

        def gather(rows: NDArray[np.int64], random: np.random.Generator) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(side.features[rows]))

        return gather


class RandomViews(InputConfig):
    """Frozen features, the mean over a few views that are drawn anew for each picture: (B, F) float32.

    At evaluation all views are averaged. Seeing other views of a picture each time keeps the image branch from
    learning the pictures by heart.
    """

    count: int = Field(ge=1, description="views that are drawn for each picture")

    def of(self, side: Side) -> Input:
        """The input of a side.

        Raises:
            TwobranchError: if the side has no views, or fewer than are to be drawn.
        """
        features = side.features
        if not isinstance(features, FeatureRows):
            raise TwobranchError("input random-views", "is for the image side", remedy="Use the input features.")
        if self.count > features.views:
            raise TwobranchError(
                "input random-views, count",
                f"at most the {features.views} views of the model can be drawn",
                found=self.count,
                remedy="Lower the count, or list more views under model.image.views.",
            )
        views = features.views

        def gather(rows: NDArray[np.int64], random: np.random.Generator) -> Tensor:
            drawn = random.random((len(rows), views)).argsort(1)[:, : self.count]  # (B, count)
            return torch.from_numpy(features.of_views(rows, drawn))

        return gather


INPUTS: dict[str, type[InputConfig]] = {"features": Features, "random-views": RandomViews}
"""The name of each input in a recipe."""

InputChoice = Choice(InputConfig, "input", INPUTS)


class Inputs(Config):
    """What each side of a batch is made of, and so where it enters the network."""

    image: Annotated[InputConfig, InputChoice] = Field(default=Features(), description="input of the image side")
    sentence: Annotated[InputConfig, InputChoice] = Field(default=Features(), description="input of the sentence side")
