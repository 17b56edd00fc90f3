"""`twobranch reproduce` on a small corpus: trains, writes the tables, goes on where it stopped, tells failures."""

import json

import pytest

from tests.cli.command import twobranch
from tests.conftest import SMALL as SHORT
from twobranch.config import validated
from twobranch.reproduction import reproducing
from twobranch.reproduction.paper import Paper
from twobranch.training.recipes import load_recipe

SMALL = (*SHORT, "stages.0.epochs=2", "model.image.branch.hidden=[64]", "model.sentence.branch.hidden=[64]")

PAPER = {
    "title": "A paper",
    "rows": [{"recipe": "default", "title": "two views"}, {"recipe": "two-branch/embedding", "title": "ranking"}],
    "findings": [
        {"claim": "One beats the other.", "source": "nobody", "better": "default", "worse": "two-branch/embedding",
         "metric": "rsum"},
        {"claim": "The gap is smaller.", "source": "nobody", "better": "default", "worse": "two-branch/embedding",
         "metric": "probe_accuracy"},
    ],
}  # fmt: skip


@pytest.fixture
def small(monkeypatch):
    """A paper with two rows whose recipes take a second."""
    monkeypatch.setattr(reproducing, "papers_of", lambda name: {name: validated(Paper, PAPER, name)})
    monkeypatch.setattr(reproducing, "load_recipe", lambda name: load_recipe(name, SMALL))


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("reproduce") / "out"


def test_trains_and_goes_on(small, scenes, out):
    done = twobranch("reproduce", "mite", scenes, "--out", out, "--seeds", "1", "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert json.loads((out / "table.json").read_text()) == document
    first, second = document["papers"][0]["rows"]
    for row in (first, second):
        assert 0 < row["rsum"] <= 600
        assert row["rsum_interval"][0] <= row["rsum"] <= row["rsum_interval"][1]
        assert 0 <= row["within_view"]["R@1"] <= 100
        assert row["parameters"] > 100_000
    assert first["rsum"] != second["rsum"]
    assert document["papers"][0]["stages"][0]["mean_distance"] > 0
    assert document["papers"][0]["findings"][0]["interval"] is not None
    assert document["command"].startswith("twobranch reproduce mite")
    assert sorted(path.name for path in (out / "runs" / "default").iterdir()) == ["seed-0"]

    again = twobranch("reproduce", "mite", scenes, "--out", out, "--seeds", "2", "--only", "default")
    assert again.code == 0, again.err
    assert "1 trainings to do, 1 done before" in again.err
    assert "rsum" in again.out
    rows = json.loads((out / "table.json").read_text())["papers"][0]["rows"]
    assert [row["seeds"] for row in rows] == [[0, 1], [0]]
    assert rows[0]["rsum_per_seed"][0] == first["rsum"]
    for name in ("table.md", "table.html"):
        assert "One beats the other." in (out / name).read_text()


def test_a_row_that_cannot_be_trained_ends_with_2(small, scenes, tmp_path, monkeypatch):
    too_much = (*SMALL, "model.image.views=[image]", "stages.0.inputs.image={input: random-views, count: 5}")
    monkeypatch.setattr(
        reproducing, "load_recipe", lambda name: load_recipe(name, too_much if name == "default" else SMALL)
    )
    done = twobranch("reproduce", "mite", scenes, "--out", tmp_path / "out", "--seeds", "1")
    assert done.code == 2
    assert "1 that could not: default" in done.err
    assert "at most the 1 views" in (tmp_path / "out" / "table.md").read_text()
    assert "ranking" in (tmp_path / "out" / "table.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mit"], 'Did you mean "mite"'),
        (["mite", "--only", "mite/tripled"], 'Did you mean "mite/triplet"'),
        (["mite", "--seeds", "0"], "seeds"),
    ],
)
def test_mistakes(scenes, tmp_path, arguments, message):
    done = twobranch("reproduce", arguments[0], scenes, "--out", tmp_path / "out", *arguments[1:])
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "out").exists()
