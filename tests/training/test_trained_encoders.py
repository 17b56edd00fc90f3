"""Training encoders with the branches: what moves and when, resume, the matcher that comes out, going on from it."""

import numpy as np
import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file

import twobranch
from tests.small_encoders import Pictures, Words
from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.training.data import Feed
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipe import Recipe
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

RECIPE = """
model:
  embedding: 8
  image:
    encoder: tests.small_encoders.SmallPictures
    views: [image, mirror]
    branch: {branch: mlp, hidden: [16]}
  sentence:
    encoder: tests.small_encoders.SmallWords
    branch: {branch: mlp, hidden: [16]}
stages:
  - name: branches
    sampler: &batch {sampler: neighborhood, images: 40, sentences: 2}
    steps:
      - losses: [in-batch-cross-entropy]
        optimizer: {optimizer: adamw, learning_rate: 0.003}
    epochs: 1
  - name: all
    inputs: {image: pixels, sentence: tokens}
    sampler: *batch
    mining: {candidates: 8}
    steps:
      - trains: [image.encoder, image.branch, sentence.encoder, sentence.branch]
        losses: [in-batch-cross-entropy]
        optimizer: {optimizer: adamw, learning_rate: 0.01, multipliers: {image.encoder: 0.5}}
    epochs: 2
    ends_with: last
selection: {images: 10}
"""


def recipe(text=RECIPE):
    return validated(Recipe, yaml.safe_load(text), "test")


@pytest.fixture(scope="module")
def corpus(scenes):
    return twobranch.read_corpus(scenes)


@pytest.fixture(scope="module")
def encoded(corpus):
    return encode_corpus(corpus, recipe().model, Place())


@pytest.fixture(scope="module")
def whole(encoded, tmp_path_factory):
    """A training that nothing interrupts, and its folder."""
    folder = tmp_path_factory.mktemp("whole")
    return train_matcher(recipe(), encoded, Run(folder)), folder


@pytest.fixture(scope="module")
def fitted(corpus, tmp_path_factory):
    """A whole run with its matcher folder."""
    folder = tmp_path_factory.mktemp("fitted") / "run"
    return twobranch.fit(corpus, recipe(), out=folder), folder


def last_weights(folder):
    return load_file(folder / "checkpoints" / "last.safetensors")


def test_encoders_are_trained(whole):
    trained, _ = whole
    for encoder, fresh in ((trained.matcher.image_encoder, Pictures()), (trained.matcher.sentence_encoder, Words())):
        weights = encoder.trainable().weights()
        for name, start in fresh.named_parameters():
            assert not weights[name].equal(start), name


def test_a_stage_that_does_not_train_them_leaves_them(encoded, tmp_path):
    text = yaml.safe_load(RECIPE)
    text["stages"][1]["steps"][0] |= {"trains": ["image.branch", "sentence.branch"]}
    text["stages"][1]["steps"][0]["optimizer"].pop("multipliers")
    trained = train_matcher(validated(Recipe, text, "test"), encoded, Run(tmp_path))
    assert trained.matcher.image_encoder is encoded.image_encoder
    weights = last_weights(tmp_path)
    for name, start in Pictures().state_dict().items():
        assert weights[f"network.encoders.image.network.{name}"].equal(start), name


def test_the_selection_sees_the_encoders_as_they_are(whole):
    """The last epoch of the stage, measured during the training, is what the tuned encoders give afterwards."""
    trained, _ = whole
    val = trained.encoded.val
    ends = trained.history[-1]["after_stage"]["rsum"]
    found = twobranch.evaluation.evaluate.evaluate_retrieval(trained.matcher, val, split="val", bootstrap=0)["rsum"]
    assert found == pytest.approx(ends, abs=30)  # bf16 of the engine, on few images


class Killed(Exception):
    pass


@pytest.mark.parametrize("batches_done", [3, 5, 8])
def test_resumed_equals_uninterrupted(whole, encoded, tmp_path, monkeypatch, batches_done):
    """Killed in the middle of stages, with a checkpoint after every batch."""
    original, count = Feed.batch, 0

    def dies(self, rows, random):
        nonlocal count
        count += 1
        if count == batches_done:
            raise Killed
        return original(self, rows, random)

    monkeypatch.setattr("twobranch.training.loop.CHECKPOINT_SECONDS", -1.0)
    monkeypatch.setattr(Feed, "batch", dies)
    with pytest.raises(Killed):
        train_matcher(recipe(), encoded, Run(tmp_path))
    monkeypatch.setattr(Feed, "batch", original)
    train_matcher(recipe(), encoded, Run(tmp_path), resume=True)
    uninterrupted, resumed = last_weights(whole[1]), last_weights(tmp_path)
    assert uninterrupted.keys() == resumed.keys()
    for name, value in uninterrupted.items():
        assert value.equal(resumed[name]), name


