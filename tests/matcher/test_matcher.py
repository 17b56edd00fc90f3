"""The matcher: encoding, scoring, saving and loading."""

import json

import numpy as np
import pytest
from PIL import Image

import twobranch
from twobranch.errors import TwobranchError
from twobranch.matcher import Matcher


@pytest.fixture(scope="module")
def matcher(run):
    return Matcher.load(run / "model")


@pytest.fixture(scope="module")
def pictures(scenes):
    return [scenes / "images" / f"{number:05d}.jpg" for number in range(6)]


def test_embeddings_are_unit_rows(matcher, pictures):
    for rows in (matcher.encode_images(pictures), matcher.encode_sentences(["a red car", "", "ünïcödé 猫"])):
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_source_of_a_picture_does_not_matter(matcher, pictures):
    opened = Image.open(pictures[0]).convert("RGB")
    by_path, by_picture, by_array = matcher.encode_images([pictures[0], opened, np.asarray(opened)])
    np.testing.assert_allclose(by_path, by_picture, atol=0.02)
    np.testing.assert_allclose(by_path, by_array, atol=0.02)


def test_score_is_the_product_of_embeddings(matcher, pictures):
    sentences = ["a red car", "a dog on the beach"]
    expected = matcher.encode_images(pictures) @ matcher.encode_sentences(sentences).T
    np.testing.assert_allclose(matcher.score(pictures, sentences), expected, atol=1e-5)


def test_probabilities_rise_with_the_prior(matcher, pictures):
    low = matcher.probability(pictures, ["a red car"], prior=0.01)
    high = matcher.probability(pictures, ["a red car"], prior=0.9)
    assert ((low >= 0) & (low < high) & (high <= 1)).all()


def test_unreadable_pictures_are_listed(matcher, pictures, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(pictures[0].read_bytes()[:500])
    embeddings, failures = matcher.try_encode_images([pictures[0], bad, tmp_path / "missing.jpg"])
    assert list(failures) == [1, 2]
    assert not embeddings[1:].any()
    assert embeddings[0].any()
    with pytest.raises(TwobranchError, match=r"picture 2 of 2.*bad.jpg"):
        matcher.encode_images([pictures[0], bad])


def test_unreadable_pictures_have_no_score(matcher, pictures, tmp_path):
    sentences = ["a red car", "a dog on the beach"]
    scores, failures = matcher.try_score([pictures[0], tmp_path / "missing.jpg", pictures[1]], sentences)
    assert list(failures) == [1]
    assert np.isnan(scores[1]).all()
    np.testing.assert_allclose(scores[[0, 2]], matcher.score(pictures[:2], sentences), atol=1e-5)
    with pytest.raises(TwobranchError, match=r"picture 1 of 1.*missing.jpg"):
        matcher.score([tmp_path / "missing.jpg"], sentences)


def test_fewer_views_give_about_the_same(scenes, pictures, matcher):
    one = matcher.encode_images(pictures, views=["image"])
    two = matcher.encode_images(pictures, views=["image", "mirror"])
    assert ((one * two).sum(1) > 0.7).all()


def test_saved_and_loaded_is_the_same_matcher(matcher, pictures, tmp_path):
    matcher.save(tmp_path / "copy")
    again = Matcher.load(tmp_path / "copy")
    assert again.identity == matcher.identity
    np.testing.assert_array_equal(again.encode_images(pictures), matcher.encode_images(pictures))
    np.testing.assert_array_equal(again.encode_sentences(["a cat"]), matcher.encode_sentences(["a cat"]))


def test_the_folder_holds_nothing_that_runs_code(run):
    names = {path.suffix for path in (run / "model").rglob("*") if path.is_file()}
    assert names <= {".json", ".safetensors", ".md", ".npy"}


def test_the_card_names_what_a_user_must_know(run):
    card = (run / "model" / "README.md").read_text()
    described = json.loads((run / "model" / "matcher.json").read_text())
    for expected in (described["corpus"]["fingerprint"], "English", "Apache", "R@1", "Limits", "default"):
        assert expected in card


def test_training_from_an_earlier_matcher_starts_where_it_ended(run, scenes, tmp_path):
    from tests.conftest import SMALL

    corpus = twobranch.read_corpus(scenes)
    twobranch.fit(corpus, "default", out=tmp_path / "again", settings=[*SMALL, "stages.0.epochs=1"], init=run / "model")
    first = json.loads((tmp_path / "again" / "metrics.jsonl").read_text().splitlines()[0])
    fresh = json.loads((run / "metrics.jsonl").read_text().splitlines()[0])
    assert first["losses"]["embedding.InBatchCrossEntropy"] < fresh["losses"]["embedding.InBatchCrossEntropy"]


def test_another_architecture_is_no_start(run, scenes):
    corpus = twobranch.read_corpus(scenes)
    with pytest.raises(TwobranchError, match="must have the architecture"):
        twobranch.fit(corpus, "default", settings=["model.embedding=8"], init=run / "model")


@pytest.mark.parametrize(
    ("recipe", "settings"),
    [
        ("two-branch/embedding", ["model.sentence.encoder=tfidf"]),
        ("two-branch/embedding", ["model.sentence.encoder={encoder: hglmm, components: 4, dimensions: 32}"]),
        ("cnn-mlp/bigrams", []),
    ],
)
def test_a_matcher_carries_what_its_sentence_encoder_learned(scenes, tmp_path, recipe, settings):
    from tests.conftest import SMALL

    corpus = twobranch.read_corpus(scenes)
    matcher = twobranch.fit(corpus, recipe, settings=[*SMALL, *settings, "stages.0.epochs=1"])
    matcher.save(tmp_path / "copy")
    again = Matcher.load(tmp_path / "copy")
    np.testing.assert_array_equal(again.encode_sentences(["a red car"]), matcher.encode_sentences(["a red car"]))
    assert np.ptp(again.encode_sentences(["a red car", "two blue boats"]), axis=0).max() > 0


def test_a_picture_has_the_same_embedding_whatever_it_is_encoded_with(matcher, pictures):
    """Bit for bit: an indexing that was interrupted encodes the rest in other batches."""
    together = matcher.encode_images(pictures)
    for some in (pictures[:1], pictures[:3]):
        np.testing.assert_array_equal(matcher.encode_images(some), together[: len(some)])
