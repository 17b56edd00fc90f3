"""Inputs: frozen features, random views of them, pixels, tokens."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.small_encoders import SmallPictures, SmallWords
from twobranch.errors import TwobranchError
from twobranch.features import SENTENCE_ENCODERS
from twobranch.features.shards import FeatureRows, Shards
from twobranch.features.views import image_views
from twobranch.training.inputs import Features, Pixels, RandomViews, Side, Tokens

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


@pytest.fixture
def pictured(tmp_path):
    """Three pictures on disk with their encoder."""
    paths = []
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        paths.append(str(tmp_path / f"{number}.png"))
        Image.fromarray(pixels).save(paths[-1])
    return Side(paths, np.zeros((3, 16), np.float32), np.arange(3), SmallPictures().load(cache=tmp_path))


def test_pixels_are_crops_of_the_pictures(pictured):
    gather, rows = Pixels().of(pictured), np.array([2, 0, 2])
    pixels = gather(rows, np.random.default_rng(0))
    assert pixels.shape == (3, 32, 32, 3)
    assert pixels.dtype == torch.uint8
    assert not pixels[0].equal(pixels[2])  # the same picture, another crop
    assert pixels.equal(gather(rows, np.random.default_rng(0)))
    assert not pixels.equal(gather(rows, np.random.default_rng(1)))


def test_whole_pixels_are_the_view(pictured):
    pixels = Pixels(smallest=1, most_stretched=1, mirror=False).of(pictured)(np.arange(3), np.random.default_rng(0))
    views = [image_views(path, ["image"], 32)[0] for path in pictured.items]
    assert pixels.numpy().tolist() == np.stack(views).tolist()


def test_a_picture_that_is_gone_is_named(pictured):
    Path(pictured.items[1]).unlink()
    with pytest.raises(TwobranchError, match=r"1\.png: a picture must be a readable file"):
        Pixels().of(pictured)(np.arange(3), np.random.default_rng(0))


def test_tokens_come_from_the_encoder(tmp_path):
    encoder = SmallWords().load(cache=tmp_path)
    side = Side(["a dog", "a red car"], np.zeros((2, 12), np.float32), np.arange(2), encoder)
    found = Tokens().of(side)(np.array([1, 0]), np.random.default_rng(0))
    assert found.tolist() == encoder.tokens(["a red car", "a dog"]).tolist()


def test_each_side_has_its_own_entry(pictured, tmp_path):
    sentences = Side(["a"], np.zeros((1, 2), np.float32), np.arange(1), SmallWords().load(cache=tmp_path))
    with pytest.raises(TwobranchError, match="input pixels: is for the image side"):
        Pixels().of(sentences)
    with pytest.raises(TwobranchError, match="input tokens: is for the sentence side"):
        Tokens().of(pictured)
    words = Side(["a"], np.zeros((1, 2), np.int64), np.arange(1), SENTENCE_ENCODERS["words"]().load())
    with pytest.raises(TwobranchError, match="is no network"):
        Tokens().of(words)
