"""The bench that trains: an interrupted row goes on where it stopped, and ends as if nothing had happened."""

import numpy as np
import pytest
import yaml

import twobranch
from tests.training.test_trained_encoders import RECIPE
from twobranch.config import validated
from twobranch.reproduction.bench import FrozenFeatures
from twobranch.reproduction.rows import Rows
from twobranch.training.data import Feed
from twobranch.training.encoding import Place
from twobranch.training.recipe import Recipe


class Killed(BaseException):
    pass


def test_an_interrupted_row_goes_on(scenes, tmp_path, monkeypatch):
    corpus = twobranch.read_corpus(scenes)
    recipe = validated(Recipe, yaml.safe_load(RECIPE), "test")
    bench = FrozenFeatures(corpus, Place())
    splits = corpus.split("train").fingerprint, corpus.split("val").fingerprint

    def train(out):
        rows = Rows({"row": recipe}, [0], *splits, out)
        return rows.run(bench, ["row"], lambda outcome: None).results["row"][0]

    whole = train(tmp_path / "whole")
    original, count = Feed.batch, 0

    def dies(self, rows, random):
        nonlocal count
        count += 1
        if count == 6:  # in the second stage
            raise Killed
        return original(self, rows, random)

    monkeypatch.setattr("twobranch.training.loop.CHECKPOINT_SECONDS", -1.0)
    monkeypatch.setattr(Feed, "batch", dies)
    with pytest.raises(Killed):
        train(tmp_path / "cut")
    left = tmp_path / "cut" / "runs" / "row"
    assert [path.suffix for path in left.iterdir()] == [".work"]
    (left / "seed-0.00000000.work").mkdir()  # an attempt of another recipe
    monkeypatch.setattr(Feed, "batch", counted := _counting(original))
    cut = train(tmp_path / "cut")
    assert counted.calls < 9, "it did not start over"
    np.testing.assert_array_equal(cut.ranks.i2t, whole.ranks.i2t)
    np.testing.assert_array_equal(cut.ranks.t2i, whole.ranks.t2i)
    assert cut.facts.training_seconds > 0
    assert [path.name for path in left.iterdir()] == ["seed-0"]


def _counting(original):
    def batch(self, rows, random):
        batch.calls += 1
        return original(self, rows, random)

    batch.calls = 0
    return batch
