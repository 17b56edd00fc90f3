"""The loop: it learns, it selects, and a resumed run equals an uninterrupted one bit for bit."""

import contextlib

import pytest
import torch
import yaml
from safetensors.torch import load_file

from tests.training import synthetic
from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.training import loop as loop_module
from twobranch.training.checkpoint import Position, load_position
from twobranch.training.data import Feed
from twobranch.training.loop import Loop
from twobranch.training.recipe import Recipe

RECIPE = """
model:
  embedding: 8
  image: {branch: {branch: mlp, hidden: [16]}}
  sentence: {branch: {branch: mlp, hidden: [16]}}
stages:
  - name: first
    sampler: {sampler: neighborhood, images: 10, sentences: 2}
    steps:
      - losses: [{loss: in-batch-cross-entropy}]
        optimizer: {optimizer: adamw, learning_rate: 0.003}
    epochs: 3
  - name: second
    sampler: {sampler: neighborhood, images: 10, sentences: 2}
    steps:
      - losses: [{loss: bidirectional-ranking, margin: 0.2}, {loss: sentence-structure}]
        optimizer: {optimizer: sgd, learning_rate: 0.01}
        schedule: {schedule: one-cycle}
    epochs: 2
"""


class Measured:
    def __init__(self, network, val):
        self.network, self.val = network, val

    def after_epoch(self, stage):
        return {"rsum": synthetic.rsum(self.network, self.val)}

    def after_stage(self, stage):
        return self.after_epoch(stage)


class Killed(Exception):
    pass


def run(folder, recipe=None, data=None, resume=False, stop_after=None):
    recipe = recipe or validated(Recipe, yaml.safe_load(RECIPE), "test")
    data = data or synthetic.split()
    val = synthetic.split(seed=0, images=20)
    torch.manual_seed(recipe.seed)
    matching = recipe.model.build(synthetic.IMAGE_SIZE, synthetic.SENTENCE_SIZE)
    network = recipe.classifiers.build(matching, recipe.model.embedding, len(data.groups))
    rows = []

    def record(history):
        rows[:] = history
        if stop_after is not None and len(history) == stop_after:
            raise Killed

    loop = Loop(recipe, network, data, Measured(matching, val), folder, record, torch.device("cpu"))
    position = load_position(folder / "last.safetensors") if resume else Position(recipe={}, corpus="")
    loop.run(position)
    return network, rows


