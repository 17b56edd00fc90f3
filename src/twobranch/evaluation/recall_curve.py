"""R@K for every K up to a hundred, with its interval and what a random order would reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.evaluation.chance import random_success
from twobranch.evaluation.intervals import resampled_groups

MOST = 100
"""The largest K."""
RESAMPLES = 500
"""Of the groups, for the band around the curve."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RecallCurve:
    """R@K in percent for K = 1, 2, ...

    Attributes:
        recall: (K,) percent of the queries with a match among the first K.
        low: (K,) lower end of the 95 % interval, bootstrap over groups.
        high: (K,) upper end.
        chance: (K,) what a random order of the gallery reaches on average.
    """

    recall: Floats
    low: Floats
    high: Floats
    chance: Floats


def recall_curve(ranks: Any, groups: Any, matches: Any, gallery: Any, *, seed: int = 0) -> RecallCurve:
    """The curve of one direction.

    Args:
        ranks: (Q,) ranks from 1; 0 for what is not found at any rank.
        groups: (Q,) group of each query.
        matches: (Q,) items of the gallery that match the query.
        gallery: items in the gallery, one number or (Q,) for each query its own.
        seed: of the resamples.

    Example:
        >>> curve = recall_curve([1, 3], ["a", "b"], [1, 1], 4)
        >>> curve.recall.tolist(), curve.chance.tolist()
        ([50.0, 50.0, 100.0, 100.0], [25.0, 50.0, 75.0, 100.0])
    """
    ranks, matches = np.asarray(ranks), np.asarray(matches)
    sizes = np.broadcast_to(np.asarray(gallery), ranks.shape)
    last = int(min(MOST, sizes.max()))
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    counts = np.bincount(codes)  # (G,)
    place = np.where((ranks > 0) & (ranks <= last), ranks - 1, last)  # the last column: not among the first K
    found = np.bincount(codes * (last + 1) + place, minlength=len(counts) * (last + 1)).reshape(len(counts), -1)
    sums = 100.0 * found[:, :last].cumsum(axis=1)  # (G, K)
    draws = [(drawn @ sums) / (drawn @ counts)[:, None] for drawn in resampled_groups(len(counts), RESAMPLES, seed)]
    low, high = np.percentile(np.concatenate(draws), [2.5, 97.5], axis=0)
    return RecallCurve(sums.sum(axis=0) / len(ranks), low, high, _chance(matches, sizes, last))


def _chance(matches: Any, sizes: Any, last: int) -> Floats:
    kinds, counts = np.unique(np.stack([matches, sizes]), axis=1, return_counts=True)  # few queries differ in them
    return np.array([np.average(random_success(kinds[0], kinds[1], k), weights=counts) for k in range(1, last + 1)])
