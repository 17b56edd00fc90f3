"""Pooling over the words of sentences of different lengths, without the padding."""

from __future__ import annotations

from torch import Tensor


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """The mean over the places of each sentence that hold a word.

    Args:
        values: (N, T, H).
        mask: (N, T) bool, at least one true in each row.

    Returns:
        (N, H).

    Example:
        >>> import torch
        >>> masked_mean(torch.tensor([[[1.0], [3.0], [100.0]]]), torch.tensor([[True, True, False]]))
        tensor([[2.]])
    """
    weights = mask.to(values.dtype)[:, :, None]  # (N, T, 1)
    return (values * weights).sum(1) / weights.sum(1)


def masked_max(values: Tensor, mask: Tensor) -> Tensor:
    """The maximum over the places of each sentence that hold a word: (N, T, H), (N, T) bool -> (N, H).

    Example:
        >>> import torch
        >>> masked_max(torch.tensor([[[1.0], [3.0], [100.0]]]), torch.tensor([[True, True, False]]))
        tensor([[3.]])
    """
    return values.masked_fill(~mask[:, :, None], float("-inf")).amax(1)
