"""A checkpoint that was changed or cut: one error that names it."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from tests.mutations import CASES, mutated, refused, with_another_value
from tests.training.test_loop import run
from twobranch.errors import TwobranchError
from twobranch.training.checkpoint import load_position, restore_weights


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """The last checkpoint of a run, its content, and the network."""
    folder = tmp_path_factory.mktemp("run")
    network, _ = run(folder)
    path = folder / "last.safetensors"
    return path, path.read_bytes(), network


def header(content: bytes) -> dict:
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["twobranch"])


@CASES
@given(chance=st.data())
def test_damaged_bytes(checkpoint, chance):
    path, content, network = checkpoint
    length = 8 + int.from_bytes(content[:8], "little")
    path.write_bytes(
        chance.draw(mutated(content[:length])) + content[length : chance.draw(st.integers(length, len(content)))]
    )
    for use in (load_position, lambda path: restore_weights(path, network)):
        try:
            use(path)
        except TwobranchError as error:
            refused(error, str(path))
    path.write_bytes(content)


@CASES
@given(chance=st.data())
def test_any_value_in_the_header(checkpoint, chance):
    path, content, _ = checkpoint
    changed = chance.draw(with_another_value(header(content)))
    save_file(load_file(path), path, {"twobranch": json.dumps(changed)})
    try:
        load_position(path)
    except TwobranchError as error:
        refused(error, str(path))
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("lost", ["random", "network.", "optimizer."])
def test_a_tensor_that_is_gone_or_has_another_shape(checkpoint, lost, tmp_path):
    _, content, _ = checkpoint
    path = tmp_path / "last.safetensors"
    path.write_bytes(content)
    tensors = load_file(path)
    name = next(name for name in tensors if name.startswith(lost) and tensors[name].dim())
    tensors[name] = torch.zeros(7, dtype=torch.uint8)
    position = header(content)
    position["stage"], position["epoch"] = 1, 1
    save_file(tensors, path, {"twobranch": json.dumps(position)})
    with pytest.raises(
        TwobranchError, match=r"last\.safetensors: must be a whole checkpoint.*Delete it and start anew"
    ):
        run(tmp_path, resume=True)
