"""Features in place of pictures through the command line: check, train, evaluate, index, search."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.cli.command import twobranch
from twobranch.corpus import read_corpus
from twobranch.features.cache import FeatureCache
from twobranch.features.corpus_features import corpus_features
from twobranch.features.extract import image_features
from twobranch.features.precomputed import Precomputed
from twobranch.matcher import Matcher
from twobranch.training.inputs.features import of_views

COLORS = ("red", "blue", "green", "black", "white", "pink")
THINGS = ("dog", "car", "tree", "house", "boat", "ball", "cup", "shoe", "hat", "sun")
TRAINED = (
    *("--recipe", "default", "--set", "model.image.encoder=precomputed", "--set", "model.sentence.encoder=tfidf"),
    *("--set", "model.image.branch.hidden=[128]", "--set", "model.sentence.branch.hidden=[128]"),
    *("--set", "model.embedding=64", "--set", "stages.0.sampler.images=60", "--set", "stages.0.at_least=0"),
    *("--set", "stages.0.epochs=30", "--set", "stages.0.patience=null"),
)
"""As a user changes the recipe, and as small as it can be."""


def write_folder(folder, each, per):
    """Vectors that say a color and two things; a row per image, or per sentence."""
    random = np.random.default_rng(0)
    folder.mkdir()
    meanings = random.normal(size=(len(COLORS) + 2 * len(THINGS), 24))
    for split, count in (("train", 240), ("dev", 60), ("test", 60)):
        colors, near, far = (random.integers(0, len(kinds), count) for kinds in (COLORS, THINGS, THINGS))
        rows = meanings[colors] + meanings[len(COLORS) + near] + meanings[len(COLORS) + len(THINGS) + far]
        rows = (rows + random.normal(scale=0.1, size=rows.shape)).astype(np.float32)
        np.save(folder / f"{split}_ims.npy", np.repeat(rows, each, axis=0) if per == "sentence" else rows)
        named = [(COLORS[c], THINGS[n], THINGS[f]) for c, n, f in zip(colors, near, far, strict=True)]
        forms = ("a {0} {1} near a {2}", "the {1} is {0} , far is a {2}", "{0} {1} and {2}")[:each]
        lines = [form.format(*words) for words in named for form in forms]
        (folder / f"{split}_caps.txt").write_text("".join(f"{line}\n" for line in lines))
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The same images and sentences in both layouts."""
    place = tmp_path_factory.mktemp("precomputed")
    return {per: write_folder(place / f"{per}_precomp", 3, per) for per in ("image", "sentence")}


@pytest.fixture(scope="module")
def model(folders, tmp_path_factory):
    """A matcher that was trained on a row per sentence."""
    run = tmp_path_factory.mktemp("runs") / "run"
    done = twobranch("train", folders["sentence"], "--out", run, *TRAINED)
    assert done.code == 0, done.err
    return run / "model"


@pytest.mark.parametrize("per", ["image", "sentence"])
def test_both_layouts_are_measured_alike_and_as_numpy_does(folders, model, per):
    document = json.loads(twobranch("evaluate", model, folders[per], "--split", "test", "--json").out)
    assert (document["images"], document["sentences"]) == (60, 180)
    matcher = Matcher.load(model)
    rows = np.load(folders["image"] / "test_ims.npy")
    lines = (folders["image"] / "test_caps.txt").read_text().splitlines()
    scores = matcher.embed_image_features(rows) @ matcher.encode_sentences(lines).T  # (60, 180)
    own = np.repeat(np.eye(60, dtype=bool), 3, axis=1)
    best_sentence, best_image = np.where(own, scores, -9).max(1), np.where(own, scores, -9).max(0)
    i2t = ((scores >= best_sentence[:, None]) & ~own).sum(1)
    t2i = ((scores >= best_image[None]) & ~own).sum(0)
    for way, ranks in (("i2t", i2t), ("t2i", t2i)):
        for k in (1, 5, 10):
            assert document[way][f"R@{k}"] == pytest.approx(100 * (ranks < k).mean())
    # 60 images of 600 kinds; chance is below 2 %. A row per sentence that is taken for an image of its own would have
    # a recall near zero in one direction only.
    assert document["i2t"]["R@1"] > 50
    assert document["t2i"]["R@1"] > 50


