import numpy as np
import pytest

from twobranch.evaluation.chance import random_success
from twobranch.evaluation.common_space import common_space
from twobranch.evaluation.intervals import mean_interval
from twobranch.evaluation.recall_curve import RESAMPLES, recall_curve


def test_the_curve_is_success_at_every_k_with_its_interval(rng):
    ranks, groups = rng.integers(0, 150, 400), rng.integers(0, 80, 400)
    curve = recall_curve(ranks, groups, np.ones(400), 200)
    assert len(curve.recall) == 100
    for k in (1, 7, 100):
        hits = 100.0 * ((ranks > 0) & (ranks <= k))
        assert curve.recall[k - 1] == pytest.approx(hits.mean())
        low, high = mean_interval(hits, groups, resamples=RESAMPLES)
        assert (curve.low[k - 1], curve.high[k - 1]) == (pytest.approx(low), pytest.approx(high))


def test_chance_is_what_shuffled_galleries_reach(rng):
    matches, gallery = np.array([1, 3, 5, 1]), np.array([8, 8, 12, 20])
    curve = recall_curve([1, 1, 1, 1], range(4), matches, gallery)
    draws = [
        [1 + min(rng.permutation(size)[:count]) for count, size in zip(matches, gallery, strict=True)]
        for _ in range(4000)
    ]
    for k in (1, 4, 9):
        assert curve.chance[k - 1] == pytest.approx(100 * (np.array(draws) <= k).mean(), abs=2)
        assert curve.chance[k - 1] == pytest.approx(random_success(matches, gallery, k).mean())


def test_the_gallery_bounds_the_curve():
    curve = recall_curve([3, 2], ["a", "b"], [1, 1], 3)
    assert curve.recall.tolist() == [0.0, 50.0, 100.0]
    assert curve.chance.tolist() == pytest.approx([100 / 3, 200 / 3, 100.0])


def test_the_common_space_joins_items_of_one_group(rng):
    images, sentences = rng.normal(size=(40, 6)), rng.normal(size=(80, 6)) + 4
    space = common_space(images, sentences, np.arange(40), np.repeat(np.arange(40), 2))
    assert space.images.shape == space.sentences.shape == (40, 2)
    assert space.gap["probe_accuracy"] > 95
    assert space.gap["mean_distance"] == pytest.approx(np.sqrt(6) * 4, rel=0.2)
    assert len(space.other) == 5 * len(space.matching)
    assert 0 < space.explained <= 100
    assert common_space(images[:2], sentences[:2], [0, 1], [0, 1]) is None
