"""The table of word vectors at the entry of every network that reads words."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from twobranch.config import Config
from twobranch.errors import TwobranchError


class WordTableConfig(Config):
    """One vector per word, from the encoder's word vectors or from random ones."""

    size: int = Field(default=256, ge=1, description="length E of a word vector")
    train: Literal["free", "frozen"] = Field(
        default="free",
        description="whether training moves the vectors; the loss word-vector-pull holds free ones at their start",
    )

    def build(self, vocabulary: int) -> WordTable:
        """The table of a vocabulary of this size, padding included."""
        return WordTable(vocabulary, self.size, frozen=self.train == "frozen")


class WordTable(nn.Module):
    """Token ids to word vectors; the padding, id 0, is the zero vector and stays it.

    Args:
        vocabulary: size V, with the padding.
        size: E.
        frozen: keep the vectors as they start.

    Attributes:
        start: (V, E), the vectors before training. It is not part of a saved network.

    Example:
        >>> table = WordTable(vocabulary=3, size=2, frozen=True)
        >>> table.begin(torch.tensor([[0.0, 0.0], [3.0, 3.0], [-3.0, -3.0]]))
        >>> table(torch.tensor([[1, 2, 0]]))
        tensor([[[ 1.,  1.],
                 [-1., -1.],
                 [ 0.,  0.]]])
    """

    start: Tensor

    def __init__(self, vocabulary: int, size: int, *, frozen: bool) -> None:
        super().__init__()
        weight = torch.randn(vocabulary, size)
        weight[0] = 0.0
        self.weight: Tensor
        if frozen:
            self.register_buffer("weight", weight)
        else:
            self.weight = nn.Parameter(weight)
        self.register_buffer("start", weight.clone(), persistent=False)

    def begin(self, vectors: Tensor) -> None:
        """Start from given vectors, all scaled by one factor to the variance of random ones.

        Networks then meet the same range of values whatever the source, and the vectors keep their relations.

        Args:
            vectors: (V, E) float, the row of the padding zero.

        Raises:
            TwobranchError: if they have another length than the table, or are all zero.
        """
        if vectors.shape != self.weight.shape:
            raise TwobranchError(
                "model.sentence.branch.words.size",
                f"must be the length of the encoder's word vectors, {vectors.shape[1]}",
                found=self.weight.shape[1],
                remedy=f"Set model.sentence.branch.words.size={vectors.shape[1]}.",
            )
        scale = vectors[1:].square().mean().sqrt()
        if not scale > 0:
            raise TwobranchError("word vectors", "must not all be zero", remedy="Use another file of word vectors.")
        with torch.no_grad():
            self.weight.copy_(vectors / scale)
            self.start.copy_(self.weight)

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, T) int64 -> (N, T, E)."""
        return nn.functional.embedding(tokens, self.weight, padding_idx=0)
