"""What a search answers, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.search.fakes import FakeMatcher, paint
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.exact import best, gallery_scores
from twobranch.search.probability import query_probabilities
from twobranch.search.store import store_stamp


def test_best_agrees_with_sorting_everything() -> None:
    generator = np.random.default_rng(0)
    for k in (1, 3, 10, 50, 99):
        scores = generator.integers(0, 10, 50).astype(np.float32)  # many ties
        expected = sorted(range(50), key=lambda row: (-scores[row], row))[:k]
        assert best(scores, k).tolist() == expected


def test_scores_of_some_rows_are_those_of_all() -> None:
    generator = np.random.default_rng(0)
    matrix, query = generator.standard_normal((40, 8), np.float32), generator.standard_normal(8, np.float32)
    for count in (0, 3, 39):
        rows = np.sort(generator.permutation(40)[:count])
        np.testing.assert_allclose(gallery_scores(matrix, query, rows), (matrix @ query)[rows], rtol=1e-5)


def test_the_probability_of_an_item_does_not_depend_on_the_gallery() -> None:
    generator = np.random.default_rng(0)
    matrix, query = generator.standard_normal((30, 3), np.float32), generator.standard_normal(3, np.float32)
    calibration = FakeMatcher().calibration
    everything, _ = query_probabilities(calibration, "t2i", matrix @ query, query)
    some, _ = query_probabilities(calibration, "t2i", matrix[:5] @ query, query)
    assert everything is not None
    np.testing.assert_allclose(some, everything[:5], rtol=1e-5)
    assert query_probabilities(calibration, "t2i", matrix[:0] @ query, query) == (None, None)


def test_hits_come_best_first_with_probabilities(index: Index) -> None:
    result = index.search("a red wall", k=3)
    assert result.hits[0].id == "a.png"
    assert [hit.score for hit in result.hits] == sorted((hit.score for hit in result.hits), reverse=True)
    assert result.hits[0].probability == pytest.approx(1, abs=0.01)
    assert result.any_match == pytest.approx(1, abs=0.01)
    assert (result.images, result.candidates, result.no_good_match) == (5, 5, False)
    assert (result.hits[0].width, result.hits[0].height) == (40, 30)


def test_no_good_match_is_an_answer(index: Index) -> None:
    result = index.search("an elephant", min_probability=0.5)
    assert result.no_good_match
    assert result.hits == []
    assert result.any_match is not None
    assert result.any_match < 0.01
    assert len(index.search("an elephant").hits) == 5


def test_min_probability_drops_only_what_is_below(index: Index) -> None:
    assert [hit.id for hit in index.search("red", min_probability=0.5).hits] == ["a.png"]
    assert len(index.search("red", min_probability=0).hits) == 5


def test_search_by_picture_and_by_id(index: Index, tmp_path: Path) -> None:
    crimson = paint(tmp_path / "crimson.png", (220, 20, 60))
    by_picture = index.search(image=crimson, k=1)
    assert by_picture.hits[0].id == "a.png"
    assert by_picture.hits[0].probability is None
    assert by_picture.any_match is None
    assert index.search(like="b.png", k=1).hits[0].id == "b.png"


def test_json_has_what_the_contract_names(index: Index) -> None:
    document = json.loads(json.dumps(index.search("red", k=2).to_json(), allow_nan=False))
    assert {"query", "index", "images", "no_good_match", "any_match", "priors", "results"} <= document.keys()
    assert [row["rank"] for row in document["results"]] == [1, 2]
    assert {"rank", "id", "path", "score", "probability", "metadata"} <= document["results"][0].keys()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "found neither"),
        ({"sentence": "red", "like": "a.png"}, "found sentence and like"),
        ({"sentence": "  "}, "at least one word"),
        ({"sentence": "red", "k": 0}, "at least 1"),
        ({"sentence": "red", "min_probability": 1.5}, "between 0 and 1"),
        ({"like": "a.png", "min_probability": 0.5}, "for sentences"),
        ({"like": "../a.png"}, "must be in the index"),
    ],
)
def test_queries_that_are_refused(index: Index, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(TwobranchError, match=message):
        index.search(**arguments)  # type: ignore[arg-type]


def test_without_calibration_there_are_scores_only(photos: Path, tmp_path: Path) -> None:
    index = Index.build(FakeMatcher(calibrated=False), photos, tmp_path / "i")
    result = index.search("red", k=1)
    assert result.hits[0].probability is None
    assert result.any_match is None
    with pytest.raises(TwobranchError, match="validation split"):
        index.search("red", min_probability=0.5)


def test_the_derived_matrix_is_rebuilt_when_it_is_lost_or_cut_short(index: Index) -> None:
    before = index.search("red").to_json()
    for derived in (index.path / "derived").iterdir():
        (derived / "matrix.npy").write_bytes(b"cut")
    assert Index.open(index.path).search("red").to_json() == before


def test_a_plain_search_does_not_open_the_store(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Index.open(index.path)
    monkeypatch.setattr("twobranch.search.store.Store.__init__", lambda *_: pytest.fail("the store was opened"))
    assert opened.search("red").hits


def test_an_index_that_cannot_be_written_answers_from_memory(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    before = index.search("red").to_json()
    for derived in (index.path / "derived").iterdir():
        (derived / "matrix.npy").unlink()

    def read_only(*_: object) -> None:
        raise PermissionError(13, "Read-only file system")

    monkeypatch.setattr("twobranch.search.derived._write", read_only)
    opened = Index.open(index.path)
    assert opened.search("red").to_json() == before
    assert opened.snapshot().folder is None


def test_the_stamp_is_that_of_the_newest_version(index: Index) -> None:
    assert store_stamp(index.path / "store") == index.snapshot().stamp
    assert store_stamp(index.path / "no such store") == ""
