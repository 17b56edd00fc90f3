"""`twobranch search`: one JSON document, a table for people, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import twobranch
from tests.search.fakes import FakeMatcher, paint
from twobranch.search import Index


@pytest.fixture(autouse=True)
def fake_matchers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twobranch.search.index.load_matcher", FakeMatcher.load)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    for name, color in [("a[1].png", "red"), ("b.png", "green"), ("c.png", "blue")]:
        paint(tmp_path / "photos" / name, color)
    (tmp_path / "m.csv").write_text("image,note\na[1].png,[bold]\n")
    Index.build(FakeMatcher(), tmp_path / "photos", tmp_path / "i", metadata=tmp_path / "m.csv")
    return tmp_path / "i"


def test_json_is_one_document_and_nothing_else(index: Path) -> None:
    done = twobranch("search", index, "a red wall", "-k", 2, "--json")
    document = json.loads(done.out)
    assert done.code == 0
    assert document["query"] == "a red wall"
    assert document["images"] == 3
    assert document["no_good_match"] is False
    assert 0 <= document["any_match"] <= 1
    assert [hit["rank"] for hit in document["results"]] == [1, 2]
    assert document["results"][0]["id"] == "a[1].png"
    assert document["results"][0]["metadata"] == {"note": "[bold]"}


def test_the_table_shows_text_as_it_is(index: Path) -> None:
    out = twobranch("search", index, "a red wall").out
    assert "a[1].png" in out
    assert "[bold]" in out
    assert "%" in out


def test_no_good_match_is_no_error(index: Path) -> None:
    done = twobranch("search", index, "an elephant", "--min-probability", 0.5, "--json")
    document = json.loads(done.out)
    assert (done.code, document["no_good_match"], document["results"]) == (0, True, [])
    done = twobranch("search", index, "an elephant", "--min-probability", 0.5)
    assert done.code == 0
    assert "no good match" in done.out
    assert "no good match" in twobranch("search", index, "red", "--where", "note = 'none'").out


def test_search_by_picture(index: Path, tmp_path: Path) -> None:
    picture = paint(tmp_path / "teal.png", (0, 200, 40))
    document = json.loads(twobranch("search", index, "--image", picture, "-k", 1, "--json").out)
    assert document["results"][0]["id"] == "b.png"
    assert document["results"][0]["probability"] is None
    assert "b.png" in twobranch("search", index, "--image", picture).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a sentence or a picture"),
        (["red", "--image", "x.png"], "a sentence or a picture"),
        (["red", "--where", "nothing > 3"], "Columns: id, path"),
        (["--image", "missing.png"], "missing.png"),
        (["red", "--min-probability", "7"], "between 0 and 1"),
        (["red", "-k", "0"], "-k"),
    ],
)
def test_refusals_exit_with_2(index: Path, arguments: list[str], message: str) -> None:
    done = twobranch("search", index, *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.split())


def test_an_index_of_another_version(index: Path) -> None:
    (index / "index.json").write_text((index / "index.json").read_text().replace('"version": 1', '"version": 9'))
    done = twobranch("search", index, "red")
    assert done.code == 2
    assert "version 9" in done.err


def test_a_plain_search_imports_neither_the_store_nor_the_server(index: Path) -> None:
    program = f"""
import sys
import twobranch.search.index as module
from tests.search.fakes import FakeMatcher
module.load_matcher = FakeMatcher.load
from twobranch.search import Index
assert Index.open({str(index)!r}).search("red").hits
for name in ("lancedb", "fastapi", "matplotlib", "sklearn"):
    assert name not in sys.modules, name
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
