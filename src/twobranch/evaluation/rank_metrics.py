"""Metrics of a list of ranks: R@K, MedR, MeanR, and the same on bootstrap resamples of groups.

Ranks are 1-based. R@K is *success at K* in percent: the share of queries whose best match is among the first K. It is
called recall in the image-text literature, but is not the recall of information retrieval, which would be the share
of a query's matches among the first K: an image with five sentences, one of them on rank 1, has R@1 = 100 here and
20 there.
"""

from __future__ import annotations

import numpy as np

CUTOFFS = (1, 5, 10)
"""The K of R@K."""

RECALLS = tuple(f"R@{k}" for k in CUTOFFS)
"""The keys of the recalls in a document."""


def rank_metrics(ranks: np.ndarray) -> dict[str, float | int]:
    """R@1, R@5, R@10 in percent, median and mean rank.

    MedR follows vsepp: floor(median of the 0-based ranks) + 1, an integer also for an even number of queries.

    Args:
        ranks: (Q,) ranks from 1 of the queries that have a match; at least one.

    Example:
        >>> rank_metrics(np.array([1, 1, 4, 7]))
        {'R@1': 50.0, 'R@5': 75.0, 'R@10': 100.0, 'MedR': 2, 'MeanR': 3.25}
    """
    metrics: dict[str, float | int] = {f"R@{k}": 100.0 * float((ranks <= k).mean()) for k in CUTOFFS}
    metrics["MedR"] = int(np.floor(np.median(ranks - 1))) + 1
    metrics["MeanR"] = float(ranks.mean())
    return metrics


def rank_replicates(ranks: np.ndarray, codes: np.ndarray, drawn: np.ndarray) -> dict[str, np.ndarray]:
    """The metrics of `rank_metrics` on resamples.

    Args:
        ranks: (Q,) ranks from 1.
        codes: (Q,) group number of each query, in 0..G-1; every group has a query.
        drawn: (r, G) how often each resample holds each group.

    Returns:
        (r,) values under the key of each metric.

    Example:
        >>> rank_replicates(np.array([1, 3]), np.array([0, 1]), np.array([[1.0, 1.0], [0.0, 2.0]]))["R@1"]
        array([50.,  0.])
    """
    groups = drawn.shape[1]
    columns = [100.0 * (ranks <= k) for k in CUTOFFS] + [ranks.astype(np.float64)]
    sums = np.stack([np.bincount(codes, weights=column, minlength=groups) for column in columns], axis=1)  # (G, 4)
    queries = drawn @ np.bincount(codes, minlength=groups)  # (r,)
    means = (drawn @ sums) / queries[:, None]  # (r, 4)
    replicates = {f"R@{k}": means[:, column] for column, k in enumerate(CUTOFFS)}
    replicates["MedR"] = _medians(ranks, codes, drawn)
    replicates["MeanR"] = means[:, -1]
    return replicates


def _medians(ranks: np.ndarray, codes: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """MedR of each resample, without writing the resample out: a cumulated count over the sorted ranks."""
    order = np.argsort(ranks, kind="stable")
    below = np.cumsum(drawn.astype(np.int32)[:, codes[order]], axis=1, dtype=np.int32)  # (r, Q)
    count = below[:, -1:]
    # Position p of the resample is the first query whose cumulated count is more than p.
    lower = (below <= (count - 1) // 2).sum(axis=1)
    upper = (below <= count // 2).sum(axis=1)
    ordered = ranks[order]
    medians: np.ndarray = ((ordered[lower] + ordered[upper]) // 2).astype(np.float64)  # ranks are integers: floor
    return medians
