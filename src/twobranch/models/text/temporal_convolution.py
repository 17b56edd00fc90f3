"""Temporal convolution with a maximum over time: the sentence network of Baqapuri."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import pad

from twobranch.models.text.pooling import masked_max
from twobranch.models.text.text_branch import TextBranchConfig


class TemporalConvolution(TextBranchConfig):
    """Filters over windows of neighboring words, and of each filter its highest answer.

    Baqapuri 2015 names a network for sentences of any length, without its details (methods.md 2.1 [V]); table,
    convolution, maximum and layer are those of Collobert et al. 2011 and Kim 2014 (methods.md 2.2 [D]).
    """

    windows: tuple[int, ...] = Field(default=(3,), min_length=1, description="words that a filter sees, for each bank")
    filters: int = Field(default=512, ge=1, description="filters of each bank")
    activation: Literal["relu", "tanh"] = Field(default="relu", description="after the convolution")

    def network(self) -> nn.Module:
        """The `Convolution` over word vectors of this size."""
        activation = nn.ReLU() if self.activation == "relu" else nn.Tanh()
        return Convolution(self.words.size, self.windows, self.filters, activation)


class Convolution(nn.Module):
    """Banks of filters, each with its maximum over time.

    Args:
        size: E.
        windows: length of each bank's filters; a sentence shorter than a window is seen once, with zeros after it.
        filters: of each bank.
        activation: of the answers.

    Attributes:
        size: H, banks times filters.
    """

    def __init__(self, size: int, windows: tuple[int, ...], filters: int, activation: nn.Module) -> None:
        super().__init__()
        self.windows, self.activation = windows, activation
        self.banks = nn.ModuleList(nn.Conv1d(size, filters, window) for window in windows)
        self.size = filters * len(windows)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """(N, T, E), (N, T) bool -> (N, H)."""
        found = []
        for window, bank in zip(self.windows, self.banks, strict=True):
            padded = pad(vectors.transpose(1, 2), (0, window - 1))  # (N, E, T + window - 1)
            answers = self.activation(bank(padded)).transpose(1, 2)  # (N, T, filters), by the window's first word
            # Only windows full of words count, but for a sentence that has none.
            full = pad(mask, (0, window - 1))[:, window - 1 :]  # (N, T), whether the window's last word is there
            full[:, 0] = True
            found.append(masked_max(answers, full))
        return torch.cat(found, 1)
