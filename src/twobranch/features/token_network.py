"""Around a text network of another project: token ids and mask in, a vector out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

Read: TypeAlias = Callable[[Any, Tensor, Tensor], Tensor]
"""From a network, ids (C, T) and mask (C, T) to a vector (C, F)."""


class TokenNetwork(nn.Module):
    """The network, with its own padding in the place of ours.

    Args:
        net: the network.
        read: how it is called.
        padding: the id that it knows as padding.
    """

    def __init__(self, net: nn.Module, read: Read, padding: int) -> None:
        super().__init__()
        self.net = net.eval()
        self._read, self._padding = read, padding

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor]:
        """Ids and mask (C, T) int64, 1 for a token and 0 for padding -> a tuple with the vectors (C, F)."""
        return (self._read(self.net, torch.where(mask == 1, ids, self._padding), mask),)


def mean_over_tokens(states: Tensor, mask: Tensor) -> Tensor:
    """The mean over the real tokens' states: (C, T, F) and (C, T) -> (C, F).

    Example:
        >>> mean_over_tokens(torch.tensor([[[2.0], [4.0], [9.0]]]), torch.tensor([[1, 1, 0]]))
        tensor([[3.]])
    """
    weight = mask[:, :, None].to(states.dtype)  # (C, T, 1)
    return (states * weight).sum(1) / weight.sum(1).clamp(min=1.0)
