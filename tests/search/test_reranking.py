"""Searches whose best hits a second matcher puts into another order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.search.fakes import FakeMatcher, FakeReranker
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.reranking import CANDIDATES, candidates_for, standardized


@pytest.fixture
def reranker() -> FakeReranker:
    return FakeReranker()


def test_only_the_best_candidates_are_scored(index: Index, reranker: FakeReranker) -> None:
    before = [hit.id for hit in index.search("red").hits]
    result = index.search("red", k=2, rerank=reranker, candidates=3)
    assert reranker.scored == [Path(image_id).name for image_id in before[:3]]
    assert len(result.hits) == 2
    assert {hit.id for hit in result.hits} <= set(before[:3])


def test_scores_and_probabilities_stay_as_they_were(index: Index, reranker: FakeReranker) -> None:
    before, after = index.search("red"), index.search("red", rerank=reranker)
    known = {hit.id: hit for hit in before.hits}
    assert {hit.id for hit in after.hits} == known.keys()
    for hit in after.hits:
        assert (hit.score, hit.probability) == (known[hit.id].score, known[hit.id].probability)
        assert hit.rerank_score is not None
    assert all(hit.rerank_score is None for hit in before.hits)
    assert (after.any_match, after.candidates, after.images) == (before.any_match, before.candidates, before.images)


def test_a_file_that_vanished_comes_last_and_says_so(index: Index, reranker: FakeReranker, photos: Path) -> None:
    (photos / "a.png").unlink()
    (photos / "c.png").write_bytes(b"no picture")
    before = [hit.id for hit in index.search("red").hits]
    result = index.search("red", rerank=reranker)
    gone = [image_id for image_id in before if image_id in ("a.png", "c.png")]
    assert [hit.id for hit in result.hits][-2:] == gone  # among themselves in the order of the search
    assert [hit.rerank_score is None for hit in result.hits] == [False, False, False, True, True]
    assert result.reranking is not None
    assert result.reranking.scored == 3
    assert set(result.reranking.failures) == {"a.png", "c.png"}
    assert "a.png" in result.reranking.failures["a.png"]


def test_a_search_goes_on_when_every_file_is_gone(index: Index, reranker: FakeReranker, photos: Path) -> None:
    before = [hit.id for hit in index.search("red").hits]
    for image_id in before:
        (photos / image_id).unlink()
    result = index.search("red", rerank=reranker)
    assert [hit.id for hit in result.hits] == before
    assert result.reranking is not None
    assert result.reranking.scored == 0


def test_hits_are_ordered_by_both_scores(index: Index, reranker: FakeReranker) -> None:
    hits = index.search("red", rerank=reranker).hits
    both = standardized([hit.score for hit in hits]) + standardized([hit.rerank_score for hit in hits])
    np.testing.assert_allclose([hit.combined_score for hit in hits], both)
    assert both.tolist() == sorted(both, reverse=True)
    assert [hit.id for hit in hits] != [hit.id for hit in index.search("red").hits]


def test_a_condition_chooses_the_candidates(index: Index, reranker: FakeReranker) -> None:
    hits = index.search("red", rerank=reranker, where="id LIKE 'sub/%'").hits
    assert reranker.scored == ["e.png"]
    assert [hit.combined_score for hit in hits] == [0]


def test_a_bound_drops_hits_and_does_not_change_their_order(index: Index, reranker: FakeReranker) -> None:
    everything = index.search("red", rerank=reranker).hits
    some = index.search("red", rerank=reranker, min_probability=0.5).hits
    assert some == [hit for hit in everything if (hit.probability or 0) >= 0.5]
    assert 0 < len(some) < len(everything)
    nothing = index.search("an elephant", rerank=reranker, min_probability=0.5)
    assert nothing.no_good_match


def test_nothing_is_scored_where_nothing_is_found(index: Index, reranker: FakeReranker) -> None:
    result = index.search("red", rerank=reranker, where="width > 9000")
    assert result.no_good_match
    assert reranker.scored == []
    assert result.reranking is not None
    assert result.reranking.scored == 0


def test_json_says_what_ordered_the_results(index: Index, reranker: FakeReranker, photos: Path) -> None:
    (photos / "b.png").unlink()
    plain = json.loads(json.dumps(index.search("red").to_json(), allow_nan=False))
    document = json.loads(json.dumps(index.search("red", rerank=reranker).to_json(), allow_nan=False))
    assert (plain["ordered_by"], plain["reranking"]) == ("score", None)
    assert document["ordered_by"] == "combined_score"
    sums = [row["combined_score"] for row in document["results"][:4]]
    assert sums == sorted(sums, reverse=True)
    assert document["reranking"]["matcher"] == "blue-1"
    assert document["reranking"]["recipe"] == "blue"
    assert document["reranking"]["scored"] == 4
    assert list(document["reranking"]["failures"]) == ["b.png"]
    assert document["results"][-1]["id"] == "b.png"
    assert document["results"][-1]["rerank_score"] is None
    assert plain["results"][0].keys() == document["results"][0].keys()


def test_an_index_without_calibration_is_reranked_too(photos: Path, tmp_path: Path, reranker: FakeReranker) -> None:
    index = Index.build(FakeMatcher(calibrated=False), photos, tmp_path / "i")
    assert all(hit.probability is None for hit in index.search("red", rerank=reranker).hits)


def test_how_many_candidates_there_are() -> None:
    some = FakeReranker()
    assert candidates_for("sentence", some, None, 10) == CANDIDATES
    assert candidates_for("sentence", some, None, 300) == 300
    assert candidates_for("sentence", some, 10, 10) == 10
    assert candidates_for("image", None, None, 7) == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"like": "a.png", "rerank": FakeReranker()}, "a re-ranker scores pictures with a sentence"),
        ({"image": "a.png", "rerank": FakeReranker()}, "found a query by picture"),
        ({"sentence": "red", "candidates": 50}, "is for re-ranking"),
        ({"sentence": "red", "k": 20, "candidates": 10, "rerank": FakeReranker()}, "at least as many as the hits"),
        ({"sentence": "red", "k": 1, "candidates": 0, "rerank": FakeReranker()}, "found 0"),
    ],
)
def test_searches_that_are_refused(index: Index, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(TwobranchError, match=message):
        index.search(**arguments)  # type: ignore[arg-type]


def test_standardized_scores_have_mean_0_and_deviation_1() -> None:
    scores = np.random.default_rng(0).normal(3, 7, (4, 50))
    found = standardized(scores)
    np.testing.assert_allclose(found.mean(-1), 0, atol=1e-12)
    np.testing.assert_allclose(found.std(-1), 1)
    assert not standardized(np.full(3, 0.1, np.float32)).any()
