"""Inputs: what one side of a batch is made of. A stage names one per side; the loop does not know which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class RowSource(Protocol):
    """Anything that gives float32 rows for row numbers: an array, or features memory-mapped from the cache."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, F)."""

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """The rows of these numbers."""


@dataclass(frozen=True)
class Side:
    """What a split knows of one side; an input picks what it needs.

    Attributes:
        items: paths of the images, or texts of the sentences.
        features: (N, F) frozen features of the items.
        groups: (N,) int64 group codes, shared by both sides.
    """

    items: list[str]
    features: RowSource
    groups: NDArray[np.int64]


class Input(Protocol):
    """Gives the tensor of a batch's rows to the network."""

    def __call__(self, rows: NDArray[np.int64]) -> Tensor:
        """The input of these rows."""


def features_input(side: Side) -> Input:
    """Frozen features, gathered by row: (B, F) float32.

    Example:
        >>> side = Side(["a.jpg", "b.jpg"], np.eye(2, dtype=np.float32), np.arange(2))
        >>> features_input(side)(np.array([1]))
        tensor([[0., 1.]])
    """

    def gather(rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(side.features[rows], dtype=np.float32))

    return gather


INPUTS: dict[str, Callable[[Side], Input]] = {"features": features_input}
"""The name of each input in a recipe."""
