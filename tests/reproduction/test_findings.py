"""Findings: paired, over the seeds that both rows have, and never silently skipped."""

import numpy as np
import pytest

from tests.reproduction.fakes import PAPER, result
from twobranch.config import validated
from twobranch.reproduction.findings import check_finding, last_diagnostic, t_interval, verdict_of
from twobranch.reproduction.paper import Finding
from twobranch.reproduction.statistics import row_values


def finding(**changes):
    return validated(Finding, {**PAPER["findings"][0], **changes}, "finding")


def row(name, worst, seeds=(0, 1, 2), **options):
    return [result(name, seed, worst=worst, **options) for seed in seeds]


STRONG, WEAK = row("strong", 8), row("weak", 20)


def test_a_clear_difference():
    tested = check_finding(finding(), {"strong": STRONG, "weak": WEAK})
    assert tested.verdict == "true"
    assert tested.better == pytest.approx(row_values(STRONG).mean("rsum"))
    assert tested.difference == pytest.approx(tested.better - tested.worse)
    assert tested.per_seed == pytest.approx(
        [a.facts.metrics["rsum"] - b.facts.metrics["rsum"] for a, b in zip(STRONG, WEAK, strict=True)]
    )
    swapped = check_finding(finding(better="weak", worse="strong"), {"strong": STRONG, "weak": WEAK})
    assert swapped.verdict == "false"
    assert swapped.interval == pytest.approx((-tested.interval[1], -tested.interval[0]))


def test_the_interval_is_paired():
    """Naive twin on the same draws; hard images cancel, so that it is narrower than for independent rows."""
    tested = check_finding(finding(), {"strong": STRONG, "weak": WEAK})
    a, b = row_values(STRONG).replicates["rsum"], row_values(WEAK).replicates["rsum"]
    assert tested.interval == pytest.approx(tuple(np.percentile(a - b, [2.5, 97.5])))
    independent = np.percentile(a - np.roll(b, 1), [2.5, 97.5])
    assert tested.interval[1] - tested.interval[0] < independent[1] - independent[0]


def test_a_row_against_itself_is_undecided():
    tested = check_finding(finding(), {"strong": STRONG, "weak": STRONG})
    assert (tested.verdict, tested.difference) == ("undecided", 0.0)


def test_not_worse_needs_a_tolerance():
    assert check_finding(finding(tolerance=3), {"strong": STRONG, "weak": STRONG}).verdict == "true"
    assert check_finding(finding(tolerance=3), {"strong": WEAK, "weak": STRONG}).verdict == "false"
    assert verdict_of((-4.0, 1.0), "rsum", 3.0) == "undecided"


@pytest.mark.parametrize("metric", ["i2t", "t2i", "within-view", "i2t-minus-t2i"])
def test_other_metrics(metric):
    tested = check_finding(finding(metric=metric), {"strong": STRONG, "weak": WEAK})
    assert tested.difference == pytest.approx(row_values(STRONG).mean(metric) - row_values(WEAK).mean(metric))


def test_the_probe_is_compared_over_seeds_and_less_is_better():
    low, high = row("strong", 8, probe=60.0), row("weak", 8, probe=80.0)
    low[0].facts.stages[-1]["probe_accuracy"] += 1.0
    tested = check_finding(finding(metric="probe_accuracy"), {"strong": low, "weak": high})
    assert tested.per_seed == (-19.0, -20.0, -20.0)
    assert tested.interval == pytest.approx(t_interval(np.array([-19.0, -20.0, -20.0])))
    assert tested.verdict == "true"
    assert check_finding(finding(metric="probe_accuracy"), {"strong": high, "weak": low}).verdict == "false"


def test_one_seed_gives_the_probe_no_interval():
    rows = {"strong": row("strong", 8, [0], probe=60.0), "weak": row("weak", 8, [0])}
    tested = check_finding(finding(metric="probe_accuracy"), rows)
    assert (tested.verdict, tested.interval, tested.difference) == ("undecided", None, -20.0)


def test_only_common_seeds_are_compared():
    tested = check_finding(finding(), {"strong": STRONG, "weak": WEAK[1:]})
    assert tested.seeds == (1, 2)
    assert tested.better == pytest.approx(row_values(STRONG[1:]).mean("rsum"))


@pytest.mark.parametrize(
    ("results", "metric", "why"),
    [
        ({"strong": STRONG, "weak": []}, "rsum", "no result of weak"),
        ({}, "rsum", "no result of strong, weak"),
        ({"strong": STRONG[:1], "weak": WEAK[1:]}, "rsum", "no seed in common"),
        ({"strong": STRONG, "weak": row("weak", 20, pairs=True)}, "within-view", "no within-view"),
    ],
)
def test_what_is_missing_is_told(results, metric, why):
    tested = check_finding(finding(metric=metric), results)
    assert tested.verdict == "not tested"
    assert why in tested.why


def test_a_row_without_a_probe():
    bare = row("weak", 8)
    for one in bare:
        one.facts.stages[:] = [{"stage": "only"}]
    assert last_diagnostic(bare[0], "probe_accuracy") is None
    assert check_finding(finding(metric="probe_accuracy"), {"strong": STRONG, "weak": bare}).verdict == "not tested"
