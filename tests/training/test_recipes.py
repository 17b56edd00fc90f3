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
        ("stages: []", "a recipe trains in stages, unless its start is more than random weights"),
        ("extends: default", "summary: this key is required"),
        ("{extends: defalt, summary: a, set: {}}", 'Did you mean "default"'),
        ("{extends: default, summary: a, set: {model.embeding: 3}}", 'Did you mean "embedding"'),
        ("{extends: default, summary: a, stages: [], set: {}}", "stages: a key must be known"),
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


def test_a_recipe_may_be_a_change_of_another(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("{extends: two-branch/single-direction, summary: mine, set: {model.embedding: 64}}")
    mine, extended = load_recipe(str(path)), load_recipe("two-branch/single-direction")
    assert mine.model.embedding == 64
    assert mine.summary == "mine"
    assert mine.source == extended.source
    assert mine.stages == extended.stages


def test_a_recipe_cannot_extend_itself(tmp_path):
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(f"{{extends: {other}, summary: a, set: {{}}}}")
    other.write_text(f"{{extends: {one}, summary: a, set: {{}}}}")
    with pytest.raises(TwobranchError, match="must not extend itself"):
        load_recipe(str(one))


def differences(one, other, where=""):
    """Keys at which two resolved recipes differ, but for what they say of themselves."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        found = [differences(one[key], other[key], f"{where}.{key}") for key in one if key not in ("summary", "source")]
        return set().union(*found)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        found = [differences(a, b, f"{where}.{number}") for number, (a, b) in enumerate(zip(one, other, strict=True))]
        return set().union(*found)
    return set() if one == other else {where.removeprefix(".")}


STEP = "stages.0.steps.0"


@pytest.mark.parametrize(
    ("name", "sibling", "expected"),
    [
        ("two-branch/no-structure", "two-branch/tuned", {f"{STEP}.losses"}),
        ("two-branch/single-direction", "two-branch/tuned", {f"{STEP}.losses.0.sentence_anchor"}),
        ("two-branch/linear", "two-branch/tuned", {"model.image.branch.hidden", "model.sentence.branch.hidden"}),
        ("two-branch/triplet-sampling", "two-branch/no-structure", {"stages.0.sampler"}),
        ("two-branch/mean-word-vectors", "two-branch/tuned", {"model.sentence.encoder.encoder"}),
        ("two-branch/hglmm-6000", "two-branch/hglmm", {"model.sentence.encoder.dimensions"}),
        ("cnn-mlp/bigrams", "cnn-mlp/bag-of-words", {"model.sentence.encoder.orders"}),
        ("cnn-mlp/sentence-negatives", "cnn-mlp/bag-of-words", {f"{STEP}.losses.0.negatives"}),
        ("cnn-mlp/image-negatives", "cnn-mlp/sentence-negatives", {f"{STEP}.losses.0.negatives"}),
        ("cnn-mlp/in-batch", "cnn-mlp/bag-of-words", {f"{STEP}.losses.0.choice"}),
        ("cnn-mlp/random-k", "cnn-mlp/bag-of-words", {f"{STEP}.losses.0.choice"}),
        ("beyond/hardest-negatives", "beyond/all-negatives", {f"{STEP}.losses.0.choice", f"{STEP}.losses.0.k"}),
        (
            "dual-path/sampled-instance",
            "dual-path/instance",
            {f"{STEP}.losses.0.candidates", f"{STEP}.losses.1.candidates"},
        ),
    ],
)
def test_rows_of_an_ablation_differ_in_what_they_name_and_in_nothing_else(name, sibling, expected):
    one, other = (load_recipe(recipe).model_dump(mode="json") for recipe in (name, sibling))
    assert differences(one, other) == expected


def test_the_rows_of_mite_make_the_same_updates():
    """Adversarial rows differ from the baseline by their adversary alone: the same triplet loss, rates and lengths."""
    stages = {name: load_recipe(f"mite/{name}").stages for name in ("triplet", "reversal", "inverted-labels")}
    for name in ("reversal", "inverted-labels"):
        trained = [stage for stage in stages[name] if not stage.name.startswith("S2")]
        for one, other in zip(trained, stages["triplet"], strict=True):
            step, plain = one.steps[-1], other.steps[0]
            assert one.length == other.length
            assert step.losses[0] == plain.losses[0]
            assert (step.optimizer, step.schedule) == (plain.optimizer, plain.schedule)


def test_ranking_after_instance_loss_makes_as_many_updates_as_ranking_alone():
    both, alone = load_recipe("dual-path/instance-then-ranking"), load_recipe("dual-path/ranking")
    assert sum(stage.length for stage in both.stages) == sum(stage.length for stage in alone.stages)


def test_settings_are_judged_together():
    """Neither is right without the other, in any order."""
    settings = ["stages.all.inputs.image=features", "stages.all.steps.0.trains=[image.branch, sentence.branch]"]
    settings += ["stages.all.steps.0.optimizer.multipliers={}"]
    for order in (settings, settings[::-1]):
        assert not load_recipe("end-to-end/fine-tuned", order).trains_encoder("image")
    with pytest.raises(
        TwobranchError, match=r"--set stages\.all\.inputs\.image=features: stage .* must be pixels"
    ) as caught:
        load_recipe("end-to-end/fine-tuned", settings[:1])
    assert len(str(caught.value)) < 300, "the rule names its keys; the whole recipe says nothing more"
