"""Every recipe trains on a small corpus, with the networks and the losses that its name promises."""

import json

import numpy as np
import pytest

import twobranch
from twobranch.errors import TwobranchError
from twobranch.evaluation.evaluate import evaluate_within_view, matcher_ranks
from twobranch.evaluation.ranks import retrieval_ranks
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe, recipe_names
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

SMALLER = {
    # A principal component needs a sentence, and a canonical direction a principal component.
    "hglmm": ["model.sentence.encoder.dimensions=64", "model.embedding=64"],
}


RECIPES = [name for name in recipe_names() if not name.startswith(("clip/", "regions/"))]
"""Those on checkpoints of CLIP and those of regions have tests of their own (test_clip_recipes.py, which need its
library; test_region_recipes.py)."""


def quick(name):
    """The recipe with one small image encoder, and one epoch of each stage."""
    recipe = load_recipe(name)
    encoder = recipe.model_dump(mode="json")["model"]["sentence"]["encoder"]["encoder"]
    # Where it is trained, an even smaller one: a step through EfficientNet takes seconds.
    images = "tests.small_encoders.SmallPictures" if recipe.trains_encoder("image") else "efficientnet-lite0"
    settings = [f"model.image.encoder={images}", "model.image.views=[image]"]
    settings += [f"stages.{number}.epochs=1" for number in range(len(recipe.stages))]
    settings += [f"stages.{number}.at_least=0" for number in range(len(recipe.stages))]
    return load_recipe(name, settings + SMALLER.get(encoder, []))


@pytest.fixture(scope="module")
def trained(scenes, tmp_path_factory):
    """Trains a recipe once; recipes on the same encoders share the features."""
    corpus, encoded, done = twobranch.read_corpus(scenes), {}, {}

    def train(name):
        if name not in done:
            recipe = quick(name)
            sides = recipe.model_dump(mode="json")["model"]
            encoders = [side["encoder"] for side in (sides["image"], sides["sentence"])]
            key = json.dumps([*encoders, sides["sentence"]["branch"]["branch"]])
            if key not in encoded:
                encoded[key] = encode_corpus(corpus, recipe.model, Place())
            done[name] = recipe, encoded[key], train_matcher(recipe, encoded[key], Run(tmp_path_factory.mktemp("run")))
        return done[name]

    return train


@pytest.mark.parametrize("name", RECIPES)
def test_each_recipe_trains(trained, name):
    recipe, encoded, result = trained(name)
    assert [stage["stage"] for stage in result.stages] == [stage.name for stage in recipe.stages]
    for row, stage in zip(result.history, recipe.stages, strict=True):
        assert set(row["losses"]) == {f"{step.name}.{loss.label}" for step in stage.steps for loss in step.losses}
        assert all(np.isfinite(value) for value in row["losses"].values())
        assert row["after_stage"]["probe_accuracy"] >= 0 if len(encoded.val.corpus.image_ids) >= 20 else True
    assert (matcher_ranks(result.matcher, result.encoded.val).i2t >= 1).all()


def parameters(trained, name):
    return trained(name)[2].parameters


@pytest.mark.parametrize(
    ("name", "sibling"),
    [
        ("two-branch/linear", "two-branch/tuned"),
        ("two-branch/similarity", "two-branch/tuned"),
        ("two-branch/mean-word-vectors", "two-branch/tuned"),
        ("two-branch/hglmm", "two-branch/tfidf"),
        ("cnn-mlp/bigrams", "cnn-mlp/bag-of-words"),
        ("cnn-mlp/trigrams", "cnn-mlp/bigrams"),
        ("cnn-mlp/trigrams-skip-grams", "cnn-mlp/trigrams"),
        ("cnn-mlp/characters", "cnn-mlp/bag-of-words"),
    ],
)
def test_other_networks_have_another_number_of_parameters(trained, name, sibling):
    assert parameters(trained, name) != parameters(trained, sibling)


@pytest.mark.parametrize(
    ("name", "sibling"),
    [
        ("two-branch/no-structure", "two-branch/tuned"),
        ("two-branch/single-direction", "two-branch/tuned"),
        ("two-branch/triplet-sampling", "two-branch/tuned"),
        ("cnn-mlp/in-batch", "cnn-mlp/bag-of-words"),
        ("cnn-mlp/image-negatives", "cnn-mlp/sentence-negatives"),
        ("mite/reversal", "mite/triplet"),
        ("mite/inverted-labels", "mite/reversal"),
        ("dual-path/instance", "dual-path/ranking"),
        ("beyond/sigmoid", "two-branch/tuned"),
    ],
)
def test_other_losses_on_the_same_network_end_elsewhere(trained, name, sibling):
    assert parameters(trained, name) == parameters(trained, sibling)
    one, other = (trained(recipe)[2].matcher.network.parameters() for recipe in (name, sibling))
    assert not all(a.equal(b) for a, b in zip(one, other, strict=True))


def test_a_pair_scorer_ranks_by_its_scores(trained):
    _, encoded, result = trained("two-branch/similarity")
    matcher, corpus = result.matcher, encoded.val.corpus
    scores = matcher.score(corpus.image_paths, corpus.sentence_texts)
    expected = retrieval_ranks(lambda i, s: scores[i, s], corpus.image_groups, corpus.sentence_groups)
    found = matcher_ranks(matcher, encoded.val)
    assert found.i2t.tolist() == expected.i2t.tolist()
    assert found.t2i.tolist() == expected.t2i.tolist()


def test_a_pair_scorer_has_no_embeddings_and_says_so(trained):
    _, encoded, result = trained("two-branch/similarity")
    with pytest.raises(TwobranchError, match="scores pairs"):
        result.matcher.encode_sentences(["a dog"])
    with pytest.raises(TwobranchError, match="scores pairs"):
        result.matcher.encode_images(encoded.val.corpus.image_paths[:1])
    with pytest.raises(TwobranchError, match="scores pairs"):
        evaluate_within_view(result.matcher, encoded.val, split="val")


def test_dot_similarity_is_obeyed(trained):
    _, encoded, result = trained("cnn-mlp/bag-of-words")
    embeddings = result.matcher.encode_sentences(encoded.val.corpus.sentence_texts[:5])
    assert np.ptp(np.linalg.norm(embeddings, axis=1)) > 1e-3


def test_adversarial_stages_report_their_classifier(trained):
    _, _, result = trained("mite/reversal")
    assert all(0 <= stage["classifier_accuracy"] <= 100 for stage in result.stages)
    assert [stage["stage"][:2] for stage in result.stages] == ["S1", "S2", "S3", "S4"]


def test_a_branch_must_read_what_its_encoder_gives(scenes):
    recipe = load_recipe("default", ["model.sentence.encoder=ngrams"])
    with pytest.raises(TwobranchError, match="must read what the encoder gives, tokens"):
        encode_corpus(twobranch.read_corpus(scenes), recipe.model, Place())


@pytest.mark.parametrize("name", ["two-branch/similarity", "cnn-mlp/bigrams", "two-branch/hglmm"])
def test_a_matcher_of_any_kind_is_saved_with_its_report_and_loaded(scenes, tmp_path, name):
    corpus = twobranch.read_corpus(scenes)
    matcher = twobranch.fit(corpus, quick(name), out=tmp_path / "run")
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000
    loaded = twobranch.Matcher.load(tmp_path / "run" / "model")
    pictures, sentences = corpus.image_paths[:3], corpus.sentence_texts[:4]
    assert np.allclose(matcher.score(pictures, sentences), loaded.score(pictures, sentences), atol=1e-5)
    assert (loaded.calibration is None) == loaded.scores_pairs
