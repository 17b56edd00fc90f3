"""`twobranch search --rerank`, with matchers that were trained on small networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import twobranch as package
from tests.cli.command import twobranch

SMALL = (
    "model.image.encoder=tests.small_encoders.SmallPictures",
    "model.image.views=[image]",
    "model.image.branch.hidden=[16]",
    "model.sentence.encoder=tests.small_encoders.SmallWords",
    "model.sentence.branch.hidden=[16]",
    "model.embedding=8",
    "stages.0.epochs=1",
    "stages.0.at_least=0",
)


@pytest.fixture(scope="module")
def models(scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A matcher with embeddings, another of them, and one that scores pairs."""
    corpus, folder = package.read_corpus(scenes), tmp_path_factory.mktemp("models")
    for name, recipe, seed in (
        ("first", "default", 0),
        ("second", "default", 1),
        ("pairs", "two-branch/similarity", 0),
    ):
        package.fit(corpus, recipe, out=folder / name, settings=(*SMALL, f"seed={seed}"))
    return {name: folder / name / "model" for name in ("first", "second", "pairs")}


@pytest.fixture
def photos(scenes: Path, tmp_path: Path) -> Path:
    """A dozen scenes, some of which a test may delete."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(12):
        name = f"{number:05d}.jpg"
        (folder / name).write_bytes((scenes / "images" / name).read_bytes())
    return folder


@pytest.fixture
def index(models: dict[str, Path], photos: Path, tmp_path: Path) -> Path:
    package.Index.build(package.Matcher.load(models["first"]), photos, tmp_path / "i")
    return tmp_path / "i"


@pytest.mark.parametrize("model", ["second", "pairs"])
def test_a_second_matcher_scores_the_best_pictures(index: Path, models: dict[str, Path], model: str) -> None:
    plain = json.loads(twobranch("search", index, "a red car", "-k", 6, "--json").out)
    done = twobranch("search", index, "a red car", "-k", 5, "--rerank", models[model], "--candidates", 6, "--json")
    document = json.loads(done.out)
    assert done.code == 0
    results = document["results"]
    before = {row["id"]: row for row in plain["results"]}
    assert len(results) == 5
    assert {row["id"] for row in results} <= before.keys()
    assert all(row["score"] == before[row["id"]]["score"] for row in results)
    assert document["reranking"]["scored"] == 6
    expected = package.Matcher.load(models[model]).score([row["path"] for row in results], ["a red car"])[:, 0]
    np.testing.assert_allclose([row["rerank_score"] for row in results], expected, rtol=1e-4, atol=1e-5)


def test_the_table_names_the_reranker_and_what_could_not_be_read(
    index: Path, models: dict[str, Path], photos: Path
) -> None:
    out = twobranch("search", index, "a red car", "--rerank", models["pairs"]).out
    assert "re-ranker" in out
    assert "two-branch/similarity" in out
    assert "not read" not in out
    first = json.loads(twobranch("search", index, "a red car", "--json").out)["results"][0]["id"]
    (photos / first).unlink()
    done = twobranch("search", index, "a red car", "-k", 12, "--rerank", models["pairs"])
    assert done.code == 0
    assert "not read" in done.out
    assert "1 could not be read" in " ".join(done.out.split())
    assert "not read" in next(line for line in done.out.splitlines() if first in line)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--image", "x.png", "--rerank", "pairs"], "a re-ranker scores pictures with a sentence"),
        (["red", "--candidates", "50"], "is for re-ranking"),
        (["red", "--candidates", "5", "--rerank", "pairs"], "at least as many as the hits"),
        (["red", "--rerank", "missing"], "a matcher folder holds"),
    ],
)
def test_refusals_exit_with_2(index: Path, models: dict[str, Path], arguments: list[str], message: str) -> None:
    done = twobranch("search", index, *(models.get(argument, argument) for argument in arguments))
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.split())
