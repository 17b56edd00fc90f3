"""Frozen features: what an encoder gave, gathered by row."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from twobranch.errors import TwobranchError
from twobranch.features.shards import FeatureRows
from twobranch.training.inputs.side import WHOLE, Input, InputConfig, Side


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

        def gather(rows: NDArray[np.int64], random: np.random.Generator, part: slice = WHOLE) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(side.features[rows[part]]))

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

        def gather(rows: NDArray[np.int64], random: np.random.Generator, part: slice = WHOLE) -> Tensor:
            drawn = random.random((len(rows), views)).argsort(1)[:, : self.count]  # (B, count)
            return torch.from_numpy(features.of_views(rows[part], drawn[part]))

        return gather