def without_time(rows):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def same_weights(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_it_learns(tmp_path):
    recipe = validated(Recipe, yaml.safe_load(RECIPE.replace("epochs: 3", "epochs: 40")), "test")
    _, rows = run(tmp_path, recipe)
    assert (
        rows[39]["losses"]["embedding.InBatchCrossEntropy"] < 0.7 * rows[0]["losses"]["embedding.InBatchCrossEntropy"]
    )


def test_the_best_epoch_is_kept(tmp_path):
    network, rows = run(tmp_path)
    second = [row for row in rows if row["stage"] == "second"]
    best = max(second, key=lambda row: row["val"]["rsum"])
    assert best["best"]
    network.eval()
    assert synthetic.rsum(network.matching, synthetic.split(seed=0, images=20)) == pytest.approx(best["val"]["rsum"])


@pytest.mark.parametrize("epochs_done", [1, 2, 3, 4])
def test_resumed_equals_uninterrupted(tmp_path, epochs_done):
    whole, rows = run(tmp_path / "whole")
    with pytest.raises(Killed):
        run(tmp_path / "cut", stop_after=epochs_done)
    resumed, resumed_rows = run(tmp_path / "cut", resume=True)
    assert same_weights(whole, resumed)
    assert without_time(rows) == without_time(resumed_rows)


def test_resumed_within_an_epoch_equals_uninterrupted(tmp_path, monkeypatch):
    whole, rows = run(tmp_path / "whole")
    monkeypatch.setattr("twobranch.training.loop.CHECKPOINT_SECONDS", -1.0)  # a checkpoint after every batch
    original, count = Feed.batch, 0

    def dies_in_the_second_epoch(self, rows, random):
        nonlocal count
        count += 1
        if count == 7:  # four batches an epoch
            raise Killed
        return original(self, rows, random)

    monkeypatch.setattr(Feed, "batch", dies_in_the_second_epoch)
    with pytest.raises(Killed):
        run(tmp_path / "cut")
    monkeypatch.setattr(Feed, "batch", original)
    position = load_position(tmp_path / "cut" / "last.safetensors")
    assert (position.epoch, position.step) == (1, 2)
    resumed, resumed_rows = run(tmp_path / "cut", resume=True)
    assert same_weights(whole, resumed)
    assert without_time(rows) == without_time(resumed_rows)


@pytest.mark.parametrize("saved", range(1, 12))
def test_killed_after_any_checkpoint_equals_uninterrupted(tmp_path, monkeypatch, saved):
    """Also between the best weights of a stage and its first last checkpoint."""
    whole, rows = run(tmp_path / "whole")
    original, count = loop_module.save_checkpoint, 0

    def dies(*arguments):
        nonlocal count
        original(*arguments)
        count += 1
        if count == saved:
            raise Killed

    monkeypatch.setattr(loop_module, "save_checkpoint", dies)
    with contextlib.suppress(Killed):  # there may be fewer
        run(tmp_path / "cut")
    monkeypatch.setattr(loop_module, "save_checkpoint", original)
    resumed, resumed_rows = run(tmp_path / "cut", resume=(tmp_path / "cut" / "last.safetensors").exists())
    assert same_weights(whole, resumed)
    assert without_time(rows) == without_time(resumed_rows)


def test_only_the_named_parts_are_trained(tmp_path):
    text = RECIPE.replace("- losses: [{loss: in-batch", "- trains: [image.branch]\n        losses: [{loss: in-batch")
    recipe = validated(Recipe, yaml.safe_load(text), "test")
    recipe = recipe.model_copy(update={"stages": recipe.stages[:1]})
    torch.manual_seed(recipe.seed)
    start = recipe.model.build(synthetic.IMAGE_SIZE, synthetic.SENTENCE_SIZE)
    network, _ = run(tmp_path, recipe)
    for name, value in start.named_parameters():
        trained = network.matching.get_parameter(name)
        assert torch.equal(value, trained) == name.startswith("sentence."), name


def test_a_part_that_is_not_there_is_named(tmp_path):
    text = RECIPE.replace("- losses: [{loss: in-batch", "- trains: [image.brunch]\n        losses: [{loss: in-batch")
    with pytest.raises(TwobranchError, match=r'part "image.brunch".*Did you mean "image.branch"'):
        run(tmp_path, validated(Recipe, yaml.safe_load(text), "test"))


def test_patience_ends_a_stage(tmp_path):
    text = RECIPE.replace("epochs: 3", "epochs: 300\n    patience: 2").split("  - name: second")[0]
    _, rows = run(tmp_path, validated(Recipe, yaml.safe_load(text), "test"))
    assert len(rows) < 300
    assert [row["best"] for row in rows[-2:]] == [False, False]


def test_a_length_in_batches(tmp_path):
    text = RECIPE.replace("epochs: 3", "length: 6").split("  - name: second")[0]
    _, rows = run(tmp_path, validated(Recipe, yaml.safe_load(text), "test"))
    assert len(rows) == 2  # four batches, then two


def test_non_finite_features_stop_the_run(tmp_path):
    data = synthetic.split()
    data.images.features[3] = float("nan")
    with pytest.raises(TwobranchError, match="a loss must be finite"):
        run(tmp_path, data=data)
    assert not list(tmp_path.iterdir())


def test_a_damaged_checkpoint_is_named(tmp_path):
    run(tmp_path)
    path = tmp_path / "last.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(TwobranchError, match="whole checkpoint"):
        load_position(path)


def test_checkpoints_hold_tensors_only(tmp_path):
    run(tmp_path)
    assert {name.split(".")[0] for name in load_file(tmp_path / "last.safetensors")} == {
        "network",
        "optimizer",
        "random",
    }


def test_a_user_adds_an_input_and_a_loss_without_touching_the_loop(tmp_path):
    """What is not in the tables is reached by its dotted path."""
    text = RECIPE.split("  - name: second")[0]
    text = text.replace("- name: first", "- name: first\n    inputs: {sentence: tests.training.own_parts.ItemNumbers}")
    text = text.replace("in-batch-cross-entropy", "tests.training.own_parts.Spread")
    recipe = validated(Recipe, yaml.safe_load(text), "test")
    _, rows = run(tmp_path, recipe)
    assert rows[-1]["losses"].keys() == {"embedding.Spread"}
    resolved = recipe.model_dump(mode="json")["stages"][0]
    assert resolved["inputs"]["sentence"]["input"] == "tests.training.own_parts.ItemNumbers"
    assert resolved["steps"][0]["losses"][0]["loss"] == "tests.training.own_parts.Spread"
    assert validated(Recipe, recipe.model_dump(mode="json"), "again") == recipe
