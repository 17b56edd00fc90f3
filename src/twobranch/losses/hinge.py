"""The top-K hinge that the ranking and structure losses share."""

from __future__ import annotations

import torch
from torch import Tensor


def euclidean_distances(rows: Tensor, columns: Tensor) -> Tensor:
    """Pairwise Euclidean distances with 1e-4 under the root, where the gradient would be infinite otherwise.

    d(u, v) = sqrt(|u|² + |v|² - 2 u·v + 1e-4); methods.md 1.1 [C]. On unit rows it ranks as cosine does.

    Args:
        rows: (R, D) float.
        columns: (C, D) float.

    Returns:
        (R, C) float, at least 0.01.

    Example:
        >>> euclidean_distances(torch.eye(2), torch.eye(2))
        tensor([[0.0100, 1.4142],
                [1.4142, 0.0100]])
    """
    squared = rows.square().sum(1)[:, None] + columns.square().sum(1)[None, :] - 2 * rows @ columns.T  # (R, C)
    return (squared.clamp_min(0) + 1e-4).sqrt()


def top_k_hinge(
    positive: Tensor, anchor: Tensor, distances: Tensor, non_match: Tensor, margin: float, k: int
) -> Tensor:
    """The mean of the K largest hinge values [margin + positive - negative]₊ of each positive pair.

    The K largest are counted even where they are zero, as in the official code (methods.md 1.2 [C]). The
    hinge falls as the negative's distance grows, so the K nearest negatives of an anchor serve all its
    positive pairs: the work is one top-K per anchor, not one per pair.

    Args:
        positive: (P,) distance of each positive pair.
        anchor: (P,) int64, the row of `distances` that is the pair's anchor.
        distances: (R, C) from anchors to candidates.
        non_match: (R, C) bool, the candidates that may be negatives.
        margin: by how much a negative must be farther than the positive.
        k: how many negatives count; all where there are fewer.

    Returns:
        A scalar; zero where there is no positive pair.
    """
    if len(positive) == 0:
        return distances.sum() * 0.0
    k = min(k, distances.shape[1])
    candidates = distances.masked_fill(~non_match, torch.inf)
    nearest = candidates.topk(k, dim=1, largest=False, sorted=False).values  # (R, K)
    counted = non_match.sum(1).clamp(max=k)[anchor]  # (P,) fewer than K where an anchor has fewer negatives
    hinge = (margin + positive[:, None] - nearest[anchor]).relu()  # (P, K); an infinite distance gives zero
    return hinge.sum() / counted.sum().clamp_min(1)
