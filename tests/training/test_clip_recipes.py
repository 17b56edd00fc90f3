"""The recipes on CLIP, with a tiny one in the place of the named: as it is, under branches, and with adapters."""

import json

import numpy as np
import pytest
import torch

import twobranch
from tests.cli.command import twobranch as command
from tests.features import checkpoints
from twobranch.errors import TwobranchError
from twobranch.features.sentence_encoders import TransformersSentencesConfig
from twobranch.features.views import image_views
from twobranch.training.recipe import Recipe
from twobranch.training.recipes import load_recipe, recipe_names

pytest.importorskip("transformers", reason="recipes on CLIP need the extra: encoders")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    return folder, checkpoints.save_clip(folder)


def settings(folder, *others):
    models = [f"model.{side}.encoder.model={folder}" for side in ("image", "sentence")]
    return [*models, "model.embedding=24", *others]


@pytest.fixture(scope="module")
def zero_shot(scenes, clip, tmp_path_factory):
    """A run of the command line, which trains nothing."""
    run = tmp_path_factory.mktemp("zero-shot") / "run"
    sets = [argument for setting in settings(clip[0]) for argument in ("--set", setting)]
    done = command("train", scenes, "--recipe", "clip/zero-shot", *sets, "--out", run)
    assert done.code == 0, done.err
    return run


def test_the_recipes_name_the_hub_and_fetch_nothing_by_being_read():
    names = {name for name in recipe_names() if name.startswith("clip/")}
    assert names == {"clip/zero-shot", "clip/heads", "clip/lora"}
    for name in names:
        sides = load_recipe(name).model_dump(mode="json")["model"]
        assert sides["image"]["encoder"]["model"] == sides["sentence"]["encoder"]["model"]
        assert sides["image"]["encoder"]["model"].startswith("hub:openai/clip-vit-base-patch32")


def test_zero_shot_is_the_cosine_of_the_librarys_features(zero_shot, scenes, clip):
    corpus, (folder, model) = twobranch.read_corpus(scenes), clip
    matcher = twobranch.Matcher.load(zero_shot / "model")
    pictures, sentences = corpus.image_paths[:4], corpus.sentence_texts[:6]
    pixels = np.concatenate([image_views(path, ["image"], 32) for path in pictures])
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = [tokenizer(text, truncation=True, max_length=24, return_tensors="pt") for text in sentences]
    with torch.inference_mode():
        seen = model.get_image_features(pixel_values=checkpoints.normalized(pixels))
        read = [model.get_text_features(**row) for row in rows]
    seen, *read = (getattr(found, "pooler_output", found).numpy() for found in (seen, *read))
    unit_seen, unit_read = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (seen, np.concatenate(read)))
    assert np.allclose(matcher.score(pictures, sentences), unit_seen @ unit_read.T, atol=0.02)  # in the engine's bf16
    assert not list(matcher.network.parameters())


def test_zero_shot_is_measured_calibrated_and_has_no_history(zero_shot):
    described = json.loads((zero_shot / "model" / "matcher.json").read_text())
    assert described["metrics"]["val"]["rsum"] > 0
    assert twobranch.Matcher.load(zero_shot / "model").calibration is not None
    assert (zero_shot / "report.html").stat().st_size > 10_000
    assert not any((zero_shot / "model" / "image_encoder").iterdir())


def test_zero_shot_searches_and_annotates(zero_shot, scenes, tmp_path):
    model, sentences = zero_shot / "model", tmp_path / "sentences.txt"
    sentences.write_text("a red car\na dog on the beach\n")
    assert command("index", model, scenes / "images", "--out", tmp_path / "index").code == 0
    found = command("search", tmp_path / "index", "a red car", "-k", 3, "--json")
    assert found.code == 0, found.err
    assert len(json.loads(found.out)["results"]) == 3
    annotated = command("annotate", model, scenes / "images", "--sentences", sentences, "-k", 1, "--json")
    assert annotated.code == 0, annotated.err


