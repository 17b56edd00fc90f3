"""Linear maps that are fitted without labels: independent and principal components."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twobranch.progress import log

if TYPE_CHECKING:
    from numpy.typing import NDArray

ITERATIONS = 200
"""Iterations of the independent component analysis, at most."""

POWER = 2
"""Power iterations of the principal components: 4 explain 0.2 % more of the variance and take twice the time."""


@dataclass(frozen=True, eq=False)
class Projection:
    """x -> (x - mean) directions^T.

    Attributes:
        mean: (F,) float32.
        directions: (G, F) float32.
    """

    mean: NDArray[np.float32]
    directions: NDArray[np.float32]

    def __call__(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Project rows: (N, F) -> (N, G)."""
        return np.asarray((x - self.mean) @ self.directions.T, np.float32)


def independent_components(x: NDArray[np.float32], seed: int) -> Projection:
    """The directions in which the rows are most independent of each other, scaled to unit variance: FastICA.

    Hyvarinen and Oja, 2000, in scikit-learn's form: whitening by principal components first, of which there are as
    many as the rows span. An analysis that does not converge is used as it is, and said.

    Args:
        x: (N, F), N at least 2.
        seed: of the first directions.
    """
    from sklearn.decomposition import FastICA
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    rank = int(np.linalg.matrix_rank(x - x.mean(0)))
    analysis = FastICA(rank, whiten="unit-variance", max_iter=ITERATIONS, random_state=seed)
    # Many small products: on several threads they wait for each other, 230 s instead of 9 s on a busy machine.
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        analysis.fit(x.astype(np.float64))
    if any(issubclass(warning.category, ConvergenceWarning) for warning in caught):
        log.warning("independent component analysis: not converged after %d iterations; used as it is", ITERATIONS)
    return Projection(analysis.mean_.astype(np.float32), analysis.components_.astype(np.float32))


def principal_components(x: NDArray[np.float32], dimensions: int, seed: int) -> Projection:
    """The directions of the largest variance, unscaled, by the randomized method of scikit-learn.

    Args:
        x: (N, F) float32.
        dimensions: number of directions, at most N and F.
        seed: of the random start.

    Example:
        >>> x = np.float32([[0, 0, 1], [3, 0, 1], [6, 0, 1]])
        >>> np.abs(principal_components(x, 1, seed=0)(x)).round(3).tolist()
        [[3.0], [0.0], [3.0]]
    """
    from sklearn.decomposition import PCA

    analysis = PCA(dimensions, svd_solver="randomized", iterated_power=POWER, random_state=seed).fit(x)
    return Projection(analysis.mean_.astype(np.float32), analysis.components_.astype(np.float32))
