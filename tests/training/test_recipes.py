"""Recipes: each is valid, round-trips, and every mistake in one is named."""

import pytest
import yaml

from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features.sentence_encoders import TfidfConfig
from twobranch.training.recipe import Recipe
from twobranch.training.recipes import load_recipe, recipe_names, recipe_text, recipe_yaml


@pytest.mark.parametrize("name", recipe_names())
def test_each_recipe_round_trips_and_says_its_command(name):
    recipe = load_recipe(name)
    assert validated(Recipe, yaml.safe_load(recipe_yaml(recipe)), name) == recipe
    assert recipe.summary
    assert recipe.source
    assert recipe_text(name).startswith("# twobranch train DATA")


def test_the_official_values():
    stage = load_recipe("two-branch/embedding").stages[0]
    ranking, structure = stage.steps[0].losses
    assert (ranking.margin, ranking.top_k, ranking.sentence_anchor, ranking.image_anchor) == (0.05, 10, 1.5, 1.0)
    assert (structure.weight, structure.margin) == (0.05, 0.05)
    assert stage.steps[0].optimizer.learning_rate == 1e-4
    assert (stage.sampler.images, stage.sampler.sentences) == (500, 2)


def test_settings_reach_an_encoder_and_its_options():
    settings = ["model.sentence.encoder=tfidf", "model.sentence.encoder.max_features=100"]
    assert load_recipe("default", settings).model.sentence.encoder == TfidfConfig(max_features=100)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.embeding=3", r'Did you mean "embedding"'),
        ("stages.rankin.epochs=3", r"an item must be known"),
        ("stages.0.epochs=-1", r"greater than or equal to 1"),
        ("model.image.encoder=efficientnet-lite3", r'image encoder "efficientnet-lite3".*Did you mean'),
        ("model.sentence.encoder.max_features=3", r'max_features".*a key must be known'),
        ("model.image.views=[image, miror]", r'view "miror".*Did you mean "mirror"'),
        ("stages.0.steps.0.losses.0.margn=1", r'margn".*Did you mean "margin"'),
        ("stages.0.inputs.image=feature", r'input "feature".*Did you mean "features"'),
        ("selection.metric=accuracy", r"selection.metric"),
        ("seed", r"a setting is key=value"),
        ("seed.x=1", r"leads past a single value"),
    ],
)
def test_a_wrong_setting_is_named(setting, message):
    with pytest.raises(TwobranchError, match=message):
        load_recipe("two-branch/embedding", [setting])


def test_settings():
    recipe = load_recipe(
        "two-branch/embedding", ["stages.ranking.steps.embedding.optimizer.learning_rate=1e-3", "seed=7"]
    )
    assert recipe.stages[0].steps[0].optimizer.learning_rate == 1e-3
    assert recipe.seed == 7


def test_length_replaces_epochs():
    stage = load_recipe("default", ["stages.0.length=50"]).stages[0]
    assert (stage.length, stage.epochs) == (50, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stages: [", "a recipe is YAML"),
        ("- a\n- b", "must be a mapping"),
        ("seed: 1", "stages: this key is required"),
        ("stages: []", "stages"),
        ("stages: [{name: a, sampler: neighborhood, steps: [], epochs: 1}]", "steps"),
        ("stages: [{name: a, sampler: neighbor, steps: [], epochs: 1}]", 'sampler "neighbor"'),
    ],
)
def test_a_broken_file_is_named(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(TwobranchError, match=message):
        load_recipe(str(path))


def test_an_unknown_recipe_gets_the_nearest_name():
    with pytest.raises(TwobranchError, match='Did you mean "default"'):
        load_recipe("defalt")


def test_a_dotted_path_reaches_losses_only():
    """A recipe can name a class of the right base, and cannot call anything else."""
    with pytest.raises(TwobranchError, match="must be a subclass of Loss"):
        load_recipe("default", ["stages.0.steps.0.losses.0={loss: subprocess.Popen, args: [ls]}"])
