"""Values of a row: means over seeds, bootstrap over groups of the mean, and the spread of the seeds.

All rows are resampled alike: the replicates of two rows belong to the same drawn groups, so that their difference is
the paired difference of the rows. The interval says what another choice of images would change; what another seed
would change, the standard deviation over seeds says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.evaluation.intervals import percentile_interval, resampled_groups
from twobranch.evaluation.rank_metrics import CUTOFFS
from twobranch.evaluation.ranks import group_codes
from twobranch.reproduction.result import Result

RESAMPLES = 1000
"""Bootstrap resamples of groups."""

VIEWS = ("i2t", "t2i", "within-view")
"""Kinds of query: image, sentence, sentence among sentences."""


@dataclass(frozen=True)
class Values:
    """The metrics of a row, by name: `i2t.R@1`, `i2t` (the sum of its recalls), `rsum`, `i2t-minus-t2i`, ...

    Attributes:
        seeds: numbers of the seeds.
        per_seed: (S,) values of each seed.
        replicates: (r,) values of the mean over seeds on each resample of groups.
    """

    seeds: tuple[int, ...]
    per_seed: Mapping[str, np.ndarray]
    replicates: Mapping[str, np.ndarray]

    def mean(self, metric: str) -> float:
        """The mean over the seeds."""
        return float(self.per_seed[metric].mean())

    def interval(self, metric: str) -> list[float]:
        """The 95 % interval of the mean over seeds, by bootstrap over groups."""
        return percentile_interval(self.replicates[metric])

    def deviation(self, metric: str) -> float | None:
        """The standard deviation over the seeds (of a sample); None with a single seed."""
        values = self.per_seed[metric]
        return float(values.std(ddof=1)) if len(values) > 1 else None


def row_values(results: Sequence[Result], *, resamples: int = RESAMPLES, seed: int = 0) -> Values:
    """The metrics of a row from the results of its seeds.

    With one seed they equal `metrics_from_ranks`, its intervals included.

    Args:
        results: one per seed, at least one, all on the same gallery.
        resamples: bootstrap resamples.
        seed: of the resamples; rows are compared only with the same one.

    Raises:
        TwobranchError: if the results are of different galleries.

    Example:
        >>> from twobranch.reproduction.statistics import _with_sums
        >>> recalls = {f"{view}.R@{k}": 10.0 for view in ("i2t", "t2i") for k in (1, 5, 10)}
        >>> _with_sums(recalls)["rsum"]
        60.0
    """
    first = results[0]
    for other in results:
        same_gallery(first, other)
    codes = dict(zip(VIEWS, group_codes(first.image_groups, first.sentence_groups), strict=False))
    ranks = {"i2t": [r.ranks.i2t for r in results], "t2i": [r.ranks.t2i for r in results]}
    per_seed, replicates = _recalls(ranks, codes, resamples, seed)
    # A sentence without another one of its image has no rank within the view: that gallery is resampled by itself.
    within = [r.within_view for r in results if r.within_view is not None]
    if len(within) == len(results) and (within[0] > 0).any():
        more = _recalls({"within-view": within}, {"within-view": codes["t2i"]}, resamples, seed)
        per_seed, replicates = {**per_seed, **more[0]}, {**replicates, **more[1]}
    return Values(tuple(r.facts.key.seed for r in results), _with_sums(per_seed), _with_sums(replicates))


def same_gallery(one: Result, other: Result) -> None:
    """Refuse to compare results on different images or sentences.

    Raises:
        TwobranchError: if they are.
    """
    pairs = ((one.image_groups, other.image_groups), (one.sentence_groups, other.sentence_groups))
    if not all(np.array_equal(a, b) for a, b in pairs):
        raise TwobranchError(
            f"{one.facts.name} and {other.facts.name}",
            "results are compared on the same images and sentences",
            remedy="Delete the folder runs and reproduce all rows anew.",
        )


def _recalls(
    ranks: Mapping[str, Sequence[np.ndarray]], codes: Mapping[str, np.ndarray], resamples: int, seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """R@K per seed (S,) and on each resample (r,), for queries that have a match."""
    matched = {view: of_seeds[0] > 0 for view, of_seeds in ranks.items()}
    numbers = np.unique(np.concatenate([codes[view][matched[view]] for view in ranks]))
    per_seed: dict[str, Any] = {}
    sums, counts = {}, {}
    for view, of_seeds in ranks.items():
        own = np.searchsorted(numbers, codes[view][matched[view]])
        counts[view] = np.bincount(own, minlength=len(numbers)).astype(np.float64)  # (G,)
        stacked = np.stack(of_seeds)[:, matched[view]]  # (S, Q)
        for k in CUTOFFS:
            success = 100.0 * (stacked <= k)  # (S, Q)
            per_seed[f"{view}.R@{k}"] = success.mean(axis=1)
            sums[view, k] = np.bincount(own, weights=success.mean(axis=0), minlength=len(numbers))
    chunks: dict[str, list[np.ndarray]] = {name: [] for name in per_seed}
    for drawn in resampled_groups(len(numbers), resamples, seed):  # (r, G)
        for (view, k), total in sums.items():
            chunks[f"{view}.R@{k}"].append((drawn @ total) / (drawn @ counts[view]))
    return per_seed, {name: np.concatenate(parts) for name, parts in chunks.items()}


def _with_sums(recalls: Mapping[str, Any]) -> dict[str, Any]:
    """Add what findings compare: sums of recalls, and which direction a row favors."""
    values = dict(recalls)
    for view in VIEWS:
        if f"{view}.R@1" in values:
            values[view] = sum(values[f"{view}.R@{k}"] for k in CUTOFFS)
    values["rsum"] = values["i2t"] + values["t2i"]
    values["i2t-minus-t2i"] = values["i2t"] - values["t2i"]
    return values
