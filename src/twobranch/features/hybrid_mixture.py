"""The hybrid Gaussian-Laplacian mixture and the Fisher vectors that it gives.

Klein, Lev, Sadeh, Wolf, CVPR 2015, "Associating neural word embeddings with deep image representations using Fisher
Vectors"; constants and normalizations are those of the authors' code (methods.md 1.7 [C]).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST = 1e-3
"""The smallest scale of a dimension: of the mean absolute deviation and of the variance."""

NOTHING = 1e-6
"""A responsibility below it is taken for zero. In many dimensions most are, and then need no arithmetic."""


@dataclass(frozen=True, eq=False)
class HybridMixture:
    """A mixture of K components over D dimensions, each dimension of a component Laplacian or Gaussian.

        p(x) = sum_k p_k prod_d [ Laplace(x_d; m_kd, s_kd) if b_kd else Normal(x_d; mu_kd, sigma_kd) ]

    Both forms are kept up to date for every component and dimension; the flag says which one counts.

    | symbol | attribute | shape |
    |---|---|---|
    | p | priors | (K,) |
    | m | medians | (K, D) |
    | s | deviations: mean absolute ones from the median | (K, D) |
    | mu | means | (K, D) |
    | sigma | variances | (K, D) |
    | b | laplacian | (K, D) bool |

    All are float32 but the flags.
    """

    priors: NDArray[np.float32]
    medians: NDArray[np.float32]
    deviations: NDArray[np.float32]
    means: NDArray[np.float32]
    variances: NDArray[np.float32]
    laplacian: NDArray[np.bool_]

    @classmethod
    def start(cls, x: NDArray[np.float32], components: int, random: np.random.Generator) -> HybridMixture:
        """The mixture before the first step: some of the vectors as centers, the same global scales everywhere.

        Args:
            x: (N, D), at least as many as components.
            components: number K.
            random: draws the centers and the flags.
        """
        centers = x[random.choice(len(x), components, replace=False)]  # (K, D)
        deviations = np.maximum(np.abs(x - x.mean(0)).mean(0), SMALLEST)
        return cls(
            np.full(components, 1 / components, np.float32),
            centers,
            np.tile(deviations, (components, 1)),
            centers,
            np.tile(np.maximum(x.var(0), SMALLEST), (components, 1)),
            random.random(centers.shape) < 0.5,
        )

    @classmethod
    def fit(cls, x: NDArray[np.float32], components: int, iterations: int, seed: int) -> HybridMixture:
        """The mixture after some steps of expectation maximization.

        Args:
            x: (N, D) float32.
            components: number K, at most N.
            iterations: steps.
            seed: of the start.

        Example:
            >>> x = np.repeat(np.float32([[0, 0], [9, 9]]), 50, axis=0)
            >>> HybridMixture.fit(x, components=2, iterations=5, seed=1).priors
            array([0.5, 0.5], dtype=float32)
        """
        mixture = cls.start(x, components, np.random.default_rng(seed))
        for _ in range(iterations):
            mixture = mixture.step(x)
        return mixture

    def responsibilities(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probability of each component given each vector: (N, D) -> (N, K), rows sum to 1."""
        logs = np.empty((len(x), len(self.priors)), np.float64)
        for k, prior in enumerate(self.priors):
            b = self.laplacian[k]
            absolute = np.abs(x[:, b] - self.medians[k, b]) / self.deviations[k, b]
            square = (x[:, ~b] - self.means[k, ~b]) ** 2 / self.variances[k, ~b]
            constant = np.log(prior) - np.log(2 * self.deviations[k, b]).sum(dtype=np.float64)
            constant -= 0.5 * np.log(2 * np.pi * self.variances[k, ~b]).sum(dtype=np.float64)
            logs[:, k] = constant - absolute.sum(1, dtype=np.float64) - 0.5 * square.sum(1, dtype=np.float64)
        logs -= logs.max(1, keepdims=True)
        found = np.exp(logs)
        result: NDArray[np.float32] = (found / found.sum(1, keepdims=True)).astype(np.float32)
        return result

    def step(self, x: NDArray[np.float32]) -> HybridMixture:
        """One step of expectation maximization on vectors (N, D).

        A Laplacian gets the weighted median and the weighted mean absolute deviation from it, a Gaussian the weighted
        mean and variance, weighted by the responsibilities; then the flag takes the form under which the component's
        vectors are more likely. A component that no vector belongs to keeps its shape and a prior near zero.
        """
        weights = self.responsibilities(x)  # (N, K)
        new: dict[str, NDArray[Any]] = {name: value.copy() for name, value in vars(self).items()}
        new["priors"] = np.maximum(weights.mean(0), NOTHING)
        for k in range(len(self.priors)):
            rows = np.flatnonzero(weights[:, k] > NOTHING)
            if len(rows):
                shape = _shape(x[rows], weights[rows, k])
                for name, value in shape.items():
                    new[name][k] = value
        return HybridMixture(**new)

    def fisher_vectors(
        self, x: NDArray[np.float32], sentences: NDArray[np.int64], rows: NDArray[np.int64], count: int
    ) -> NDArray[np.float32]:
        """Fisher vectors of sentences: the gradient of their log-likelihood, normalized.

        For a sentence of N vectors with responsibilities g, where b says Laplacian
            location = sum_i g_ik sgn(x_id - m_kd) / sqrt(N p_k)
            scale    = sum_i g_ik (|x_id - m_kd| / s_kd - 1) / sqrt(N p_k)
        and else
            location = sum_i g_ik (x_id - mu_kd) / sqrt(sigma_kd) / sqrt(N p_k)
            scale    = sum_i g_ik ((x_id - mu_kd)^2 / sigma_kd - 1) / sqrt(2 N p_k)
        then the signed square root of each value, then length 1.

        Args:
            x: (U, D) the distinct vectors.
            sentences: (E,) to which sentence each occurrence of a vector belongs.
            rows: (E,) which vector occurs.
            count: number C of sentences.

        Returns:
            (C, 2 K D) float32, all locations before all scales; rows of length 1, or zero without any vector.
        """
        from scipy import sparse

        components, dimensions = self.medians.shape
        lengths = np.bincount(sentences, minlength=count)
        each = 1 / np.sqrt(lengths[sentences], dtype=np.float32)  # repeated entries of the matrix are summed
        occurs = sparse.csc_array((each, (sentences, rows)), shape=(count, len(x)))  # (C, U)
        weights = self.responsibilities(x)  # (U, K)
        found = np.zeros((count, 2, components, dimensions), np.float32)
        for k in range(components):
            members = np.flatnonzero(weights[:, k] > NOTHING)
            if len(members):
                parts = self._gradients(x[members], k) * weights[members, k, None, None]  # (n, 2, D)
                found[:, :, k] = (occurs[:, members] @ parts.reshape(len(members), -1)).reshape(count, 2, dimensions)
        vectors = found.reshape(count, -1)  # (C, 2, K, D) -> (C, 2 K D)
        roots: NDArray[np.float32] = np.sqrt(np.abs(vectors))
        np.copysign(roots, vectors, out=roots)
        norms = np.linalg.norm(roots, axis=1, keepdims=True)
        roots /= np.where(norms > 0, norms, 1)
        return roots

    def _gradients(self, x: NDArray[np.float32], k: int) -> NDArray[np.float32]:
        """What each vector adds to location and scale of component k: (n, D) -> (n, 2, D)."""
        b = self.laplacian[k]
        from_median, from_mean = x - self.medians[k], (x - self.means[k]) / np.sqrt(self.variances[k])
        location = np.where(b, np.sign(from_median), from_mean)
        scale = np.where(b, np.abs(from_median) / self.deviations[k] - 1, (from_mean**2 - 1) / np.sqrt(2))
        result: NDArray[np.float32] = np.stack([location, scale], axis=1) / np.sqrt(self.priors[k])
        return result.astype(np.float32, copy=False)


