import numpy as np
import pytest

from tests.evaluation.twins import metrics_twin
from twobranch.errors import TwobranchError
from twobranch.evaluation.within_view import within_view_metrics


def twin(scores, groups):
    ranks = []
    for query in range(len(groups)):
        others = [n for n in range(len(groups)) if n != query]
        own = [scores[query, n] for n in others if groups[n] == groups[query]]
        above = [n for n in others if groups[n] != groups[query] and own and scores[query, n] >= max(own)]
        ranks.append(len(above) + 1 if own else 0)
    return ranks


def test_equals_the_naive_twin(rng):
    sentences, groups = rng.integers(-2, 3, (120, 6)), rng.integers(0, 50, 120)
    ranks = twin(sentences @ sentences.T, groups)
    assert 0 in ranks
    document = within_view_metrics(sentences, groups, split="val", corpus="abc")
    expected = metrics_twin(ranks)
    assert {key: document["s2s"][key] for key in expected} == pytest.approx(expected)
    assert document["unmatched_queries"] == ranks.count(0)
    low, high = document["s2s"]["interval"]["MeanR"]
    assert low < document["s2s"]["MeanR"] < high
    assert list(document) == ["task", "split", "corpus", "items", "tie_rule", "s2s", "unmatched_queries"]


def test_a_sentence_does_not_find_itself():
    """Sentences of one image at right angles: only the query itself would be close."""
    sentences = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    assert within_view_metrics(sentences, [0, 0, 1], bootstrap=0)["s2s"]["R@1"] == 0


def test_collapsed_sentences_score_0():
    metrics = within_view_metrics(np.ones((100, 3), dtype=np.float32), np.repeat(np.arange(20), 5))["s2s"]
    assert metrics["R@10"] == 0
    assert metrics["MedR"] == 96


def test_one_sentence_per_image_raises():
    with pytest.raises(TwobranchError, match="at least two items"):
        within_view_metrics(np.eye(3), range(3))
