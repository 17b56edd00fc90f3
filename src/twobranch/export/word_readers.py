"""From tokens to what encoders without a network make of them, as modules that other engines can run."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class KnownTokens(nn.Module):
    """The known tokens of each sentence, moved together and cut: what the encoders give that learn a vocabulary.

    Args:
        longest: known tokens that are kept; None where a branch does not look at their order.

    Example:
        >>> KnownTokens(2)(torch.tensor([[0, 5, 0, 7, 8]]), torch.ones(1, 5, dtype=torch.int64))
        tensor([[5, 7]])
    """

    def __init__(self, longest: int | None) -> None:
        super().__init__()
        self.longest = longest

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids, 0 for what is unknown, and mask (C, T) int64 -> (C, T) int64 with 0 as padding."""
        known = ids * (mask != 0).to(ids.dtype)
        if self.longest is None:
            return known
        places = torch.arange(ids.shape[1], device=ids.device)[None]  # (1, T)
        behind = (known == 0).to(ids.dtype) * ids.shape[1]
        order = (places + behind).argsort(1)  # all numbers differ, so there is one order
        return known.gather(1, order)[:, : self.longest]


class MeanVectors(nn.Module):
    """The mean over the vectors of the known tokens.

    Args:
        vectors: (V, F) float32.
        unknown: the id of what has no vector.

    Example:
        >>> import numpy as np
        >>> mean = MeanVectors(np.float32([[9], [2], [4]]), unknown=0)
        >>> mean(torch.tensor([[1, 2, 0], [0, 0, 0]]), torch.ones(2, 3, dtype=torch.int64))
        tensor([[3.],
                [0.]])
    """

    def __init__(self, vectors: NDArray[Any], unknown: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.from_numpy(vectors).clone())
        self.unknown, self.count = unknown, len(vectors)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids and mask (C, T) int64 -> (C, F)."""
        known = (mask != 0) & (ids != self.unknown) & (ids < self.count)
        weights = known.to(torch.float32)[:, :, None]  # (C, T, 1)
        found = nn.functional.embedding(ids.clamp(max=self.count - 1), self.get_buffer("vectors"))  # (C, T, F)
        return (found * weights).sum(1) / weights.sum(1).clamp(min=1.0)


class WeightedCounts(nn.Module):
    """TF-IDF: see `features.tfidf`.

    Args:
        idf: (F,) float32, the weight of the words with the ids 1 to F.

    Example:
        >>> import numpy as np
        >>> WeightedCounts(np.float32([3, 4]))(torch.tensor([[1, 2, 0]]), torch.ones(1, 3, dtype=torch.int64))
        tensor([[0.6000, 0.8000]])
    """

    def __init__(self, idf: NDArray[Any]) -> None:
        super().__init__()
        self.register_buffer("idf", torch.from_numpy(idf).clone())

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids, 0 for what is unknown, and mask (C, T) int64 -> (C, F), rows of length 1 or zero."""
        idf = self.get_buffer("idf")
        empty = torch.zeros(ids.shape[0], idf.shape[0] + 1, device=ids.device)
        counts = empty.scatter_add(1, ids, mask.to(torch.float32))[:, 1:]  # (C, F)
        weights = (1 + counts.clamp(min=1.0).log()) * idf * (counts > 0).to(torch.float32)
        return weights / weights.square().sum(1, keepdim=True).sqrt().clamp(min=1e-12)
