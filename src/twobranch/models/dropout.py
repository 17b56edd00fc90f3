"""Dropout that draws its random numbers eight at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_BYTE = 256


class Dropout(nn.Module):
    """Sets a share of the values to zero in training and scales the others up, so that the expectation stays.

    torch's own dropout draws one number per value, on one thread: on a processor that took half of a training
    step of two branches. Here each 64-bit number decides about eight values, a byte each, so that the share is
    a multiple of 1/256; the scale is that of the share really dropped.

    Args:
        share: of the values that are dropped, in [0, 1).

    Example:
        >>> _ = torch.manual_seed(0)
        >>> dropped = Dropout(0.5)(torch.ones(10_000))
        >>> sorted(set(dropped.tolist())), 0.95 < dropped.mean().item() < 1.05
        ([0.0, 2.0], True)
        >>> Dropout(0.5).eval()(torch.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self._threshold = round(share * _BYTE)

    def forward(self, values: Tensor) -> Tensor:
        """(N, F) -> (N, F)."""
        if not self.training or not self._threshold:
            return values
        words = torch.empty((values.numel() + 7) // 8, dtype=torch.int64, device=values.device)
        words.random_(-(2**63), None)  # all 64 bits; without the bounds the sign bit would always be zero
        draws = words.view(torch.uint8)[: values.numel()].view(values.shape)
        # Written as bytes: on a processor a comparison that gives booleans takes twenty times as long.
        kept = torch.ge(draws, self._threshold, out=torch.empty_like(draws))
        return values * kept.to(values.dtype).mul_(_BYTE / (_BYTE - self._threshold))

    def extra_repr(self) -> str:
        """The share, for printing."""
        return f"share={self.share}"
