"""A cache or a fitted encoder whose files were changed: what can be made anew is, the rest is one error."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mutations import CASES, json_values, mutated, refused, with_another_value
from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache, FeatureKey
from twobranch.features.converted import _complete
from twobranch.features.ngrams import Ngrams
from twobranch.features.remembered import remembered
from twobranch.features.sentence_encoders import NgramsConfig, TfidfConfig
from twobranch.features.tfidf import Tfidf
from twobranch.features.tuned_weights import TunedWeights
from twobranch.files import read_array, read_json
from twobranch.regions.centers import CentersConfig

KEY = FeatureKey("fake", "a" * 64, "image", "vector", (3,))
DIGESTS = [hashlib.sha256(str(number).encode()).digest() for number in range(4)]
ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.fixture(scope="module")
def cached(tmp_path_factory):
    """A cache with two shards, and what is in its files."""
    folder = tmp_path_factory.mktemp("cache")
    store = FeatureCache(folder).get(KEY)
    store.append(DIGESTS[:2], ROWS[:2])
    store.append(DIGESTS[2:], ROWS[2:])
    return folder, {path: path.read_bytes() for path in folder.rglob("*") if path.suffix in (".json", ".npy")}


def restore(folder: Path, contents: dict[Path, bytes]) -> None:
    shutil.rmtree(folder)
    for file, content in contents.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def use(folder: Path) -> None:
    """The cache is listed, every row is found or computed again, and the cache can be cleared."""
    cache = FeatureCache(folder)
    cache.entries()
    store = cache.get(KEY)
    store.append(DIGESTS, ROWS)
    assert (store.lookup(DIGESTS) >= 0).all()
    assert store.gather(store.lookup(DIGESTS)).shape == (4, 3)
    FeatureCache(folder).clear()
    assert not FeatureCache(folder).entries()


@CASES
@given(chance=st.data())
def test_damaged_bytes_in_the_cache(cached, chance):
    folder, contents = cached
    restore(folder, contents)
    file = chance.draw(st.sampled_from(sorted(contents)))
    file.write_bytes(chance.draw(mutated(contents[file])))
    use(folder)


@CASES
@given(chance=st.data())
def test_any_value_in_the_manifest(cached, chance):
    folder, contents = cached
    restore(folder, contents)
    (manifest,) = (file for file in contents if file.name == "manifest.json")
    manifest.write_text(json.dumps(chance.draw(with_another_value(json.loads(contents[manifest])))))
    use(folder)


@pytest.mark.parametrize("name", ["../../other/x", "/etc/passwd", "", 7])
def test_a_shard_is_never_outside_of_its_folder(cached, name, caplog):
    folder, contents = cached
    restore(folder, contents)
    (manifest,) = (file for file in contents if file.name == "manifest.json")
    document = json.loads(contents[manifest])
    document["shards"][0]["name"] = name
    manifest.write_text(json.dumps(document))
    assert (FeatureCache(folder).get(KEY).lookup(DIGESTS) >= 0).tolist() == [False, False, True, True]


@pytest.mark.parametrize("change", [{"dtype": np.float64}, {"shape": (2, 6)}, {"shape": (6, 1)}])
def test_arrays_of_another_kind_are_computed_again(cached, change, caplog):
    folder, contents = cached
    restore(folder, contents)
    (manifest,) = (file for file in contents if file.name == "manifest.json")
    document = json.loads(contents[manifest])
    shard = document["shards"][0]
    file = manifest.with_name(f"{shard['name']}.rows.npy")
    np.save(file, np.zeros(change.get("shape", (2, 3)), change.get("dtype", np.float16)))
    shard["rows_bytes"] = file.stat().st_size
    manifest.write_text(json.dumps(document))
    with caplog.at_level(logging.WARNING, "twobranch"):
        found = FeatureCache(folder).get(KEY).lookup(DIGESTS)
    assert (found >= 0).tolist() == [False, False, True, True]
    assert "is damaged: its 2 rows are computed again" in caplog.text


@CASES
@given(value=json_values)
def test_what_is_known_of_a_checkpoint_is_worked_out_again(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("cache")
    remembered("ab12", lambda: {"dim": 3}, folder)
    (file,) = folder.rglob("ab12.json")
    file.write_text(json.dumps({"dim": value}))
    assert set(remembered("ab12", lambda: {"dim": 3}, folder)) == {"dim"}
    file.write_text(json.dumps(value)[:-1])
    assert list(remembered("ab12", lambda: {"dim": 3}, folder)) in (["dim"], [])


@CASES
@given(value=json_values)
def test_a_converted_network_with_a_damaged_description_is_not_complete(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("converted")
    (folder / "converted.json").write_text(json.dumps({"bytes": value}))
    assert not _complete(folder)
    (folder / "converted.json").write_text(json.dumps(value))
    assert not _complete(folder)


def _tfidf():
    encoder = Tfidf(TfidfConfig(min_df=1))
    encoder.fit(["a red car", "a dog"])
    return encoder


def _ngrams():
    encoder = NgramsConfig(min_count=1).load()
    assert isinstance(encoder, Ngrams)
    encoder.fit(["a red car", "a dog"])
    return encoder


def _centers():
    proposer = CentersConfig(budget=5).load()
    proposer.fit_relative(np.array([[0.1, 0.1, 0.5, 0.9], [0, 0, 1, 1]], np.float32))
    return proposer


FITTED = {"tfidf": _tfidf, "ngrams": _ngrams, "centers": _centers}


@pytest.mark.parametrize("name", FITTED)
@CASES
@given(chance=st.data())
def test_damaged_bytes_of_what_was_fitted(name, chance, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitted")
    fitted = FITTED[name]()
    fitted.save(folder)
    file = chance.draw(st.sampled_from(sorted(path for path in folder.iterdir() if path.is_file())))
    file.write_bytes(chance.draw(mutated(file.read_bytes())))
    try:
        fitted.load(folder)
        if name == "centers":
            fitted.propose(np.zeros((8, 8, 3), np.uint8))
        else:
            assert np.isfinite(fitted.encode(["a red dog"])).all()
    except TwobranchError as error:
        refused(error)


@CASES
@given(chance=st.data())
def test_damaged_bytes_of_tuned_weights(chance):
    import torch

    content = TunedWeights.of({"weight": torch.eye(2), "bias": torch.ones(2)})._content  # the same bytes in every run
    try:
        TunedWeights(chance.draw(mutated(content)), "a file").put_into(torch.nn.Linear(2, 2))
    except TwobranchError as error:
        refused(error, "a file")


@pytest.mark.parametrize("name", ["tfidf", "ngrams"])
def test_a_vocabulary_with_a_word_twice_is_refused(name, tmp_path):
    fitted = FITTED[name]()
    fitted.save(tmp_path)
    document = json.loads((tmp_path / f"{name}.json").read_text())
    document["vocabulary"][1] = document["vocabulary"][0]
    (tmp_path / f"{name}.json").write_text(json.dumps(document))
    with pytest.raises(TwobranchError, match=r"no token twice|one weight for each of the \d words"):
        fitted.load(tmp_path)


def test_json_and_arrays_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(TwobranchError, match=r"folder: it must be readable, but found Is a directory"):
        read_json(tmp_path / "folder", "it")
    for text in ("[" * 100_000, "9" * 5000, '"\\ud800"'):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(TwobranchError, match=r"a\.json: it must be a JSON document"):
            read_json(tmp_path / "a.json", "it")
    np.save(tmp_path / "a.npy", np.array([{}]), allow_pickle=True)
    for path in (tmp_path / "a.npy", tmp_path / "none.npy", tmp_path / "folder"):
        with pytest.raises(TwobranchError, match="it must be an array"):
            read_array(path, "it")
