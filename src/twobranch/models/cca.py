"""Canonical correlation analysis: the directions of two views that are most correlated."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class CanonicalDirections(NamedTuple):
    """Directions in descending order of correlation.

    | field | shape | |
    |---|---|---|
    | x | (F, D) | directions of the first view, each of unit variance |
    | y | (G, D) | directions of the second view |
    | correlations | (D,) | in [0, 1] |
    """

    x: Tensor
    y: Tensor
    correlations: Tensor


def canonical_directions(x: Tensor, y: Tensor, dimensions: int, regularization: float) -> CanonicalDirections:
    """Regularized canonical correlation analysis (Hotelling 1936; Vinod 1976 for the ridge).

    Args:
        x: (N, F) float, row i belongs to row i of y.
        y: (N, G) float.
        dimensions: number D of directions, at most F and G.
        regularization: ridge on both covariances, in units of their mean diagonal.

    Returns:
        float32 directions; computed in float64.

    Example:
        >>> x = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
        >>> y = torch.stack([x[:, 1], -2 * x[:, 0]], dim=1)
        >>> canonical_directions(x, y, 2, 1e-6).correlations
        tensor([1.0000, 1.0000])
    """
    x, y = (side.double() - side.double().mean(0) for side in (x, y))
    whiten_x, whiten_y = (_inverse_root(side.T @ side / len(side), regularization) for side in (x, y))
    left, correlations, right = torch.linalg.svd(whiten_x @ (x.T @ y / len(x)) @ whiten_y, full_matrices=False)
    return CanonicalDirections(
        (whiten_x @ left[:, :dimensions]).float(),
        (whiten_y @ right[:dimensions].T).float(),
        correlations[:dimensions].clamp(0, 1).float(),
    )


def _inverse_root(covariance: Tensor, regularization: float) -> Tensor:
    """(C + ridge)^(-1/2) of a symmetric matrix (F, F)."""
    ridge = regularization * covariance.diagonal().mean()
    values, vectors = torch.linalg.eigh(covariance)
    root: Tensor = (vectors * (values.clamp_min(0) + ridge).rsqrt()) @ vectors.T
    return root
