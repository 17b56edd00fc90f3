"""Stored sentences, and searches for their words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.search.fakes import FakeMatcher, FakeReranker, paint
from twobranch.cli.main import app
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.fusion import DEPTH, SMOOTHING, fuse
from twobranch.search.store import Store

CAPTIONS = {
    "a.png": ["A dog runs.", "Brown dogs play on the beach."],
    "b.png": ["two men cook food", "A dog runs."],
    "c.png": ["an empty street"],
}


def annotations(folder: Path, captions: dict[str, list[str]], **columns: dict[str, str]) -> Path:
    rows = [
        {"image": name, "sentences": sentences, **{column: values.get(name) for column, values in columns.items()}}
        for name, sentences in captions.items()
    ]
    path = folder / "corpus.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path


@pytest.fixture
def captioned(matcher: FakeMatcher, photos: Path, tmp_path: Path) -> Index:
    return Index.build(matcher, annotations(photos, CAPTIONS, place={"c.png": "harbor"}), tmp_path / "i")


def with_words(index: Index, sentence: str, **options: object) -> list[str]:
    """Ids of the hits that share words with a sentence."""
    hits = index.search(sentence, text=True, **options).hits  # type: ignore[arg-type]
    return [hit.id for hit in hits if hit.text_score is not None]


def test_sentences_are_stored_with_their_images(captioned: Index) -> None:
    assert captioned.facts("a.png")["sentences"] == CAPTIONS["a.png"]
    assert captioned.sentences() == ["A dog runs.", "Brown dogs play on the beach.", "two men cook food",
                                     "an empty street"]  # fmt: skip
    assert captioned.search("red").hits[0].metadata == {"place": None}


def test_words_of_sentences_and_metadata_are_found(captioned: Index) -> None:
    assert with_words(captioned, "dogs") == ["a.png", "b.png"]  # dog and dogs have one stem
    assert with_words(captioned, "a ship in the HARBOR") == ["c.png"]
    assert with_words(captioned, "elephants") == []
    assert len(captioned.search("elephants", text=True).hits) == 3


def test_both_orders_are_fused(captioned: Index) -> None:
    by_score = [hit.id for hit in captioned.search("blue men", k=3).hits]
    result = captioned.search("blue men", text=True, k=3)
    assert (by_score[0], with_words(captioned, "blue men")) == ("c.png", ["b.png"])
    first = result.hits[0]
    assert first.id == "b.png"
    assert first.fused_score == pytest.approx(1 / (SMOOTHING + 1 + by_score.index("b.png")) + 1 / (SMOOTHING + 1))
    plain = {hit.id: hit for hit in captioned.search("blue men", k=3).hits}
    assert all(hit.score == pytest.approx(plain[hit.id].score) for hit in result.hits)
    assert all(hit.probability == pytest.approx(plain[hit.id].probability) for hit in result.hits)
    assert result.to_json()["ordered_by"] == "fused_score"


def test_fusion_agrees_with_its_definition() -> None:
    generator = np.random.default_rng(0)
    by_score, by_text = generator.permutation(3000)[: DEPTH + 500], generator.permutation(3000)[:400]
    expected = {int(row): 0.0 for row in by_score}
    for place, row in enumerate(by_score[:DEPTH], start=1):
        expected[int(row)] += 1 / (SMOOTHING + place)
    for place, row in enumerate(by_text, start=1):
        expected[int(row)] = expected.get(int(row), 0.0) + 1 / (SMOOTHING + place)
    rows, sums = fuse(by_score, by_text)
    assert dict(zip(rows.tolist(), sums.tolist(), strict=True)) == pytest.approx(expected)
    assert (np.diff(sums) <= 0).all()
    assert [row for row, total in zip(rows, sums, strict=True) if not total] == [
        row for row in by_score[DEPTH:] if row not in by_text
    ]


def test_words_follow_adds_changes_and_deletes(captioned: Index, matcher: FakeMatcher, photos: Path) -> None:
    paint(photos / "new.png", "black")
    captions = {"a.png": ["a cat sleeps"], "b.png": CAPTIONS["b.png"], "new.png": ["a wet dog"]}
    again = Index.build(matcher, annotations(photos, captions), captioned.path)
    assert again.report is not None
    assert (again.report.added, again.report.updated, again.report.removed) == (1, 1, 1)
    assert set(with_words(again, "dog")) == set(with_words(captioned, "dog")) == {"b.png", "new.png"}
    assert with_words(again, "cats") == ["a.png"]
    assert with_words(again, "street") == []


def test_words_obey_the_filter_and_the_bound(captioned: Index) -> None:
    assert with_words(captioned, "dog", where="id = 'b.png'") == ["b.png"]
    assert [hit.id for hit in captioned.search("red dog", text=True, where="id <> 'a.png'").hits] == ["b.png", "c.png"]
    assert [hit.id for hit in captioned.search("red men", text=True, min_probability=0.5).hits] == ["a.png"]


@pytest.mark.parametrize("text", [False, True])
def test_pages_are_parts_of_one_order(captioned: Index, text: bool) -> None:
    whole = captioned.search("red dog", text=text)
    pages = [captioned.search("red dog", text=text, k=1, offset=offset) for offset in range(4)]
    assert [hit for page in pages for hit in page.hits] == whole.hits
    assert [page.no_good_match for page in pages] == [False] * 4
    assert [row["rank"] for row in pages[2].to_json()["results"]] == [3]


def test_pages_of_re_ranked_hits(captioned: Index) -> None:
    reranker = FakeReranker()
    whole = captioned.search("red", rerank=reranker, candidates=3, k=3)
    assert captioned.search("red", rerank=reranker, candidates=3, k=2, offset=1).hits == whole.hits[1:]
    with pytest.raises(TwobranchError, match="candidates of re-ranking end before"):
        captioned.search("red", rerank=reranker, offset=100)
    with pytest.raises(TwobranchError, match="must be at least 0"):
        captioned.search("red", offset=-1)


def test_text_of_an_index_that_has_none_is_refused(index: Index) -> None:
    assert index.sentences() == []
    with pytest.raises(TwobranchError, match="needs an index with text"):
        index.search("red", text=True)
    with pytest.raises(TwobranchError, match="is for sentences"):
        index.search(like="a.png", text=True)
    with pytest.raises(TwobranchError, match="exclude each other"):
        index.search("red", text=True, rerank=FakeReranker())


def test_an_index_made_before_sentences_were_stored_goes_on(
    index: Index, matcher: FakeMatcher, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(index.path / "store", 3)
    store._table.drop_columns(["sentences"])
    old = Index.open(index.path)
    assert old.search("red").hits[0].id == "a.png"
    assert old.snapshot().folder is not None
    assert (old.sentences(), old.snapshot().metadata_columns) == ([], [])
    again = Index.build(matcher, annotations(photos, CAPTIONS), index.path)
    assert again.report is not None
    assert (again.report.updated, again.report.added) == (3, 0)
    assert with_words(again, "men") == ["b.png"]


def test_a_damaged_index_of_words_is_made_anew(captioned: Index, matcher: FakeMatcher, photos: Path) -> None:
    for file in (captioned.path / "store" / "images.lance" / "_indices").glob("*/*.lance"):
        file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(TwobranchError, match="run twobranch index again"):
        Index.open(captioned.path).search("dog", text=True)
    again = Index.build(matcher, annotations(photos, CAPTIONS, place={"c.png": "harbor"}), captioned.path)
    assert with_words(again, "dog") == ["a.png", "b.png"]


def test_the_command_line_searches_words_and_turns_pages(captioned: Index) -> None:
    run = CliRunner().invoke(app, ["search", str(captioned.path), "dog", "--text", "--offset", "1", "--json"])
    assert run.exit_code == 0, run.output
    document = json.loads(run.stdout)
    assert [row["rank"] for row in document["results"]] == [2, 3]
    assert document["results"][0]["text_score"] > 0
    shown = CliRunner().invoke(app, ["search", str(captioned.path), "dog", "--text"])
    assert "words" in shown.output
    assert "no more" in CliRunner().invoke(app, ["search", str(captioned.path), "dog", "--offset", "9"]).output