def test_mined_sentences_are_in_the_checkpoint(whole):
    with safe_open(whole[1] / "checkpoints" / "best.safetensors", framework="pt") as file:
        assert '"mined": [' in file.metadata()["twobranch"]


def test_the_folder_holds_the_tuned_encoders(fitted, corpus):
    matcher, folder = fitted
    files = {path.relative_to(folder / "model").as_posix() for path in (folder / "model").rglob("*.safetensors")}
    assert files == {
        "model.safetensors",
        "calibration.safetensors",
        "image_encoder/weights.safetensors",
        "sentence_encoder/weights.safetensors",
    }
    again = twobranch.Matcher.load(folder / "model")
    pictures, sentences = corpus.image_paths[:4], corpus.sentence_texts[:6]
    np.testing.assert_allclose(again.score(pictures, sentences), matcher.score(pictures, sentences), atol=1e-5)
    assert again.calibration is not None
    assert again.identity == matcher.identity
    assert (folder / "model" / "README.md").read_text().count("trained with the branches") == 2


def test_an_index_is_built_with_them(fitted, scenes, tmp_path):
    matcher, _ = fitted
    index = twobranch.Index.build(matcher, scenes / "images", tmp_path / "index")
    sentence = "a dog"
    best = index.search(sentence, k=1).hits[0]
    scores = matcher.score(sorted((scenes / "images").iterdir()), [sentence])[:, 0]
    assert best.score == pytest.approx(scores.max(), abs=1e-3)


def test_going_on_from_a_matcher_with_tuned_encoders(fitted, corpus, tmp_path):
    """With nothing learned in between, the matcher is the one that it started from."""
    matcher, folder = fitted
    text = yaml.safe_load(RECIPE)
    for stage in text["stages"]:
        stage["steps"][0]["optimizer"] |= {"learning_rate": 1e-12}
    again = twobranch.fit(corpus, validated(Recipe, text, "test"), out=tmp_path / "again", init=folder / "model")
    assert again.image_encoder.identity == matcher.image_encoder.identity
    for weights in ("model.safetensors", "image_encoder/weights.safetensors"):
        before, after = (load_file(run / "model" / weights) for run in (folder, tmp_path / "again"))
        for name, value in after.items():
            if "running_" not in name and "num_batches" not in name:  # batch normalization goes on to average
                torch.testing.assert_close(value, before[name])


def test_going_on_keeps_the_vocabulary(corpus, scenes, tmp_path):
    """The words of the earlier matcher, not those of the new sentences: the table of word vectors belongs to them."""
    settings = [
        "model.image.encoder=efficientnet-lite0",
        "model.image.views=[image]",
        "stages.0.length=1",
        "model.sentence.branch.units=8",
    ]
    first = twobranch.fit(corpus, "text/gru", out=tmp_path / "first", settings=settings)
    fewer = corpus.select_images(np.arange(100))
    again = twobranch.fit(fewer, "text/gru", out=tmp_path / "again", settings=settings, init=tmp_path / "first/model")
    assert again.sentence_encoder.identity == first.sentence_encoder.identity


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": {"image": "features", "sentence": "tokens"}}, r'stage "all" trains image\.encoder: inputs\.image'),
        ({"inputs": {"image": "pixels"}}, r"trains sentence\.encoder: inputs\.sentence must be tokens"),
    ],
)
def test_a_stage_that_trains_an_encoder_enters_there(change, message):
    text = yaml.safe_load(RECIPE)
    text["stages"][1] |= change
    with pytest.raises(TwobranchError, match=message):
        validated(Recipe, text, "test")


def test_frozen_features_after_a_trained_encoder_are_refused():
    text = yaml.safe_load(RECIPE)
    text["stages"].append({**text["stages"][0], "name": "later"})
    with pytest.raises(TwobranchError, match=r'stage "later" comes after one that trains image\.encoder'):
        validated(Recipe, text, "test")
