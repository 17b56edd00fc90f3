"""The mixture and its Fisher vectors against plain twins that follow the formulas one value at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from twobranch.features.hybrid_mixture import NOTHING, SMALLEST, HybridMixture, weighted_medians

K, D = 3, 4


@pytest.fixture
def x() -> np.ndarray:
    """Three clusters; the first two dimensions are Laplacian, the others Gaussian."""
    random = np.random.default_rng(0)
    centers = random.normal(0, 2, (3, D))
    noise = np.concatenate([random.laplace(0, 0.5, (90, 2)), random.normal(0, 0.5, (90, 2))], axis=1)
    return (centers[np.arange(90) % 3] + noise).astype(np.float32)


@pytest.fixture
def mixture(x: np.ndarray) -> HybridMixture:
    return HybridMixture.fit(x, K, iterations=2, seed=0)


def naive_density(mixture: HybridMixture, k: int, d: int, value: float) -> float:
    if mixture.laplacian[k, d]:
        m, s = float(mixture.medians[k, d]), float(mixture.deviations[k, d])
        return math.exp(-abs(value - m) / s) / (2 * s)
    mu, sigma = float(mixture.means[k, d]), float(mixture.variances[k, d])
    return math.exp(-((value - mu) ** 2) / (2 * sigma)) / math.sqrt(2 * math.pi * sigma)


def naive_responsibilities(mixture: HybridMixture, x: np.ndarray) -> list[list[float]]:
    found = []
    for vector in x:
        joint = [
            float(mixture.priors[k]) * math.prod(naive_density(mixture, k, d, float(vector[d])) for d in range(D))
            for k in range(K)
        ]
        found.append([value / sum(joint) for value in joint])
    return found


def naive_median(values: list[float], weights: list[float]) -> float:
    reached = 0.0
    for value, weight in sorted(zip(values, weights, strict=True)):
        reached += weight
        if reached >= 0.5 * sum(weights) - 1e-9:
            return value
    raise AssertionError


def test_responsibilities_follow_bayes(mixture: HybridMixture, x: np.ndarray) -> None:
    found = mixture.responsibilities(x)
    np.testing.assert_allclose(found, naive_responsibilities(mixture, x), atol=1e-5)
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    assert mixture.laplacian.any()
    assert not mixture.laplacian.all()


def test_a_step_is_the_naive_step(mixture: HybridMixture, x: np.ndarray) -> None:
    g = naive_responsibilities(mixture, x)
    new = mixture.step(x)
    for k in range(K):
        weights = [row[k] for row in g]
        total = sum(weights)
        assert new.priors[k] == pytest.approx(total / len(x), abs=1e-5)
        for d in range(D):
            values = [float(value) for value in x[:, d]]
            pairs = list(zip(values, weights, strict=True))
            median = naive_median(values, weights)
            deviation = sum(weight * abs(value - median) for value, weight in pairs) / total
            mean = sum(weight * value for value, weight in pairs) / total
            variance = sum(weight * (value - mean) ** 2 for value, weight in pairs) / total
            assert new.medians[k, d] == pytest.approx(median, abs=1e-6)
            assert new.deviations[k, d] == pytest.approx(deviation, rel=1e-3)
            assert new.means[k, d] == pytest.approx(mean, abs=1e-3)
            assert new.variances[k, d] == pytest.approx(variance, rel=1e-3)
            laplace = sum(
                weight * (-math.log(2 * deviation) - abs(value - median) / deviation) for value, weight in pairs
            )
            normal = sum(
                weight * (-0.5 * math.log(2 * math.pi * variance) - (value - mean) ** 2 / (2 * variance))
                for value, weight in pairs
            )
            assert new.laplacian[k, d] == (laplace > normal)


def test_the_start_is_that_of_the_recipe(x: np.ndarray) -> None:
    start = HybridMixture.start(x, K, np.random.default_rng(0))
    np.testing.assert_allclose(start.priors, 1 / K)
    np.testing.assert_array_equal(start.medians, start.means)
    assert all((center == x).all(1).any() for center in start.medians)
    for d in range(D):
        assert start.deviations[:, d] == pytest.approx(np.abs(x[:, d] - x[:, d].mean()).mean(), rel=1e-4)
        assert start.variances[:, d] == pytest.approx(x[:, d].var(), rel=1e-4)


def test_the_fit_finds_clusters_and_forms() -> None:
    random = np.random.default_rng(1)
    near = np.stack([random.laplace(-4, 0.3, 4000), random.normal(-4, 0.3, 4000)], axis=1)
    far = np.stack([random.laplace(4, 1.0, 1000), random.normal(4, 1.0, 1000)], axis=1)
    mixture = HybridMixture.fit(np.concatenate([near, far]).astype(np.float32), 2, iterations=10, seed=0)
    order = mixture.means[:, 0].argsort()
    np.testing.assert_allclose(mixture.priors[order], [0.8, 0.2], atol=0.01)
    np.testing.assert_allclose(mixture.medians[order], [[-4, -4], [4, 4]], atol=0.15)
    np.testing.assert_allclose(mixture.deviations[order, 0], [0.3, 1.0], rtol=0.1)
    np.testing.assert_allclose(mixture.variances[order, 1], [0.09, 1.0], rtol=0.15)
    assert mixture.laplacian[:, 0].all()
    assert not mixture.laplacian[:, 1].any()


def test_scales_have_a_floor_and_a_component_may_be_empty() -> None:
    x = np.repeat(np.float32([[1, 2], [8, 9]]), 5, axis=0)
    centers, scales = np.float32([[1, 2], [8, 9], [500, 500]]), np.full((3, 2), 0.01, np.float32)
    priors = np.full(3, 1 / 3, np.float32)
    small = HybridMixture(priors, centers, scales, centers, scales, np.eye(3, 2, dtype=bool))
    new = small.step(x)
    alone = np.flatnonzero(new.priors < NOTHING * 2)
    assert alone.tolist() == [2]
    np.testing.assert_array_equal(new.medians[2], small.medians[2])
    np.testing.assert_allclose(new.deviations[:2], SMALLEST)
    np.testing.assert_allclose(new.variances[:2], SMALLEST)
    found = new.fisher_vectors(x, np.arange(10), np.arange(10), 10)
    assert np.isfinite(found).all()


def naive_fisher(mixture: HybridMixture, x: np.ndarray) -> np.ndarray:
    """Of one sentence with these vectors."""
    g = naive_responsibilities(mixture, x)
    location, scale = np.zeros((K, D)), np.zeros((K, D))
    for k in range(K):
        for d in range(D):
            m, s = float(mixture.medians[k, d]), float(mixture.deviations[k, d])
            mu, sigma = float(mixture.means[k, d]), float(mixture.variances[k, d])
            for i, vector in enumerate(x):
                value = float(vector[d])
                root = math.sqrt(len(x) * float(mixture.priors[k]))
                if mixture.laplacian[k, d]:
                    location[k, d] += g[i][k] * ((value > m) - (value < m)) / root
                    scale[k, d] += g[i][k] * (abs(value - m) / s - 1) / root
                else:
                    location[k, d] += g[i][k] * (value - mu) / math.sqrt(sigma) / root
                    scale[k, d] += g[i][k] * ((value - mu) ** 2 / sigma - 1) / (math.sqrt(2) * root)
    vector = np.concatenate([location.ravel(), scale.ravel()])
    vector = np.sign(vector) * np.sqrt(np.abs(vector))
    return np.asarray(vector / np.linalg.norm(vector))


def test_fisher_vectors_follow_the_formulas(mixture: HybridMixture, x: np.ndarray) -> None:
    sentences = [[0, 1, 2], [5], [7, 7, 8, 30], []]
    rows = np.array([row for some in sentences for row in some])
    owners = np.repeat(np.arange(4), [3, 1, 4, 0])
    found = mixture.fisher_vectors(x, owners, rows, 4)
    assert found.shape == (4, 2 * K * D)
    assert found.dtype == np.float32
    for row in range(3):
        np.testing.assert_allclose(found[row], naive_fisher(mixture, x[sentences[row]]), atol=2e-3)
    assert not found[3].any()


def test_fisher_vectors_have_length_one_and_know_no_order(mixture: HybridMixture, x: np.ndarray) -> None:
    rows = np.array([3, 1, 4, 1, 5])
    one = np.zeros(5, np.int64)
    found = mixture.fisher_vectors(x, one, rows, 1)
    np.testing.assert_allclose(np.linalg.norm(found), 1, rtol=1e-5)
    np.testing.assert_allclose(mixture.fisher_vectors(x, one, rows[::-1].copy(), 1), found, atol=1e-4)


def test_weighted_medians_are_the_naive_ones() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(31, 5)).astype(np.float32)
    weights = random.random(31)
    expected = [naive_median([float(value) for value in column], list(weights)) for column in x.T]
    np.testing.assert_allclose(weighted_medians(x, weights / weights.sum()), expected, rtol=1e-6)
