"""Several processes make the updates that one would make, go the same way, and end together."""

import contextlib
import os
import signal

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from tests.training import synthetic, test_loop, updates
from tests.training.together import run_together
from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.launched import Launched
from twobranch.losses import LOSSES
from twobranch.training import loop as loop_module
from twobranch.training.checkpoint import Position, load_position
from twobranch.training.data import Feed
from twobranch.training.loop import Loop
from twobranch.training.processes import ALONE
from twobranch.training.recipe import Recipe

WITHOUT_DROPOUT = "precision: float32" + test_loop.RECIPE.replace("hidden: [16]", "hidden: [16], dropout: 0").replace(
    "{optimizer: adamw, learning_rate: 0.003}",
    "{optimizer: sgd, learning_rate: 0.01}",  # Adam makes a step of a gradient that is nothing but rounding
)
TOLERANCES = {"convolution over words": 1e-3}
"""Where it is not 2e-5: batch normalization in 45 layers of a dozen rows magnifies rounding."""


@pytest.fixture(scope="module", params=[2, 3])
def updated(request, tmp_path_factory):
    """All updates, made by so many processes."""
    folder = tmp_path_factory.mktemp("updates")
    updates.draw_pictures(folder / "pictures")
    assert run_together(request.param, updates.every_update, folder) == [None] * request.param
    return folder, request.param


@pytest.mark.parametrize("case", updates.CASES)
def test_the_update_is_that_of_one_process(updated, case):
    folder, count = updated
    alone = updates.update(case, folder / "pictures", ALONE)
    largest = max(float(value.abs().max()) for name, value in alone.items() if name.startswith("gradient"))
    assert largest > 1e-4
    tolerance = TOLERANCES.get(case, 2e-5)
    for rank in range(count):
        found = load_file(folder / f"{case}-{rank}.safetensors")
        assert found.keys() == alone.keys()
        for name, value in alone.items():
            # Compared with the largest one: before batch normalization the gradient of a bias is nothing but rounding.
            torch.testing.assert_close(found[name], value.detach(), rtol=tolerance, atol=tolerance * largest)


def test_every_loss_is_among_the_updates():
    named = " ".join(updates.filled(case) for case in updates.CASES.values())
    assert all(name in named for name in LOSSES)


