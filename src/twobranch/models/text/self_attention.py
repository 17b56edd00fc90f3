"""Self-attention over word vectors: a weighted mean whose weights the network chooses."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from twobranch.models.text.pooling import masked_mean
from twobranch.models.text.text_branch import TextBranchConfig


class SelfAttention(TextBranchConfig):
    """The self-attention of the two-branch networks' PyTorch port (methods.md 1.8 [C2]).

        a_t = ReLU(u · [w_t ; m] + b),    m = mean of the w_t
        s   = sum_t softmax(a)_t w_t,     scaled to length 1

    The order of the words does not matter. `hidden: [2048]` makes its head the text branch of the port.
    """

    def network(self) -> nn.Module:
        """The `Attention` over word vectors of this size."""
        return Attention(self.words.size)


class Attention(nn.Module):
    """See `SelfAttention`.

    Args:
        size: E; what it gives has the same length.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.score = nn.Linear(2 * size, 1)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """(N, T, E), (N, T) bool -> (N, E)."""
        mean = masked_mean(vectors, mask)[:, None].expand_as(vectors)  # (N, T, E)
        scores = torch.relu(self.score(torch.cat([vectors, mean], 2))).squeeze(2)  # (N, T)
        weights = scores.masked_fill(~mask, float("-inf")).softmax(1)
        return normalize((weights[:, :, None] * vectors).sum(1), dim=1)