def _shape(x: NDArray[np.float32], weights: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """Both forms of one component, and which is more likely: from its vectors (n, D) and their weights (n,)."""
    share = (weights / weights.sum()).astype(np.float64)
    medians = weighted_medians(x, share)
    absolute = share @ np.abs(x - medians)
    means = share @ x
    variance = share @ (x - means) ** 2
    deviations, variances = np.maximum(absolute, SMALLEST), np.maximum(variance, SMALLEST)
    as_laplacian = -np.log(2 * deviations) - absolute / deviations
    as_gaussian = -0.5 * (np.log(2 * np.pi * variances) + variance / variances)
    return {
        "medians": medians,
        "deviations": deviations,
        "means": means,
        "variances": variances,
        "laplacian": as_laplacian > as_gaussian,
    }


def weighted_medians(x: NDArray[np.float32], share: NDArray[np.float64]) -> NDArray[np.float32]:
    """The weighted median of each column: the smallest value at which half of the weight is reached.

    Args:
        x: (n, D).
        share: (n,) weights that sum to 1.

    Example:
        >>> weighted_medians(np.float32([[1], [5], [9]]), np.array([0.2, 0.2, 0.6]))
        array([9.], dtype=float32)
    """
    columns = np.ascontiguousarray(x.T)  # (D, n): sorting is much faster along a contiguous axis
    order = columns.argsort(axis=1)
    half = (share[order].cumsum(1) >= 0.5 - 1e-9).argmax(1)  # a little less than a half, for what rounding takes away
    medians: NDArray[np.float32] = columns[np.arange(len(columns)), order[np.arange(len(columns)), half]]
    return medians