def test_an_index_of_rows_is_searched_by_sentence(folders, model, tmp_path):
    folder = folders["sentence"]
    done = twobranch("index", model, folder, "--out", tmp_path / "index")
    assert done.code == 0, done.err
    sentence = (folder / "train_caps.txt").read_text().splitlines()[4]
    found = json.loads(twobranch("search", tmp_path / "index", sentence, "-k", "5", "--json").out)
    assert "train_ims.npy/3" in [hit["id"] for hit in found["results"]]
    again = twobranch("index", model, folder, "--out", tmp_path / "index", "--json")
    assert json.loads(again.out)["unchanged"] == 360


@pytest.mark.parametrize("per", ["image", "sentence"])
def test_check_says_how_the_rows_lie_and_that_training_can_run(folders, per):
    done = twobranch("check", folders[per])
    assert done.code == 0, done.out
    assert ("240 images, a row per image" if per == "image" else "240 images, a row per sentence, repeated") in done.out
    assert "training can run" in done.out


def test_check_lists_rows_that_are_zero_repeated_or_not_finite(tmp_path):
    folder = write_folder(tmp_path / "p", 3, "image")
    rows = np.load(folder / "train_ims.npy")
    rows[3], rows[5, 2], rows[20] = 0, np.inf, np.load(folder / "dev_ims.npy")[4]
    np.save(folder / "train_ims.npy", rows)
    found = {one["code"]: one for one in json.loads(twobranch("check", folder, "--json").out)["findings"]}
    assert found["zero-images"]["examples"] == ["train_ims.npy/3: every value is 0"]
    assert found["corrupt-images"]["examples"] == ["train_ims.npy/5: features with NaN or infinity"]
    assert found["leaking-images"]["examples"] == ["train_ims.npy/20 (train) = dev_ims.npy/4 (val)"]
    assert "no-training-images" not in found


def test_a_row_that_is_not_finite_is_named_and_left_out(tmp_path):
    folder = write_folder(tmp_path / "p", 3, "image")
    rows = np.load(folder / "dev_ims.npy")
    rows[5, 2] = np.nan
    np.save(folder / "dev_ims.npy", rows)
    seen = corpus_features(read_corpus(folder).split("val"), Precomputed(dim=24), ("image",), Words(), None)
    assert list(seen.unreadable) == ["dev_ims.npy/5"]
    assert "dev_ims.npy/5: features are finite numbers, but found NaN or infinity" in seen.unreadable["dev_ims.npy/5"]
    assert seen.corpus.images.num_rows == len(seen.images) == 59


@pytest.mark.parametrize(
    ("data", "settings", "message"),
    [
        ("features", (), "or with --set model.image.encoder=precomputed"),
        ("pictures", TRAINED, "Use another recipe, whose image encoder reads pictures"),
        (
            "features",
            ("--recipe", "regions/softmax", "--set", "model.image.encoder=precomputed"),
            "must read pictures where model.regions is set",
        ),
        ("features", (*TRAINED, "--set", "model.image.encoder={encoder: precomputed, dim: 7}"), "has 7 values"),
        ("features", (*TRAINED, "--set", "stages.0.inputs.image=pixels"), "encoder"),
    ],
)
def test_what_does_not_go_together_says_what_to_set(folders, scenes, tmp_path, data, settings, message):
    folder = folders["image"] if data == "features" else scenes
    done = twobranch("train", folder, "--out", tmp_path / "run", *settings)
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert "Traceback" not in done.err


@pytest.mark.parametrize("on_disk", [False, True])
def test_features_keep_their_precision_and_their_range(tmp_path, on_disk):
    rows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32) * np.float32(1e6)
    np.save(tmp_path / "a.npy", rows)
    encoder, cache = Precomputed(dim=3), FeatureCache(tmp_path / "cache") if on_disk else None
    paths = [f"{tmp_path}/a.npy/{row}" for row in range(4)]
    np.testing.assert_array_equal(image_features(encoder, paths, cache=cache).features.array(), rows)


def test_all_views_of_a_row_are_the_row(tmp_path):
    folder = write_folder(tmp_path / "p", 3, "image")
    corpus = read_corpus(folder).split("val")
    encoder = Precomputed(dim=24)
    seen = corpus_features(corpus, encoder, ("image", "mirror", "crop-center"), Words(), None)
    assert seen.images.views == 3
    rows = np.load(folder / "dev_ims.npy")
    np.testing.assert_allclose(seen.images.array(), rows, rtol=1e-6)
    drawn = np.array([[2], [0]])
    np.testing.assert_array_equal(of_views(seen.images, np.array([7, 3]), drawn), rows[[7, 3]])


class Words:
    """A sentence encoder that gives nothing of interest."""

    output, cached, fitted, dim = "vector", False, False, 1

    def encode(self, sentences):
        return np.ones((len(sentences), 1), np.float32)
