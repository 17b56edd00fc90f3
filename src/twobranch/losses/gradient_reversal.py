"""Gradient reversal, between the branches and a classifier that they oppose."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def gradient_reversal(x: Tensor, strength: float = 1.0) -> Tensor:
    """The tensor itself, whose gradient is multiplied by -strength on the way back.

    What comes after it is trained as ever; what comes before it is trained against the loss. Ganin et al.
    2016; used for MITE as methods.md 3.2 reconstructs it.

    Args:
        x: any shape, float.
        strength: factor of the reversed gradient; 0 cuts it off.

    Returns:
        Equal to x, of the same shape.

    Example:
        >>> x = torch.ones(2, requires_grad=True)
        >>> gradient_reversal(x, strength=0.5).sum().backward()
        >>> x.grad
        tensor([-0.5000, -0.5000])
    """
    reversed_later: Tensor = _Reversal.apply(x, strength)  # type: ignore[no-untyped-call]
    return reversed_later
