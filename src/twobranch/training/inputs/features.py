"""Frozen features: what an encoder gave, gathered by row."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from twobranch.errors import TwobranchError
from twobranch.features.fitted_rows import FittedRows
from twobranch.features.shards import FeatureRows
from twobranch.models.sparse_linear import sparse_rows
from twobranch.training.inputs.side import WHOLE, Input, InputConfig, RowSource, Side


class Features(InputConfig):
    """What the encoder gives, the mean over the views of a picture: (B, F) float32, or token ids (B, T) int64.

    Weighted word counts (tfidf) are given sparse: the zeros, which are nearly all of them, are never made.

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
            return of_all_views(side.features, rows[part])

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
            return of_views(features, rows[part], drawn[part])

        return gather


def of_views(features: FeatureRows, rows: NDArray[np.int64], drawn: NDArray[np.int64]) -> Tensor:
    """The mean over some views of each row.

    Torch converts float16 ten times as fast as NumPy, and feeding a batch was mostly that.

    Args:
        features: the rows.
        rows: (n,) row numbers.
        drawn: (n, count) view numbers of each row.

    Returns:
        (n, F) float32.

    Example:
        >>> from twobranch.features.shards import Shards
        >>> views = [np.full((2, 1), 10 * view, np.float16) for view in range(3)]
        >>> features = FeatureRows([(Shards([view], (1,)), np.arange(2)) for view in views], (1,))
        >>> of_views(features, np.array([1, 0]), np.array([[0, 1], [1, 2]]))
        tensor([[ 5.],
                [15.]])
    """
    total = torch.zeros(len(rows), *features.shape[1:])
    for view in range(features.views):
        chosen = np.flatnonzero((drawn == view).any(1))
        total.index_add_(0, torch.from_numpy(chosen), torch.from_numpy(features.stored(rows[chosen], view)).float())
    return total if drawn.shape[1] == 1 else total / drawn.shape[1]


def of_all_views(features: RowSource, rows: NDArray[np.int64]) -> Tensor:
    """Rows of any source, the mean over all views where it has views.

    Args:
        features: the source.
        rows: (n,) row numbers.

    Returns:
        (n, F) float32, sparse where the source is; or token ids (n, T) int64.
    """
    if isinstance(features, FittedRows):
        lengths, columns, values = features.sparse(rows)
        return sparse_rows(
            torch.from_numpy(lengths), torch.from_numpy(columns).long(), torch.from_numpy(values), features.shape[1]
        )
    if not isinstance(features, FeatureRows):
        return torch.from_numpy(np.ascontiguousarray(features[rows]))
    total = torch.from_numpy(features.stored(rows, 0)).float()
    for view in range(1, features.views):
        total = total + torch.from_numpy(features.stored(rows, view)).float()
    return total if features.views == 1 else total / features.views
