import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.evaluation.calibration import auroc, probability_metrics


def auroc_twin(scores, outcomes):
    wins = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, one in zip(scores, outcomes, strict=True)
        for b, other in zip(scores, outcomes, strict=True)
        if one and not other
    ]
    return sum(wins) / len(wins)


def test_auroc_equals_all_pairs_with_ties(rng):
    scores, outcomes = rng.integers(0, 6, 80), rng.random(80) < 0.3
    assert auroc(scores, outcomes) == pytest.approx(auroc_twin(scores, outcomes))


def test_brier_and_skill_by_hand():
    metrics = probability_metrics([0.8, 0.4, 0.0, 0.2], [1, 1, 0, 0])
    assert metrics["brier"] == pytest.approx((0.04 + 0.36 + 0.0 + 0.04) / 4)
    assert metrics["brier_constant"] == pytest.approx(0.25)
    assert metrics["brier_skill"] == pytest.approx(1 - 0.11 / 0.25)
    assert metrics["base_rate"] == 0.5


@pytest.mark.parametrize("rate", [0.5, 0.01])
def test_the_base_rate_as_answer_fails_visibly(rng, rate):
    outcomes = rng.random(1000) < rate
    metrics = probability_metrics(np.full(1000, outcomes.mean()), outcomes)
    assert metrics["brier_skill"] == pytest.approx(0.0)
    assert metrics["auroc"] == 0.5
    assert metrics["calibration_error"] == pytest.approx(0.0)  # which is why that number alone proves nothing
    assert len(metrics["bins"]) == 1


def test_true_probabilities_have_skill_and_little_error_and_overconfidence_shows(rng):
    p = rng.random(20000)
    outcomes = rng.random(20000) < p
    honest = probability_metrics(p, outcomes)
    assert honest["calibration_error"] < 0.02
    assert honest["brier_skill"] == pytest.approx(1 / 3, abs=0.03)
    boast = probability_metrics(p**2 / (p**2 + (1 - p) ** 2), outcomes)
    assert boast["calibration_error"] > 0.05
    assert boast["auroc"] == pytest.approx(honest["auroc"])


def test_bins_have_equal_mass_and_never_part_equal_probabilities(rng):
    assert {row["count"] for row in probability_metrics(rng.random(1000), rng.random(1000) < 0.5)["bins"]} == {100}
    p = rng.integers(0, 4, 1000) / 4
    outcomes = rng.random(1000) < p
    table = probability_metrics(p, outcomes)["bins"]
    assert [row["low"] for row in table] == [row["high"] for row in table] == [0.0, 0.25, 0.5, 0.75]
    assert sum(row["count"] for row in table) == 1000
    for row in table:
        assert row["rate"] == pytest.approx(outcomes[p == row["low"]].mean())
    order = rng.permutation(1000)
    assert probability_metrics(p[order], outcomes[order])["bins"] == table


def test_outcomes_of_one_kind_leave_skill_and_auroc_undefined():
    metrics = probability_metrics([0.5, 0.7], [1, 1])
    assert metrics["brier_skill"] is None
    assert metrics["auroc"] is None


@pytest.mark.parametrize(
    ("p", "y", "message"),
    [
        ([0.5, 1.5], [0, 1], r"item 1: a probability must lie in \[0, 1\], but found 1.5"),
        ([0.5, np.nan], [0, 1], "probability must lie"),
        ([0.5], [2], "outcome must be 0 or 1"),
        ([0.5], [0, 1], "one outcome per probability"),
        ([], [], "at least one"),
    ],
)
def test_unusable_input_raises(p, y, message):
    with pytest.raises(TwobranchError, match=message):
        probability_metrics(p, y)
