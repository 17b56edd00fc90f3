"""Findings: a claim is tested as the paired difference of two rows.

Retrieval metrics are compared on the same resamples of images, with the seeds of each row averaged. The accuracy of a
modality probe is one number per training, so that its difference is compared over seeds: a paired t-interval, which
with three seeds is wide, and honest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from twobranch.evaluation.intervals import percentile_interval
from twobranch.reproduction.paper import Finding
from twobranch.reproduction.result import Result
from twobranch.reproduction.statistics import row_values, same_gallery

Verdict = Literal["true", "false", "undecided", "not tested"]

LOWER_IS_BETTER = {"probe_accuracy"}
"""Metrics of which less is better."""


@dataclass(frozen=True)
class Tested:
    """The outcome.

    Attributes:
        verdict: "true" if the 95 % interval lies on the claim's side, "false" if on the other, else "undecided".
        better: value of the row that the claim favors; None where it was not tested, as all that follow.
        worse: value of the other row.
        difference: the former minus the latter.
        interval: 95 % of the difference; None where one seed gives none.
        per_seed: the difference of each seed.
        seeds: the seeds that both rows have.
        why: what is missing, where it was not tested.
    """

    verdict: Verdict
    better: float | None = None
    worse: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    per_seed: tuple[float, ...] = ()
    seeds: tuple[int, ...] = ()
    why: str = ""


def verdict_of(interval: tuple[float, float] | None, metric: str, tolerance: float) -> Verdict:
    """What an interval of the difference says about a claim.

    A claim of "better" has tolerance 0. A claim of "not worse" cannot be shown with tolerance 0, since no number of
    images excludes a loss of a hair: it counts as true if the whole interval is better than minus the tolerance, and
    as false if the whole of it is worse.

    Example:
        >>> verdict_of((-2.0, 5.0), "rsum", 0.0), verdict_of((-2.0, 5.0), "rsum", 6.0)
        ('undecided', 'true')
        >>> verdict_of((-9.0, -7.0), "rsum", 6.0), verdict_of((-0.3, -0.1), "probe_accuracy", 0.0)
        ('false', 'true')
    """
    if interval is None:
        return "undecided"
    low, high = interval if metric not in LOWER_IS_BETTER else (-interval[1], -interval[0])
    return "true" if low > -tolerance else "false" if high < -tolerance else "undecided"


def check_finding(finding: Finding, results: Mapping[str, Sequence[Result]]) -> Tested:
    """Test a finding on the results of its two rows.

    Args:
        finding: the claim.
        results: of each row, one per seed.

    Raises:
        TwobranchError: if the two rows were measured on different galleries.
    """
    by_seed = [{r.facts.key.seed: r for r in results.get(name, ())} for name in (finding.better, finding.worse)]
    seeds = tuple(sorted(set(by_seed[0]) & set(by_seed[1])))
    if not seeds:
        missing = [name for name, found in zip((finding.better, finding.worse), by_seed, strict=True) if not found]
        return Tested("not tested", why=f"no result of {', '.join(missing)}" if missing else "no seed in common")
    better, worse = ([found[seed] for seed in seeds] for found in by_seed)
    same_gallery(better[0], worse[0])
    if finding.metric == "probe_accuracy":
        return _over_seeds(finding, better, worse, seeds)
    a, b = row_values(better), row_values(worse)
    if not (finding.metric in a.per_seed and finding.metric in b.per_seed):
        return Tested("not tested", why=f"one of the rows has no {finding.metric} retrieval")
    low, high = percentile_interval(a.replicates[finding.metric] - b.replicates[finding.metric])
    return _tested(finding, a.per_seed[finding.metric], b.per_seed[finding.metric], (low, high), seeds)


def _over_seeds(finding: Finding, better: list[Result], worse: list[Result], seeds: tuple[int, ...]) -> Tested:
    a, b = ([last_diagnostic(result, finding.metric) for result in row] for row in (better, worse))
    if None in a or None in b:
        return Tested("not tested", why=f"one of the rows has no {finding.metric}")
    x, y = np.array(a, dtype=np.float64), np.array(b, dtype=np.float64)
    return _tested(finding, x, y, t_interval(x - y), seeds)


def _tested(finding: Finding, a: Any, b: Any, interval: tuple[float, float] | None, seeds: tuple[int, ...]) -> Tested:
    verdict = verdict_of(interval, finding.metric, finding.tolerance)
    gains = tuple(float(gain) for gain in a - b)
    return Tested(verdict, float(a.mean()), float(b.mean()), float((a - b).mean()), interval, gains, seeds)


def last_diagnostic(result: Result, name: str) -> float | None:
    """A diagnostic at the end of the last stage that has it."""
    for stage in reversed(result.facts.stages):
        if stage.get(name) is not None:
            return float(stage[name])
    return None


def t_interval(differences: np.ndarray) -> tuple[float, float] | None:
    """The 95 % interval of a mean difference by Student's t; None for a single one.

    Example:
        >>> low, high = t_interval(np.array([1.0, 2.0, 3.0]))
        >>> round(low, 2), round(high, 2)
        (-0.48, 4.48)
    """
    from scipy.stats import t

    count = len(differences)
    if count < 2:
        return None
    half = float(t.ppf(0.975, count - 1)) * float(differences.std(ddof=1)) / count**0.5
    mean = float(differences.mean())
    return mean - half, mean + half
