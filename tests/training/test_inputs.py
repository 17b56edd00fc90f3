"""Inputs: frozen features, and random views of them."""

import numpy as np
import pytest
import torch

from twobranch.errors import TwobranchError
from twobranch.features.shards import FeatureRows, Shards
from twobranch.training.inputs import Features, RandomViews, Side

ROWS = 6


@pytest.fixture
def side():
    """Three views; the feature of row r in view v is (10 r + v)."""
    sources = []
    for view in range(3):
        rows = (10 * np.arange(ROWS)[:, None] + view).astype(np.float16)
        sources.append((Shards([rows[:2], rows[2:]], (1,)), np.arange(ROWS)))
    return Side([""] * ROWS, FeatureRows(sources, (1,)), np.arange(ROWS))


def test_features_are_the_mean_of_all_views(side):
    values = Features().of(side)(np.array([4, 0]), np.random.default_rng(0))
    assert values.tolist() == [[41.0], [1.0]]


def test_each_picture_gets_views_of_its_own(side):
    gather = RandomViews(count=2).of(side)
    rows = np.array([5, 0, 3])
    seen = {tuple(gather(rows, np.random.default_rng(seed))[:, 0].tolist()) for seed in range(40)}
    assert len(seen) > 5
    for values in seen:
        for row, value in zip(rows, values, strict=True):
            assert value - 10 * row in (0.5, 1.0, 1.5)  # the mean of two of the views 0, 1, 2


def test_all_views_drawn_are_the_features(side):
    rows = np.arange(ROWS)
    drawn = RandomViews(count=3).of(side)(rows, np.random.default_rng(1))
    assert drawn.tolist() == Features().of(side)(rows, np.random.default_rng(1)).tolist()


def test_the_generator_decides(side):
    gather, rows = RandomViews(count=1).of(side), np.arange(ROWS)
    one, again = (gather(rows, np.random.default_rng(7)).tolist() for _ in range(2))
    assert one == again


def test_more_views_than_there_are(side):
    with pytest.raises(TwobranchError, match="at most the 3 views"):
        RandomViews(count=4).of(side)


def test_sentences_have_no_views():
    side = Side(["a"], np.zeros((1, 2), np.float32), np.arange(1))
    with pytest.raises(TwobranchError, match="for the image side"):
        RandomViews(count=1).of(side)


def test_token_ids_stay_integers():
    side = Side(["one", "two"], np.array([[3, 1], [2, 0]]), np.arange(2))
    found = Features().of(side)(np.array([1]), np.random.default_rng(0))
    assert found.dtype == torch.int64
    assert found.tolist() == [[2, 0]]
