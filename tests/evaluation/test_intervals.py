import time

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.evaluation.intervals import group_sums, mean_interval, paired_difference, resampled_groups
from twobranch.evaluation.ranks import Ranks
from twobranch.evaluation.retrieval import metrics_from_ranks


def test_interval_covers_a_known_proportion():
    """Groups of five queries that succeed or fail together, with probability 0.3."""
    covered = 0
    for trial in range(200):
        success = np.random.default_rng(trial).random(150) < 0.3
        low, high = mean_interval(np.repeat(success, 5), np.repeat(np.arange(150), 5), resamples=400, seed=trial)
        covered += low <= 0.3 <= high
    assert 180 <= covered <= 199  # 95 % of 200, give or take; over sentences it would be about 130


def test_draws_do_not_depend_on_the_size_of_the_chunks(rng):
    whole = np.concatenate(list(resampled_groups(50, 20, seed=1)))
    parts = np.concatenate(list(resampled_groups(50, 20, seed=1, width=2**20)))
    assert (whole == parts).all()
    assert (whole.sum(axis=1) == 50).all()


def test_a_thousand_resamples_of_a_usual_test_split_are_quick(rng):
    ranks = Ranks(rng.integers(1, 100, 1000), rng.integers(1, 100, 5000))
    groups = np.arange(1000), np.repeat(np.arange(1000), 5)
    begin = time.process_time()
    metrics_from_ranks([ranks], [groups])
    assert time.process_time() - begin < 1.0


def test_paired_difference_sees_what_separate_intervals_do_not(rng):
    hardness = rng.random(300)
    a, b = hardness, hardness - 0.02 + rng.normal(0, 0.02, 300)
    groups = np.arange(300)
    assert mean_interval(a, groups)[0] < mean_interval(b, groups)[1]  # they overlap
    better = paired_difference(a, b)
    assert better.verdict == "true"
    assert better.interval[0] < better.difference < better.interval[1]
    assert better.difference == pytest.approx((a - b).mean())
    assert paired_difference(b, a).verdict == "false"
    assert paired_difference(a, a).verdict == "undecided"


def test_weights_are_the_queries_of_a_group():
    assert paired_difference([1.0, 0.0], [0.0, 1.0], weights=[3, 1]).difference == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("a", "b", "weights"), [([1.0], [1.0, 2.0], None), ([], [], None), ([np.nan], [1.0], None), ([1.0], [1.0], [0])]
)
def test_unusable_input_raises(a, b, weights):
    with pytest.raises(TwobranchError):
        paired_difference(a, b, weights=weights)


def test_group_sums_refuse_lengths_that_differ():
    with pytest.raises(TwobranchError, match="one value per query"):
        group_sums([1.0, 2.0], ["a"])
