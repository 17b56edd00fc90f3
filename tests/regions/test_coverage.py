"""The greedy order against its definition, written as loops."""

from __future__ import annotations

import numpy as np
import pytest

from twobranch.regions.coverage import coverage_order


def twin(overlap, weights, budget, thresholds):
    """The next candidate covers the most weight that none before it covers, summed over the thresholds."""
    hypotheses, candidates = overlap.shape
    chosen = []
    while len(chosen) < budget:
        gains = []
        for candidate in range(candidates):
            gain = 0
            for threshold in thresholds:
                for h in range(hypotheses):
                    covered = any(overlap[h, other] >= threshold for other in chosen)
                    if not covered and overlap[h, candidate] >= threshold:
                        gain += weights[h]
            gains.append(gain)
        if not gains or max(gains) <= 0:
            break
        chosen.append(gains.index(max(gains)))
    return chosen


@pytest.mark.parametrize("thresholds", [[0.5], [0.5, 0.7, 0.9]])
def test_the_order_is_that_of_the_twin(thresholds):
    chance = np.random.default_rng(3)
    overlap = chance.random((40, 25))
    weights = chance.integers(0, 5, 40).astype(float)
    weights *= 2.0**20 / weights.sum()  # whole numbers of what the order rounds to, nearly
    assert coverage_order(overlap, np.rint(weights), 25, thresholds).tolist() == twin(
        overlap, np.rint(np.rint(weights) * (2.0**20 / np.rint(weights).sum())), 25, thresholds
    )


def test_the_first_of_equals_and_no_box_twice():
    overlap = np.ones((3, 4))
    assert coverage_order(overlap, np.ones(3), 4).tolist() == [0]
    assert coverage_order(np.eye(3), np.ones(3), 9).tolist() == [0, 1, 2]
    assert coverage_order(np.eye(3), np.array([1.0, 3.0, 2.0]), 2).tolist() == [1, 2]


def test_nothing_to_choose_from():
    assert coverage_order(np.zeros((0, 0)), np.zeros(0), 5).tolist() == []
    assert coverage_order(np.zeros((2, 3)), np.ones(2), 5).tolist() == []
