"""Recurrent networks over the words of a sentence: GRU and LSTM, in one or both directions."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from twobranch.models.text.pooling import masked_max, masked_mean
from twobranch.models.text.text_branch import TextBranchConfig

Pooling = Literal["last", "mean", "max"]
"""What stands for the sentence: the state after its last word, or the mean or maximum over the states."""


class RecurrentConfig(TextBranchConfig):
    """What GRU and LSTM share; the two-branch port and the LSTM text feature of the paper (methods.md 1.7, 1.8)."""

    cell: ClassVar[type[nn.GRU] | type[nn.LSTM]]
    units: int = Field(default=512, ge=1, description="size of the state, in each direction")
    layers: int = Field(default=1, ge=1, description="layers, one reading the states of the other")
    bidirectional: bool = Field(default=False, description="whether a second network reads from the end")
    pooling: Pooling = Field(default="last", description="what stands for the sentence: last state, mean, or max")

    def network(self) -> nn.Module:
        """The `Recurrent` network."""
        cell = self.cell(self.words.size, self.units, self.layers, batch_first=True, bidirectional=self.bidirectional)
        return Recurrent(cell, self.pooling)


class GRU(RecurrentConfig):
    """Gated recurrent units (Cho et al. 2014), as in the TensorFlow port of the two-branch networks."""

    cell: ClassVar[type[nn.GRU] | type[nn.LSTM]] = nn.GRU


class LSTM(RecurrentConfig):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), a text feature of Wang et al. 2019."""

    cell: ClassVar[type[nn.GRU] | type[nn.LSTM]] = nn.LSTM


class Recurrent(nn.Module):
    """Reads word vectors in their order; the padding is never read.

    Args:
        cell: GRU or LSTM, batch first.
        pooling: what stands for the sentence.

    Attributes:
        size: H, twice the state's size in both directions.
    """

    def __init__(self, cell: nn.GRU | nn.LSTM, pooling: Pooling) -> None:
        super().__init__()
        self.cell, self.pooling = cell, pooling
        self.size = cell.hidden_size * (2 if cell.bidirectional else 1)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """(N, T, E), (N, T) bool -> (N, H)."""
        lengths = mask.sum(1).cpu()
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        states, last = self.cell(packed)
        if self.pooling == "last":
            hidden = last[0] if isinstance(last, tuple) else last  # (layers * directions, N, units)
            ends = hidden[-2:] if self.cell.bidirectional else hidden[-1:]
            return torch.cat(list(ends), 1)  # (N, H)
        padded, _ = pad_packed_sequence(states, batch_first=True, total_length=vectors.shape[1])  # (N, T, H)
        return masked_mean(padded, mask) if self.pooling == "mean" else masked_max(padded, mask)
