"""A matcher folder whose files were changed: it loads and gives finite numbers, or there is one error."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from tests.mutations import CASES, mutated, refused, with_another_value
from twobranch.errors import TwobranchError
from twobranch.matcher import Matcher
from twobranch.matcher.folder import _sha256, require_architecture


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    """A copy of a matcher folder that tests may change."""
    copy = tmp_path_factory.mktemp("tampered") / "model"
    shutil.copytree(run / "model", copy)
    return copy


@pytest.fixture
def quick(monkeypatch, folder):
    """Loads encoders once: they are not what is tampered with."""
    whole = Matcher.load(folder)
    for side, encoder in (("image", whole.image_encoder), ("sentence", whole.sentence_encoder)):
        config = type(getattr(whole.architecture, side).encoder)
        monkeypatch.setattr(config, "load", lambda self, encoder=encoder, **_: encoder)


def use(path):
    matcher = Matcher.load(path)
    matcher.probability([np.zeros((8, 8, 3), np.uint8)], ["a red car"])
    assert np.isfinite(matcher.encode_sentences(["a red car"])).all()


def changed(path, content):
    """Uses the matcher with another content of one of its files."""
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        use(path.parent)
    except TwobranchError as error:
        refused(error)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("name", ["matcher.json", "model.safetensors", "calibration.json", "calibration.safetensors"])
@CASES
@given(chance=st.data())
def test_damaged_bytes(quick, folder, name, chance):
    path = folder / name
    content = path.read_bytes()
    if name.endswith(".safetensors"):  # the header is what is parsed
        length = 8 + int.from_bytes(content[:8], "little")
        changed(path, chance.draw(mutated(content[:length])) + content[length:])
    else:
        changed(path, chance.draw(mutated(content)))


@pytest.mark.parametrize("name", ["matcher.json", "calibration.json"])
@CASES
@given(chance=st.data())
def test_any_value_in_the_descriptions(quick, folder, name, chance):
    document = json.loads((folder / name).read_text())
    changed(folder / name, json.dumps(chance.draw(with_another_value(document))).encode())


WEIGHTS = {
    "a header of other lengths": lambda content: b"\xff" * 8 + content[8:],
    "cut off": lambda content: content[: len(content) // 2],
    "nothing": lambda content: b"",
    "no header": lambda content: b"\x02" + bytes(7) + b"{}",
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_match_the_description_and_are_damaged(quick, folder, tmp_path, case):
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / "model.safetensors"
    path.write_bytes(WEIGHTS[case](path.read_bytes()))
    described(path)
    with pytest.raises(TwobranchError, match=r"model\.safetensors: must hold the weights of the architecture"):
        use(tmp_path / "model")


def test_weights_that_are_no_numbers(quick, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / "model.safetensors"
    save_file({name: np.full_like(value, np.nan) for name, value in load_file(path).items()}, path)
    described(path)
    with pytest.raises(TwobranchError, match="embeddings: must be finite"):
        use(tmp_path / "model")


def described(path):
    """Let matcher.json name the digest of the changed weights."""
    document = json.loads((path.parent / "matcher.json").read_text())
    document["weights_sha256"] = _sha256(path)
    (path.parent / "matcher.json").write_text(json.dumps(document))


def test_an_architecture_that_no_memory_holds(quick, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model")
    document = json.loads((folder / "matcher.json").read_text())
    document["architecture"]["embedding"] = 10**15
    (tmp_path / "model" / "matcher.json").write_text(json.dumps(document))
    with pytest.raises(TwobranchError, match="must hold the weights of the architecture"):
        use(tmp_path / "model")


def test_a_start_without_a_description(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model")
    (tmp_path / "model" / "matcher.json").write_text("[]")
    with pytest.raises(TwobranchError, match=r"matcher\.json: must be a mapping of keys to values"):
        require_architecture(tmp_path / "model", Matcher.load(folder).architecture)
