"""The ranks of all matches, and what is made of them, against plain loops."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.evaluation import person_ranks
from twobranch.evaluation.person_ranks import query_ranks
from twobranch.evaluation.person_search import chance, evaluate_person_search, person_search_metrics


def twin(scores, image_groups, sentence_groups):
    """(rank of the best match, average precision, INP) of each query, by counting only; 0 where there is no match."""
    found = []
    for m, group in enumerate(sentence_groups):
        ranks = []
        own = sorted((scores[n][m] for n, other in enumerate(image_groups) if other == group), reverse=True)
        for number, score in enumerate(own, start=1):
            above = 0
            for n, other in enumerate(image_groups):
                if other != group and scores[n][m] >= score:
                    above += 1
            ranks.append(number + above)
        precision = sum((k + 1) / rank for k, rank in enumerate(ranks)) / len(ranks) if ranks else 0.0
        found.append((ranks[0], precision, len(ranks) / ranks[-1]) if ranks else (0, 0.0, 0.0))
    return [np.array(column) for column in zip(*found, strict=True)]


def same(ranks, expected):
    first, precision, inverse_penalty = expected
    np.testing.assert_array_equal(ranks.first, first)
    np.testing.assert_allclose(ranks.precision, precision, rtol=1e-12)
    np.testing.assert_allclose(ranks.inverse_penalty, inverse_penalty, rtol=1e-12)


@pytest.mark.parametrize("tile", [(512, 512), (16, 32), (7, 5), (1, 1)])
@pytest.mark.parametrize("compared", [64, 0], ids=["compared", "searched"])
def test_any_tile_and_both_ways_of_counting_equal_the_twin(many_to_many, monkeypatch, tile, compared):
    monkeypatch.setattr(person_ranks, "COMPARED", compared)
    scores, images, sentences = many_to_many
    ranks = query_ranks(lambda i, s: scores[i, s], images, sentences, tile=tile)
    expected = twin(scores, images, sentences)
    same(ranks, expected)
    assert (expected[0] == 0).any()


@pytest.mark.parametrize("people", [1, 2])
def test_identities_with_more_images_than_are_compared(rng, people):
    images, sentences = np.arange(150) % people, np.arange(20) % people
    scores = rng.integers(0, 30, (150, 20)).astype(np.float32)
    ranks = query_ranks(lambda i, s: scores[i, s], images, sentences)
    same(ranks, twin(scores, images, sentences))


def test_a_strip_holds_few_queries_where_there_are_many_images(many_to_many, monkeypatch):
    monkeypatch.setattr(person_ranks, "STRIP_SCORES", 1)
    scores, images, sentences = many_to_many
    asked = []

    def score(i, s):
        asked.append((i.stop - i.start, s.stop - s.start))
        return scores[i, s]

    same(query_ranks(score, images, sentences), twin(scores, images, sentences))
    assert set(asked) == {(53, 16)}


@pytest.mark.parametrize(
    ("scores", "expected"),
    [  # three images of the person and three of others; matches first
        ([[9, 8, 7], [3, 2, 1]], (1, 1, 1)),  # no non-match among them
        ([[9, 8, 7], [9, 2, 1]], (2, (1 / 2 + 2 / 3 + 3 / 4) / 3, 3 / 4)),  # ties with the best
        ([[9, 8, 7], [7, 2, 1]], (1, (1 + 1 + 3 / 4) / 3, 3 / 4)),  # ties with the hardest
        ([[5, 5, 5], [5, 5, 5]], (4, (1 / 4 + 2 / 5 + 3 / 6) / 3, 3 / 6)),  # a collapsed model
        ([[5, 5, 1], [6, 5, 2]], (3, (1 / 3 + 2 / 4 + 3 / 6) / 3, 3 / 6)),  # matches tie with each other
        ([[-1, -2, -3], [0, -2, -9]], (2, (1 / 2 + 2 / 4 + 3 / 5) / 3, 3 / 5)),
    ],
)
def test_ties_by_hand(scores, expected):
    column = np.array(scores, np.float32).reshape(6, 1)
    ranks = query_ranks(lambda i, s: column[i, s], list("aaabcd"), ["a"])
    assert (ranks.first[0], ranks.precision[0], ranks.inverse_penalty[0]) == pytest.approx(expected)


@pytest.mark.parametrize(("images", "sentences"), [(401, 777), (600, 513), (33, 17)])
def test_rounding_breaks_no_tie_of_a_collapsed_model(rng, images, sentences):
    row = rng.normal(size=100).astype(np.float32)
    groups = np.arange(images), np.arange(sentences) % images
    found = person_search_metrics(
        np.tile(row, (images, 1)), np.tile(row, (sentences, 1)), *groups, split="test", bootstrap=0
    )
    assert (found["Rank-10"], found["MedR"]) == (0, images)
    assert found["mAP"] == found["mINP"] == pytest.approx(100 / images)


def test_scores_and_shapes_are_checked(many_to_many):
    scores, images, sentences = many_to_many
    broken = scores.copy()
    broken[3, 4] = np.nan
    with pytest.raises(TwobranchError, match="scores, image 3, sentence 4: every score must be a finite number"):
        query_ranks(lambda i, s: broken[i, s], images, sentences)
    with pytest.raises(TwobranchError, match="shape asked for"):
        query_ranks(lambda i, s: scores[i, s].T, images, sentences)
    with pytest.raises(TwobranchError, match="sentence_groups: there must be one per embedding, 2, but found 3"):
        person_search_metrics(np.eye(2), np.eye(2), [0, 1], [0, 1, 1], split="test")


@pytest.fixture
def corpus(rng):
    """Integer embeddings, whose products are exact, of people with several images and sentences."""
    return (
        rng.integers(-2, 3, (60, 4)),
        rng.integers(-2, 3, (150, 4)),
        rng.integers(0, 15, 60),
        rng.integers(1, 18, 150),
    )


def test_the_document_equals_the_twin(corpus):
    images, sentences, image_groups, sentence_groups = corpus
    document = person_search_metrics(*corpus, split="test", corpus="abc")
    first, precision, penalty = twin(images @ sentences.T, image_groups, sentence_groups)
    own = first > 0
    for k in (1, 5, 10):
        assert document[f"Rank-{k}"] == pytest.approx(100 * np.mean(first[own] <= k))
    assert document["mAP"] == pytest.approx(100 * np.mean(precision[own]))
    assert document["mINP"] == pytest.approx(100 * np.mean(penalty[own]))
    assert document["MedR"] == int(np.floor(np.median(first[own])))
    assert document["unmatched_queries"] == (~own).sum() > 0
    assert list(document["interval"]) == ["Rank-1", "Rank-5", "Rank-10", "mAP", "mINP", "MedR"]
    assert all(low <= document[name] <= high for name, (low, high) in document["interval"].items())
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_intervals_are_over_identities(rng):
    """Queries that rise and fall with their person carry less evidence than as many independent ones."""
    people = np.eye(200, dtype=np.float32)
    asked = np.where(rng.random(200)[:, None] < 0.5, np.roll(people, 1, axis=0), people)
    groups = np.arange(200)
    found = person_search_metrics(people, np.repeat(asked, 5, axis=0), groups, np.repeat(groups, 5), split="test")
    low, high = found["interval"]["Rank-1"]
    assert high - low == pytest.approx(2 * 1.96 * 100 * np.sqrt(0.25 / 200), rel=0.15)


def test_chance_is_what_random_orders_reach(rng):
    image_groups, sentence_groups = rng.integers(0, 6, 40), rng.integers(2, 9, 50)
    reached = []
    for _ in range(300):
        order = rng.normal(size=(40, 50))
        first = query_ranks(lambda i, s, order=order: order[i, s], image_groups, sentence_groups).first
        reached.append(100 * np.mean(first[first > 0] == 1))
    assert chance(image_groups, sentence_groups) == pytest.approx(np.mean(reached), abs=1)
    with pytest.raises(TwobranchError, match="at least one sentence has an image of its identity"):
        chance([0, 1], [2, 3])


@pytest.mark.parametrize("scores_pairs", [False, True])
def test_a_matcher_is_measured_by_its_own_score(corpus, scores_pairs):
    """A pair scorer is asked for small tiles; one that prefers the wrong person reverses the gallery."""
    images, sentences, image_groups, sentence_groups = corpus
    asked = []

    def score(x, y):
        asked.append((len(x), len(y)))
        return -(x @ y.T)

    matcher = SimpleNamespace(
        scores_pairs=scores_pairs,
        embed_image_features=lambda rows: images,
        embed_sentence_features=lambda rows: sentences,
        score_embeddings=score,
    )
    about = SimpleNamespace(image_groups=image_groups, sentence_groups=sentence_groups, fingerprint="abc")
    features = SimpleNamespace(images=None, sentences=None, corpus=about)
    found = evaluate_person_search(matcher, features, split="val", bootstrap=20)
    sign = -1 if scores_pairs else 1
    first, _, _ = twin(sign * (images @ sentences.T), image_groups, sentence_groups)
    assert found["Rank-1"] == pytest.approx(100 * np.mean(first[first > 0] == 1))
    assert (found["split"], found["corpus"]) == ("val", "abc")
    assert (max(rows for rows, _ in asked) <= 16) if scores_pairs else not asked