def run(processes, folder, text, stop_at=None, resume=False):
    """The loop of test_loop.py; it ends all processes at a batch, if asked, with a checkpoint after each batch."""
    recipe = validated(Recipe, yaml.safe_load(text), "test")
    data, val = synthetic.split(images=41), synthetic.split(images=20)
    torch.manual_seed(recipe.seed)
    matching = recipe.model.build(synthetic.IMAGE_SIZE, synthetic.SENTENCE_SIZE)
    network = recipe.classifiers.build(matching, recipe.model.embedding, len(data.groups))
    processes.share(network)
    rows, batch, count = [], Feed.batch, 0

    def stops(feed, drawn, random):
        nonlocal count
        count += 1
        if count == stop_at:
            raise test_loop.Killed
        return batch(feed, drawn, random)

    def record(history):
        assert processes.is_first
        rows[:] = test_loop.without_time(history)

    class Measured(test_loop.Measured):
        def after_epoch(self, stage):
            assert processes.is_first
            return super().after_epoch(stage)

    loop = Loop(recipe, network, data, Measured(matching, val), folder, record, torch.device("cpu"), processes)
    last = folder / "last.safetensors"
    position = load_position(last) if resume else Position(recipe={}, corpus="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Feed, "batch", stops)
        patch.setattr(loop_module, "CHECKPOINT_SECONDS", -1.0 if stop_at else 60.0)
        loop.run(position)
    return network, rows


def trains(processes, folder, text, checkpoints, stop_at=None, resume=False):
    """The same in one of several processes, which writes its weights."""
    with contextlib.suppress(test_loop.Killed):
        network, rows = run(processes, checkpoints, text, stop_at, resume)
        save_file(dict(network.state_dict()), folder / f"weights-{processes.index}.safetensors")
        if processes.is_first:
            (folder / "rows.yaml").write_text(yaml.safe_dump(rows))


def near(one, other):
    return all(torch.allclose(one[name], other[name], rtol=1e-5, atol=1e-5) for name in one)


def equal(one, other):
    return all(one[name].equal(other[name]) for name in one)


def assert_rows(found, expected):
    for row, other in zip(found, expected, strict=True):
        assert row["losses"] == pytest.approx(other["losses"], rel=1e-5)
        assert row["val"]["rsum"] == pytest.approx(other["val"]["rsum"], abs=2)  # one rank of 60 sentences


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A whole run of one process."""
    network, rows = run(ALONE, tmp_path_factory.mktemp("alone"), WITHOUT_DROPOUT)
    return network.state_dict(), rows


def test_a_run_is_that_of_one_process(alone, tmp_path):
    assert run_together(2, trains, tmp_path, WITHOUT_DROPOUT, tmp_path / "run") == [None, None]
    first, second = (load_file(tmp_path / f"weights-{rank}.safetensors") for rank in range(2))
    assert equal(first, second)
    assert near(first, alone[0])
    assert_rows(yaml.safe_load((tmp_path / "rows.yaml").read_text()), alone[1])
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"last.safetensors", "best.safetensors"}


def test_resumed_with_other_numbers_of_processes(alone, tmp_path):
    """Two, one, three: stopped in the second and in the third epoch of the first stage."""
    cut = tmp_path / "cut"
    run_together(2, trains, tmp_path, WITHOUT_DROPOUT, cut, 7)
    with pytest.raises(test_loop.Killed):
        run(ALONE, cut, WITHOUT_DROPOUT, 5, True)
    position = load_position(cut / "last.safetensors")
    assert (position.stage, position.epoch, position.step) == (0, 2, 2)
    assert run_together(3, trains, tmp_path, WITHOUT_DROPOUT, cut, None, True) == [None] * 3
    assert near(load_file(tmp_path / "weights-2.safetensors"), alone[0])
    assert_rows(yaml.safe_load((tmp_path / "rows.yaml").read_text()), alone[1])


def test_resumed_with_dropout_equals_uninterrupted_bit_for_bit(tmp_path):
    run_together(2, trains, tmp_path / "whole", test_loop.RECIPE, tmp_path / "run")
    for stop_at, resume in ((7, False), (None, True)):
        run_together(2, trains, tmp_path / "cut", test_loop.RECIPE, tmp_path / "cut-run", stop_at, resume)
    for rank in range(2):
        whole, cut = (load_file(tmp_path / name / f"weights-{rank}.safetensors") for name in ("whole", "cut"))
        assert equal(whole, cut)


def drops(processes, folder):
    """What dropout leaves of ones, in each process."""
    from twobranch.models.dropout import Dropout

    processes.begin([0, 1])
    ones = torch.ones(3, 64)
    shown = [processes.together(6, lambda: Dropout(0.5)(ones)) for _ in range(2)]
    save_file({"first": shown[0], "second": shown[1], "shared": torch.rand(4)}, folder / f"{processes.index}.st")


def test_each_process_drops_other_values_and_what_is_drawn_for_all_is_alike(tmp_path):
    assert run_together(2, drops, tmp_path) == [None, None]
    one, other = (load_file(tmp_path / f"{rank}.st") for rank in range(2))
    assert all(one[name].equal(other[name]) for name in one)
    assert not one["first"][:3].equal(one["first"][3:])
    assert not one["first"].equal(one["second"])


def fails(processes, folder, how):
    """One process fails in the middle of a run."""
    if processes.index == 1:
        original, seen = Feed.images, []

        def broken(feed, rows, random):
            seen.append(rows)
            if len(seen) == 3 and how == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if len(seen) == 3:
                raise TwobranchError("a.jpg", "a picture must be readable", remedy="Delete it.")
            return original(feed, rows, random)

        Feed.images = broken
    run(processes, folder / "run", test_loop.RECIPE)


def test_an_error_of_one_ends_all_with_one_message(tmp_path):
    first, second = run_together(2, fails, tmp_path, "error")
    assert first[0] == "OtherProcessError"
    assert second == ("TwobranchError", "a.jpg: a picture must be readable. Delete it.")


def test_the_end_of_one_ends_the_others(tmp_path):
    first, second = run_together(2, fails, tmp_path, "killed")
    assert second is None  # it could say nothing
    assert "one that does not answer" in first[1]


def test_an_error_of_all_is_said_once(tmp_path):
    outcomes = run_together(
        2, trains, tmp_path, test_loop.RECIPE.replace("images: 10", "images: 10000"), tmp_path, None, True
    )
    assert sorted(kind for kind, _ in outcomes) == ["OtherProcessError", "TwobranchError"]


def few(processes, folder):
    """More processes than a batch has images."""
    run(processes, folder, test_loop.RECIPE.replace("images: 10", "images: 2"))


def test_more_processes_than_images_in_a_batch(tmp_path):
    outcomes = run_together(3, few, tmp_path)
    (said,) = [message for kind, message in outcomes if kind == "TwobranchError"]
    assert "a batch has an image and a sentence for each of the 3 processes, but found 2" in said


@pytest.mark.parametrize(
    "variables", [{"RANK": "2", "WORLD_SIZE": "2"}, {"RANK": "", "WORLD_SIZE": "2"}, {"RANK": "0", "WORLD_SIZE": "x"}]
)
def test_variables_that_contradict_each_other(variables):
    with pytest.raises(TwobranchError, match="as torchrun sets them"):
        Launched.of(variables)


def test_parts_cover_all_rows():
    from twobranch.training.processes.collectives import sizes

    for count in range(1, 20):
        for processes in range(1, 8):
            found = sizes(count, processes)
            assert sum(found) == count
            assert np.ptp(found) <= 1
