"""What an input is: it picks from what a split knows of one side, and says where that enters the network."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from twobranch.config import Config
from twobranch.features.encoder import ImageEncoder, SentenceEncoder

Entry = Literal["encoder", "branch"]
"""Where an input enters a side of the network: at the encoder, or behind it."""


WHOLE = slice(None)
"""All rows of a batch."""


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
        encoder: what made the features; None where there are features alone.
    """

    items: list[str]
    features: RowSource
    groups: NDArray[np.int64]
    encoder: ImageEncoder | SentenceEncoder | None = None


class Input(Protocol):
    """Gives the tensor of a batch's rows to the network."""

    def __call__(self, rows: NDArray[np.int64], random: np.random.Generator, part: slice = WHOLE) -> Tensor:
        """The input of a part of a batch's rows.

        Args:
            rows: (N,) of the whole batch.
            random: what is random comes from it; it is drawn for the whole batch, so that a row's input does not depend
                on how the batch is divided among processes.
            part: which of the rows; all of them by default.

        Returns:
            (n, ...), the input of `rows[part]`.
        """


class InputConfig(Config):
    """The base of all inputs: options are fields, `of` binds them to a side."""

    enters: ClassVar[Entry] = "branch"

    @abstractmethod
    def of(self, side: Side) -> Input:
        """The input of a side."""
