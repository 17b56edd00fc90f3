"""Metrics of parts of the queries: for which sentences, and for which pictures, a matcher is better or worse.

The gallery stays whole: a slice chooses queries only, so that its figures and those of all queries can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.evaluation.intervals import mean_intervals
from twobranch.evaluation.properties import Property
from twobranch.evaluation.rank_metrics import CUTOFFS

Floats = NDArray[np.float64]


def success(ranks: Any) -> dict[str, Floats]:
    """100 where a query's best match is among the first K, else 0: what the mean of is R@K.

    Args:
        ranks: (Q,) ranks from 1; 0 counts as not found.

    Example:
        >>> success([1, 7, 0])["R@5"]
        array([100.,   0.,   0.])
    """
    ranks = np.asarray(ranks)
    return {f"R@{k}": 100.0 * ((ranks > 0) & (ranks <= k)) for k in CUTOFFS}


def sliced(
    columns: Mapping[str, Any],
    groups: Any,
    sliced_by: Property,
    *,
    counted: str = "queries",
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """Means of each slice of the queries, with 95 % intervals by bootstrap over groups.

    Args:
        columns: (Q,) values of each metric, for example of `success`.
        groups: (Q,) group of each query; sentences of one image rise and fall together.
        sliced_by: the property of each query.
        counted: key of the number of queries.
        bootstrap: resamples of groups; 0 leaves the intervals out.
        seed: of the resamples.

    Returns:
        By the name of a slice: the number of its queries, the mean of each column, and `interval` where it has at least
        two groups. A slice without a query is left out.

    Raises:
        TwobranchError: if lengths differ.

    Example:
        >>> from twobranch.evaluation.properties import property_of
        >>> found = sliced(success([1, 1, 9]), [0, 1, 2], property_of("season", ["winter", "winter", "summer"]))
        >>> found["winter"]["R@1"], found["summer"]["R@1"], found["winter"]["queries"]
        (100.0, 0.0, 2)
    """
    groups = np.asarray(groups)
    lengths = {len(groups), len(sliced_by.codes), *(len(values) for values in columns.values())}
    if len(lengths) > 1:
        raise TwobranchError(
            "slices", "there must be one group and one value of the property per query", found=sorted(lengths),
            remedy="Give those of the queries that were ranked.",
        )  # fmt: skip
    parts = {}
    for number, name in enumerate(sliced_by.values):
        rows = np.flatnonzero(sliced_by.codes == number)
        if not len(rows):
            continue
        own = {key: np.asarray(values)[rows] for key, values in columns.items()}
        part: dict[str, Any] = {counted: len(rows), **{key: float(values.mean()) for key, values in own.items()}}
        if bootstrap and len(np.unique(groups[rows])) > 1:  # one group alone says nothing of how much they differ
            part["interval"] = mean_intervals(own, groups[rows], resamples=bootstrap, seed=seed)
        parts[name] = part
    return parts
