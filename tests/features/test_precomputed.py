"""Features in place of pictures: read, refused, trained on, measured and searched."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from twobranch.cli.main import app
from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError
from twobranch.features.decoding import decode_image
from twobranch.features.extract import image_features
from twobranch.features.precomputed import Precomputed

COLORS = ("red", "blue", "green", "black")
THINGS = ("dog", "car", "tree", "house", "boat", "ball")
TINY = ("--set", "stages.0.epochs=20", "--set", "stages.0.at_least=0", "--set", "stages.0.patience=null")
SMALL = (
    *(
        "--set",
        "model.sentence={encoder: ngrams, branch: {branch: bag-mlp, hidden: [64]}}",
        "--set",
        "model.embedding=32",
    ),
    *("--set", "stages.0.sampler={sampler: neighborhood, images: 48, sentences: 2}"),
    *("--set", "stages.0.inputs={image: features, sentence: features}"),
)


@pytest.fixture
def folder(tmp_path):
    """Sets of noisy vectors that say color and thing, a row per sentence."""
    random, data = np.random.default_rng(0), tmp_path / "toy_precomp"
    data.mkdir()
    meanings = random.normal(size=(len(COLORS) + len(THINGS), 24))
    for name, count in (("train", 192), ("dev", 48), ("test", 48)):
        colors, things = random.integers(0, len(COLORS), count), random.integers(0, len(THINGS), count)
        clean = meanings[colors] + meanings[len(COLORS) + things]
        sets = (clean[:, None] + random.normal(scale=0.5, size=(count, 4, 24))).astype(np.float32)
        np.save(data / f"{name}_ims.npy", np.repeat(sets, 2, axis=0))
        texts = [
            (f"a {COLORS[c]} {THINGS[t]}", f"the {THINGS[t]} is {COLORS[c]}")
            for c, t in zip(colors, things, strict=True)
        ]
        (data / f"{name}_caps.txt").write_text("".join(f"{text}\n" for pair in texts for text in pair))
    return data


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


def test_training_evaluation_and_search_without_any_picture(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("TWOBRANCH_CACHE", str(tmp_path / "cache"))
    out, index = tmp_path / "run", tmp_path / "index"
    run("train", folder, "--recipe", "precomputed", *SMALL, *TINY, "--out", out, "--threads", "1")
    document = json.loads(run("evaluate", out / "model", folder, "--split", "test", "--json").stdout)
    # Of 48 images each sentence fits about two: chance is 2 %, and what is alike cannot be told apart.
    assert document["t2i"]["R@10"] > 80
    assert document["i2t"]["R@10"] > 80  # rows per sentence taken for images would leave it near chance
    run("index", out / "model", folder, "--out", index)
    found = json.loads(run("search", index, "a red dog", "--json", "-k", "3").stdout)
    corpus = read_corpus(folder)
    told = {
        corpus.image_ids[image]: text for image, text in zip(corpus.sentence_images, corpus.sentence_texts, strict=True)
    }
    assert "red" in told[found["results"][0]["id"]]
    assert "dog" in told[found["results"][0]["id"]]


def test_the_mean_of_a_set_is_the_feature(folder, tmp_path):
    encoder = Precomputed()
    paths = read_corpus(folder).split("val").image_paths
    encoder.fit(paths)
    found = image_features(encoder, paths).features[np.arange(len(paths))]
    rows = np.load(folder / "dev_ims.npy")[::2]
    np.testing.assert_allclose(found, rows.mean(1), atol=2e-3)
    encoder.save(tmp_path)
    again = Precomputed()
    again.load(tmp_path)
    assert (again.dim, again.identity) == (24, encoder.identity)


def test_check_looks_at_features(folder):
    rows = np.load(folder / "train_ims.npy")
    rows[8:10, 1, 3] = np.nan
    np.save(folder / "train_ims.npy", rows)
    result = CliRunner().invoke(app, ["check", str(folder), "--json"])
    document = json.loads(result.stdout)
    found = {finding["code"]: finding for finding in document["findings"]}
    assert found["corrupt-images"]["count"] == 1
    assert "NaN" in found["corrupt-images"]["examples"][0]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([1.0, np.nan]), "features are finite numbers"),
        (np.ones((2, 3, 4)), r"a feature is an array of numbers, \(F,\) or \(R, F\), but found float64 \(2, 3, 4\)"),
        (np.ones((0, 2)), r"found float64 \(0, 2\)"),
        (np.ones(3), "a feature has 2 values, but found 3"),
    ],
)
def test_what_is_no_feature(array, message):
    with pytest.raises(TwobranchError, match=message):
        Precomputed(dim=2).read(array, ("image",))


def test_pictures_and_features_are_told_apart(tmp_path):
    np.save(tmp_path / "a.npy", np.ones(2))
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(TwobranchError, match=r"found precomputed features\. Train with --recipe precomputed"):
        decode_image(tmp_path / "a.npy")
    with pytest.raises(TwobranchError, match=r"must be a feature.*found a picture"):
        Precomputed(dim=2).read(tmp_path / "a.jpg", ("image",))
    with pytest.raises(TwobranchError, match="has no grid"):
        Precomputed(dim=2).encode_all(np.ones((1, 2), np.float32))
    with pytest.raises(TwobranchError, match="must know how long"):
        Precomputed().dim  # noqa: B018
    assert Precomputed(dim=2).read(tmp_path / "a.npy", ("image",)).tolist() == [[1.0, 1.0]]
