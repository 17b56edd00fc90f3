"""`twobranch index` and `twobranch embed`: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from tests.cli.command import twobranch
from tests.search.fakes import FakeMatcher, paint


@pytest.fixture(autouse=True)
def fake_matchers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twobranch.matcher.Matcher", FakeMatcher)
    monkeypatch.setattr("twobranch.search.index.load_matcher", FakeMatcher.load)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    FakeMatcher().save(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name, color in [("a.png", "red"), ("b.png", "green"), ("sub/c.png", "blue")]:
        paint(tmp_path / "photos" / name, color)
    return tmp_path / "photos"


def test_index_says_what_it_did_and_what_it_left_out(model: Path, photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"no picture")
    done = twobranch("index", model, photos, "--out", tmp_path / "i")
    assert done.code == 0
    assert done.out == ""
    assert "3 images (3 added)" in done.err
    assert "broken.jpg" in done.err
    (photos / "a.png").unlink()
    paint(photos / "d.png", "white")
    done = twobranch("index", model, photos, "--out", tmp_path / "i", "--json")
    document = json.loads(done.out)
    figures = [document[name] for name in ("images", "added", "removed", "unchanged")]
    assert figures == [3, 1, 1, 2]
    assert list(document["failures"]) == ["broken.jpg"]


def test_index_with_metadata(model: Path, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("picture,price\na.png,5\n")
    metadata = ["--metadata", tmp_path / "m.csv", "--columns", "image=picture"]
    assert twobranch("index", model, photos, "--out", tmp_path / "i", *metadata).code == 0
    found = twobranch("search", tmp_path / "i", "blue", "--where", "price = 5", "--json")
    assert [hit["metadata"] for hit in json.loads(found.out)["results"]] == [{"price": 5}]


def test_index_refuses_what_is_no_index(model: Path, photos: Path, tmp_path: Path) -> None:
    done = twobranch("index", model, photos, "--out", photos)
    assert (done.code, done.out) == (2, "")
    assert "nothing was touched" in " ".join(done.err.split())
    (tmp_path / "empty").mkdir()
    assert twobranch("index", model, tmp_path / "empty", "--out", tmp_path / "i").code == 2
    assert not (tmp_path / "i").exists()


def test_embed_a_folder(model: Path, photos: Path, tmp_path: Path) -> None:
    assert twobranch("embed", model, photos, "--out", tmp_path / "e.npy").code == 0
    assert np.load(tmp_path / "e.npy").shape == (3, 3)
    assert (tmp_path / "e.npy.ids.txt").read_text().splitlines() == ["a.png", "b.png", "sub/c.png"]
    assert twobranch("embed", model, photos, "--out", tmp_path / "e.parquet").code == 0
    table = parquet.read_table(tmp_path / "e.parquet")
    assert table["kind"].to_pylist() == ["image"] * 3


def test_embed_a_corpus(model: Path, photos: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.csv"
    corpus.write_text("image,caption\nphotos/a.png,a red wall\nphotos/b.png,a green wall\n")
    assert twobranch("embed", model, corpus, "--out", tmp_path / "e.parquet").code == 0
    rows = parquet.read_table(tmp_path / "e.parquet").to_pylist()
    assert [row["kind"] for row in rows] == ["image", "image", "sentence", "sentence"]
    assert rows[2]["text"] == "a red wall"
    np.testing.assert_allclose(rows[0]["embedding"], rows[2]["embedding"], atol=1e-6)
    assert twobranch("embed", model, corpus, "--what", "sentences", "--out", tmp_path / "s.npy").code == 0
    ids = (tmp_path / "s.npy.ids.txt").read_text().splitlines()
    assert ids == [row["id"] for row in rows[2:]]


def test_embed_refuses(model: Path, photos: Path, tmp_path: Path) -> None:
    assert "must end in .npy or .parquet" in twobranch("embed", model, photos, "--out", tmp_path / "e.csv").err
    wrong = twobranch("embed", model, photos, "--out", tmp_path / "e.npy", "--what", "image")
    assert wrong.code == 2
    assert 'Did you mean "images"' in wrong.err
    assert twobranch("embed", model, photos, "--out", tmp_path / "e.npy", "--what", "sentences").code == 2


def test_engines_and_their_options(model: Path, photos: Path, tmp_path: Path) -> None:
    assert twobranch("index", model, photos, "--out", tmp_path / "i", "--engine", "local").code == 0
    done = twobranch("index", model, photos, "--out", tmp_path / "i", "--engine", "rya")
    assert done.code == 2
    assert 'Did you mean "ray"?' in done.err
    done = twobranch("index", model, photos, "--out", tmp_path / "i", "--workers", 2)
    assert done.code == 2
    assert "--workers: is for --engine ray" in done.err


def test_an_address_without_a_bucket_is_one_line(model: Path, tmp_path: Path) -> None:
    done = twobranch("index", model, "s3://", "--out", tmp_path / "i")
    assert done.code == 2
    assert "names a bucket" in done.err
    assert "Traceback" not in done.err