def test_branches_on_frozen_features(scenes, clip, tmp_path):
    small = ["stages.0.epochs=1", "stages.0.at_least=0", "model.image.branch.hidden=[32]"]
    recipe = load_recipe("clip/heads", settings(clip[0], *small))
    matcher = twobranch.fit(twobranch.read_corpus(scenes), recipe, out=tmp_path / "run")
    assert matcher.encode_sentences(["a dog"]).shape == (1, 24)


def test_adapters_are_trained_end_to_end_and_merged_into_the_matcher(scenes, clip, tmp_path):
    pytest.importorskip("peft", reason="adapters need the extra: encoders")
    small = ["stages.0.epochs=2", "stages.0.sampler.images=32", "stages.0.steps.0.optimizer.learning_rate=0.01"]
    recipe = load_recipe("clip/lora", settings(clip[0], *small))
    corpus = twobranch.read_corpus(scenes)
    matcher = twobranch.fit(corpus, recipe, out=tmp_path / "run")
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    losses = [row["losses"]["embedding.InBatchCrossEntropy"] for row in rows]
    assert losses[1] < losses[0]
    folder = tmp_path / "run" / "model"
    from safetensors.torch import load_file

    for side, encoder in (("image", recipe.model.image.encoder), ("sentence", recipe.model.sentence.encoder)):
        tuned = load_file(folder / f"{side}_encoder" / "weights.safetensors")
        came_with = encoder.load(device="cpu")._network.build().state_dict()
        changed = {name for name, weight in tuned.items() if not torch.equal(weight, came_with[name])}
        assert set(tuned) == set(came_with)
        assert {name.split(".")[-2] for name in changed} == {"q_proj", "v_proj"}
    loaded = twobranch.Matcher.load(folder)
    pictures, sentences = corpus.image_paths[:3], corpus.sentence_texts[:4]
    assert np.allclose(loaded.score(pictures, sentences), matcher.score(pictures, sentences), atol=1e-5)
    before = load_recipe("clip/zero-shot", settings(clip[0])).model.image.encoder.load(device="cpu")
    assert loaded.image_encoder.identity != before.identity


def test_an_embedding_of_another_length_than_the_features_is_refused(scenes, clip, tmp_path):
    recipe = load_recipe("clip/zero-shot", [*settings(clip[0]), "model.embedding=23"])
    with pytest.raises(TwobranchError, match=r"model\.embedding: must be the length.*Set model\.embedding=24"):
        twobranch.fit(twobranch.read_corpus(scenes), recipe, out=tmp_path / "run")


def test_a_step_must_find_weights(scenes, clip, tmp_path):
    heads = load_recipe("clip/heads", settings(clip[0]))
    branches = {"image": {**heads.model.image.model_dump(mode="json"), "branch": "identity"}}
    branches["sentence"] = {**heads.model.sentence.model_dump(mode="json"), "branch": "identity"}
    document = heads.model_dump(mode="json")
    document["model"] |= branches
    recipe = Recipe.model_validate(document)
    with pytest.raises(TwobranchError, match="a step trains parts that have weights"):
        twobranch.fit(twobranch.read_corpus(scenes), recipe, out=tmp_path / "run")


@pytest.mark.parametrize("side", ["image", "sentence"])
def test_a_recipe_without_stages_has_no_branch_with_weights(side):
    with pytest.raises(TwobranchError, match="or no branch has weights"):
        load_recipe("clip/zero-shot", [f"model.{side}.branch=mlp"])


def test_a_moved_checkpoint_is_missed_by_name(zero_shot, tmp_path):
    described = json.loads((zero_shot / "model" / "matcher.json").read_text())
    stored = described["architecture"]["sentence"]["encoder"]["model"]
    with pytest.raises(TwobranchError, match="must be a folder"):
        TransformersSentencesConfig(model=f"{stored}-moved").load()
