"""A linear layer on rows of which nearly all values are zero, without making the zeros."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def sparse_rows(lengths: Tensor, columns: Tensor, values: Tensor, size: int) -> Tensor:
    """Rows as a sparse tensor.

    Args:
        lengths: (N,) int64, values other than zero of each row.
        columns: (M,) int64, where they stand, one row after the other, ascending in each row.
        values: (M,) float32.
        size: F, length of a row.

    Returns:
        (N, F) float32, sparse (COO, coalesced).

    Example:
        >>> rows = sparse_rows(torch.tensor([1, 0, 1]), torch.tensor([2, 0]), torch.tensor([3.0, 4.0]), 3)
        >>> rows.to_dense()
        tensor([[0., 0., 3.],
                [0., 0., 0.],
                [4., 0., 0.]])
    """
    row = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
    return torch.sparse_coo_tensor(
        torch.stack([row, columns]), values, (len(lengths), size), is_coalesced=True, check_invariants=False
    )


def sparse_linear(
    layer: nn.Linear, rows: Tensor, mean: Tensor | None = None, deviation: Tensor | None = None
) -> Tensor:
    """What a layer gives for `(rows - mean) / deviation`: the weighted sum of the columns of its weights that occur.

    The mean is the same for all rows, so that it becomes a part of the bias.

    Args:
        layer: F -> H.
        rows: (N, F) sparse, coalesced.
        mean: (F,); None for zero.
        deviation: (F,); None for one.

    Returns:
        (N, H).

    Example:
        >>> layer, rows = nn.Linear(4, 2), torch.eye(4)[:3]
        >>> found = sparse_linear(layer, rows.to_sparse(), torch.ones(4), torch.full((4,), 2.0))
        >>> bool(torch.allclose(found, layer((rows - 1) / 2), atol=1e-6))
        True
    """
    (row, column), values = rows.indices(), rows.values()
    if deviation is not None:
        values = values / deviation[column]
    starts = torch.searchsorted(row.contiguous(), torch.arange(len(rows), device=row.device))
    sums = nn.functional.embedding_bag(
        column.contiguous(), layer.weight.T, starts, mode="sum", per_sample_weights=values
    )  # (N, H)
    shared: Tensor | float = 0.0 if layer.bias is None else layer.bias  # (H,)
    if mean is not None:
        shared = layer(-mean if deviation is None else -mean / deviation)
    return sums + shared
