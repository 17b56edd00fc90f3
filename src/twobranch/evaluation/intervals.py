"""95 % intervals by bootstrap over groups, and the paired difference of two systems.

Sentences of one image rise and fall together, so that resampling sentences would give intervals that are too narrow:
whole groups are drawn with replacement. A drawn set of groups is a row of counts; every metric that is a mean over
queries is then one matrix product for all resamples at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from twobranch.errors import TwobranchError

_CHUNK = 2**21
"""Counts held at once: 16 MB."""


def resampled_groups(groups: int, resamples: int, seed: int, *, width: int = 0) -> Iterator[np.ndarray]:
    """How often each group was drawn, in chunks of resamples; chunking does not change the draws.

    Args:
        groups: number of groups, all drawn with the same probability.
        resamples: number of bootstrap resamples.
        seed: of the random generator.
        width: the number of queries, if the caller spreads the counts over them; makes the chunks smaller.

    Yields:
        (r, groups) float64 counts; each row adds up to `groups`.

    Example:
        >>> [counts.sum(axis=1) for counts in resampled_groups(5, 2, seed=0)]
        [array([5., 5.])]
    """
    generator = np.random.default_rng(seed)
    step = max(1, _CHUNK // max(groups, width))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(0, groups, size=(rows, groups)) + np.arange(rows)[:, None] * groups
        yield np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups).astype(np.float64)


def percentile_interval(replicates: np.ndarray) -> list[float]:
    """The 2.5 and 97.5 percentiles of the metric over the resamples.

    Example:
        >>> percentile_interval(np.arange(1001.0))
        [25.0, 975.0]
    """
    low, high = np.percentile(replicates, [2.5, 97.5])
    return [float(low), float(high)]


def mean_interval(values: Any, groups: Any, *, resamples: int = 1000, seed: int = 0) -> list[float]:
    """The 95 % interval of a mean over queries.

    Args:
        values: (Q,) the metric of each query, for example 100 where it succeeded and 0 where not.
        groups: (Q,) the group of each query.
        resamples: number of bootstrap resamples.
        seed: of the random generator.

    Raises:
        TwobranchError: if there is no query, or the two lengths differ.

    Example:
        >>> mean_interval([100.0, 100.0], ["a", "b"])
        [100.0, 100.0]
    """
    return mean_intervals({"mean": values}, groups, resamples=resamples, seed=seed)["mean"]


def mean_intervals(
    columns: Mapping[str, Any], groups: Any, *, resamples: int = 1000, seed: int = 0
) -> dict[str, list[float]]:
    """The 95 % intervals of the means of several metrics, which all see the same resamples.

    Args:
        columns: (Q,) the values of each metric.
        groups: (Q,) the group of each query.
        resamples: number of bootstrap resamples.
        seed: of the random generator.

    Raises:
        TwobranchError: if there is no query, or lengths differ.

    Example:
        >>> mean_intervals({"R@1": [100.0, 100.0], "R@5": [0.0, 0.0]}, ["a", "b"])
        {'R@1': [100.0, 100.0], 'R@5': [0.0, 0.0]}
    """
    parts = [group_sums(values, groups) for values in columns.values()]
    sums, counts = np.stack([part for part, _ in parts], axis=1), parts[0][1]  # (G, metrics), (G,)
    means = [(drawn @ sums) / (drawn @ counts)[:, None] for drawn in resampled_groups(len(counts), resamples, seed)]
    replicates = np.concatenate(means)
    return {name: percentile_interval(replicates[:, at]) for at, name in enumerate(columns)}


def group_sums(values: Any, groups: Any) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the values and number of queries of each group, in the order of the sorted group ids.

    Raises:
        TwobranchError: if there is no query, or the two lengths differ.

    Example:
        >>> group_sums([1, 0, 1], ["a", "a", "b"])
        (array([1., 1.]), array([2., 1.]))
    """
    values, groups = np.asarray(values, dtype=np.float64), np.asarray(groups)
    if values.ndim != 1 or values.shape != groups.shape or len(values) == 0:
        raise TwobranchError(
            "values", f"there must be one value per query and at least one query, for groups of shape {groups.shape}",
            found=f"shape {values.shape}", remedy="Give the group of each query that has a value.",
        )  # fmt: skip
    _, codes = np.unique(groups, return_inverse=True)
    return np.bincount(codes, weights=values), np.bincount(codes).astype(np.float64)


@dataclass(frozen=True)
class Difference:
    """The difference of two systems on the same groups, and what may be said about it.

    Args:
        difference: mean of a minus mean of b.
        interval: its 95 % interval.
        verdict: on "a is larger than b": "true" if the interval lies above 0, "false" if below, else "undecided".
    """

    difference: float
    interval: tuple[float, float]
    verdict: Literal["true", "false", "undecided"]


def paired_difference(
    metric_per_group_a: Any, metric_per_group_b: Any, *, weights: Any = None, resamples: int = 1000, seed: int = 0
) -> Difference:
    """Compare two systems on the same groups: both are resampled alike, so that hard groups cancel out.

    Args:
        metric_per_group_a: (G,) mean metric of system a in each group.
        metric_per_group_b: (G,) the same for system b, groups in the same order.
        weights: (G,) queries of each group; None where groups count alike.
        resamples: number of bootstrap resamples.
        seed: of the random generator.

    Raises:
        TwobranchError: if the arrays differ in length, are empty, or hold a number that is not finite.

    Example:
        >>> paired_difference([1.0, 1.0, 0.5], [0.0, 0.5, 0.0]).verdict
        'true'
        >>> paired_difference([1.0, 0.0], [0.0, 1.0]).verdict
        'undecided'
    """
    a, b = np.asarray(metric_per_group_a, dtype=np.float64), np.asarray(metric_per_group_b, dtype=np.float64)
    w = np.ones(a.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if a.ndim != 1 or not a.shape == b.shape == w.shape or len(a) == 0:
        raise TwobranchError(
            "metric_per_group_b", f"both systems must have one value per group, {a.shape}",
            found=f"{b.shape}, weights {w.shape}",
            remedy="Evaluate both systems on the same groups in the same order.",
        )  # fmt: skip
    if not (np.isfinite(a).all() and np.isfinite(b).all() and np.isfinite(w).all() and (w > 0).all()):
        raise TwobranchError(
            "metric_per_group_a", "values must be finite and weights positive",
            remedy="Leave out groups without a query on both sides.",
        )  # fmt: skip
    gain = (a - b) * w
    replicates = [(drawn @ gain) / (drawn @ w) for drawn in resampled_groups(len(a), resamples, seed)]
    low, high = percentile_interval(np.concatenate(replicates))
    verdict: Literal["true", "false", "undecided"] = "true" if low > 0 else "false" if high < 0 else "undecided"
    return Difference(float(gain.sum() / w.sum()), (low, high), verdict)
