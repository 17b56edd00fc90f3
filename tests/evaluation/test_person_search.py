"""Person search against plain loops, with ties, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.evaluation.person_ranks import query_ranks
from twobranch.evaluation.person_search import person_search_metrics


def naive(scores: np.ndarray, images: np.ndarray, sentences: np.ndarray):
    """(first, AP, INP) of each query, by sorting a list of tuples."""
    found = []
    for column, identity in enumerate(sentences):
        gallery = sorted((-scores[row, column], group == identity) for row, group in enumerate(images))
        ranks = [place for place, (_, match) in enumerate(gallery, start=1) if match]
        if not ranks:
            found.append((0, 0.0, 0.0))
            continue
        precision = sum(number / rank for number, rank in enumerate(ranks, start=1)) / len(ranks)
        found.append((ranks[0], precision, len(ranks) / ranks[-1]))
    return found


def tied(seed: int, images: int = 60, sentences: int = 700):
    random = np.random.default_rng(seed)
    x = random.integers(-2, 3, (images, 3)).astype(np.float32)
    y = random.integers(-2, 3, (sentences, 3)).astype(np.float32)
    return x, y, random.integers(0, 12, images), random.integers(0, 14, sentences)


def test_ranks_equal_those_of_plain_loops_with_ties_and_over_several_blocks() -> None:
    x, y, images, sentences = tied(0)
    scores = x @ y.T
    ranks = query_ranks(lambda i, s: scores[i, s], images, sentences)
    expected = naive(scores, images, sentences)
    np.testing.assert_array_equal(ranks.first, [first for first, _, _ in expected])
    np.testing.assert_allclose(ranks.precision, [precision for _, precision, _ in expected])
    np.testing.assert_allclose(ranks.inverse_penalty, [penalty for _, _, penalty in expected])
    assert (ranks.first == 0).any(), "some queries have no match in the gallery"


def test_the_document_by_hand() -> None:
    """Three images, of a, b, a; one query each for a (exact) and b, and one for nobody."""
    images = np.array([[1.0, 0], [0, 1], [0.6, 0.8]], np.float32)
    sentences = np.array([[1.0, 0], [0.6, 0.8], [1, 0]], np.float32)  # scores: (1, 0, .6), (.6, .8, 1), (1, 0, .6)
    found = person_search_metrics(images, sentences, ["a", "b", "a"], ["a", "b", "c"], split="test", corpus="f")
    assert (found["Rank-1"], found["Rank-5"]) == (50, 100)
    assert found["mAP"] == pytest.approx(100 * (1 + 1 / 2) / 2)
    assert found["mINP"] == pytest.approx(100 * (1 + 1 / 2) / 2)
    assert found["MedR"] == 1
    assert found["chance"]["Rank-1"] == pytest.approx(100 * (2 / 3 + 1 / 3) / 2)
    assert (found["images"], found["sentences"], found["identities"], found["unmatched_queries"]) == (3, 3, 2, 1)
    assert set(found["interval"]) == {"Rank-1", "Rank-5", "Rank-10", "mAP", "mINP", "MedR"}
    low, high = found["interval"]["mAP"]
    assert low == pytest.approx(50)
    assert high == pytest.approx(100)


def test_a_collapsed_model_finds_nobody() -> None:
    ones = np.ones((40, 8), np.float32) / np.sqrt(8)
    found = person_search_metrics(ones, ones, np.arange(40), np.arange(40), split="test", bootstrap=0)
    assert (found["Rank-1"], found["Rank-10"]) == (0, 0)
    assert found["interval"] == {}


def test_the_order_of_images_and_sentences_does_not_matter() -> None:
    x, y, images, sentences = tied(1)
    random = np.random.default_rng(2)
    p, q = random.permutation(len(x)), random.permutation(len(y))
    found = person_search_metrics(x, y, images, sentences, split="test")
    again = person_search_metrics(x[p], y[q], images[p], sentences[q], split="test")
    for name in ("Rank-1", "Rank-10", "mAP", "mINP", "MedR", "unmatched_queries"):
        assert again[name] == pytest.approx(found[name])
    assert again["chance"] == pytest.approx(found["chance"])


def test_errors() -> None:
    with pytest.raises(TwobranchError, match="at least one sentence has an image of its identity"):
        person_search_metrics(np.eye(2), np.eye(2), ["a", "b"], ["c", "d"], split="test")
    with pytest.raises(TwobranchError, match="finite"):
        query_ranks(lambda i, s: np.full((2, 2), np.nan)[i, s], ["a", "b"], ["a", "b"])
