"""Every recipe of regions trains on a small corpus, and its matcher grounds phrases."""

import json

import numpy as np
import pytest
from PIL import Image

import twobranch
from tests.conftest import SMALL_REGIONS
from twobranch.errors import TwobranchError
from twobranch.evaluation.localize import evaluate_localization
from twobranch.matcher.grounding import ground, proposer_of
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe, recipe_names
from twobranch.training.run import Run
from twobranch.training.tasks import task_of
from twobranch.training.train import train_matcher

RECIPES = [name for name in recipe_names() if name.startswith("regions/")]
QUICK = (*SMALL_REGIONS, "stages.0.epochs=1", "selection.images=10")
"""Settings that make a recipe quick, and need no OpenCV."""


@pytest.fixture(scope="module")
def trained(scenes, tmp_path_factory):
    """Trains a recipe once; recipes with the same features share them."""
    corpus, encoded, done = twobranch.read_corpus(scenes), {}, {}

    def train(name):
        if name not in done:
            recipe = load_recipe(name, QUICK)
            key = json.dumps(recipe.model.regions.model_dump(mode="json"))
            if key not in encoded:
                encoded[key] = encode_corpus(corpus, recipe.model, Place())
            done[name] = recipe, encoded[key], train_matcher(recipe, encoded[key], Run(tmp_path_factory.mktemp("run")))
        return done[name]

    return train


@pytest.fixture(scope="module")
def matcher(region_run):
    return twobranch.Matcher.load(region_run / "model")


@pytest.mark.parametrize("name", RECIPES)
def test_each_recipe_trains(trained, name):
    recipe, encoded, result = trained(name)
    for row, stage in zip(result.history, recipe.stages, strict=True):
        assert set(row["losses"]) == {f"{step.name}.{loss.label}" for step in stage.steps for loss in step.losses}
        assert all(np.isfinite(value) for value in row["losses"].values())
        assert 0 <= row["after_stage"]["R@1"] <= row["after_stage"]["upper_bound"] <= 100
    found = evaluate_localization(result.matcher, encoded.val, split="val", bootstrap=0)
    assert found["R@1"] == row["after_stage"]["R@1"]


def test_the_matcher_learns_and_is_described(region_run, matcher):
    document = json.loads((region_run / "model" / "matcher.json").read_text())
    val = document["metrics"]["val"]
    assert val["task"] == "localization"
    assert val["R@1"] > 2 * val["baselines"]["random proposal"]["R@1"]
    card = (region_run / "model" / "README.md").read_text()
    assert "## Localization" in card
    assert "twobranch ground" in card
    report = (region_run / "report.html").read_text()
    assert "Where wrong first boxes lie" in report
    assert "data:image/jpeg;base64" in report


def test_the_loaded_matcher_gives_the_figures_of_the_training(scenes, region_run, matcher):
    recipe = load_recipe(str(region_run / "recipe.yaml"))
    encoded = encode_corpus(twobranch.read_corpus(scenes), recipe.model, Place(), init=region_run / "model")
    again = task_of(recipe).evaluate(matcher, encoded)
    val = json.loads((region_run / "model" / "matcher.json").read_text())["metrics"]["val"]
    assert {key: again[key] for key in ("R@1", "R@5", "R@10")} == {key: val[key] for key in ("R@1", "R@5", "R@10")}


def test_ground_gives_boxes_of_the_picture_best_first(scenes, matcher):
    corpus = twobranch.read_corpus(scenes)
    path, phrase = corpus.image_paths[0], corpus.phrases.column("text")[0].as_py()
    width, height = Image.open(path).size
    found = matcher.ground(path, phrase, k=5)
    assert len(found) == 5
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert one.phrase == phrase
        assert 0 <= one.box[0] < one.box[2] <= width + 1e-3
        assert 0 <= one.box[1] < one.box[3] <= height + 1e-3
        assert 0 < one.probability < 1
    chances = [one.probability for one in found]
    assert chances == sorted(chances, reverse=True)


def test_ground_takes_pictures_and_arrays_and_several_phrases(scenes, matcher):
    path = twobranch.read_corpus(scenes).image_paths[3]
    picture = Image.open(path).convert("RGB")
    boxes = [[one.box for one in ground(matcher, image, ["a dog", "a car"])[1]] for image in (path, picture)]
    assert boxes[0] == boxes[1]
    np.testing.assert_allclose(ground(matcher, np.asarray(picture), ["a car"])[0][0].box, boxes[0][0])


def test_a_matcher_of_regions_has_no_embeddings_of_whole_pictures(scenes, matcher):
    path = twobranch.read_corpus(scenes).image_paths[0]
    for asked in (
        lambda: matcher.encode_images([path]),
        lambda: matcher.encode_sentences(["a dog"]),
        lambda: matcher.score([path], ["a dog"]),
    ):
        with pytest.raises(TwobranchError, match="matches regions of pictures with phrases"):
            asked()


def test_proposals_by_name(matcher):
    assert proposer_of(matcher, "centers") is matcher.proposer
    assert proposer_of(matcher, "whole").name == "whole"
    with pytest.raises(TwobranchError, match='Did you mean "centers"'):
        proposer_of(matcher, "center")


def test_a_matcher_of_whole_pictures_grounds_too(scenes, run):
    whole = twobranch.Matcher.load(run / "model")
    path = twobranch.read_corpus(scenes).image_paths[0]
    found = ground(whole, path, ["a dog"], k=2, proposer=proposer_of(whole, "whole"))[0]
    assert len(found) == 1
    assert found[0].probability is None


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("selection.metric=rsum", "selection.metric is rsum, and model.regions is set"),
        ("stages.0.sampler=neighborhood", "the sampler draws whole images"),
        ("stages.0.mining={candidates: 9}", "neither mined nor read as pixels"),
        ("stages.0.inputs.image=pixels", "neither mined nor read as pixels"),
        ("model.image.views=[image, mirror]", r"views must be \[image\]"),
    ],
)
def test_recipes_that_mix_regions_and_whole_images_are_refused(setting, message):
    with pytest.raises(TwobranchError, match=message):
        load_recipe("regions/softmax", [setting])


def test_a_corpus_without_boxes_is_refused(tmp_path, scenes):
    table = tmp_path / "captions.csv"
    corpus = twobranch.read_corpus(scenes)
    lines = ["image,sentence,split"]
    for row, path in enumerate(corpus.image_paths[:12]):
        lines.append(f"{path},a picture,{'val' if row % 3 == 0 else 'train'}")
    table.write_text("\n".join(lines))
    with pytest.raises(TwobranchError, match="phrase with a box"):
        twobranch.fit(twobranch.read_corpus(table), "regions/softmax", settings=QUICK)


def test_resume_is_an_uninterrupted_run(trained, tmp_path, monkeypatch):
    """A run that stops after its first epoch and goes on ends with the same weights."""
    recipe, encoded, _ = trained("regions/softmax")
    recipe = load_recipe("regions/softmax", [*QUICK, "stages.0.epochs=2"])
    whole = train_matcher(recipe, encoded, Run(tmp_path / "whole"))

    class Stopped(Exception):
        pass

    def stop(self, history):
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(Run, "record", stop)
        with pytest.raises(Stopped):
            train_matcher(recipe, encoded, Run(tmp_path / "stopped"))
    resumed = train_matcher(recipe, encoded, Run(tmp_path / "stopped"), resume=True)
    for one, other in zip(
        whole.matcher.network.state_dict().values(), resumed.matcher.network.state_dict().values(), strict=True
    ):
        assert one.equal(other)
