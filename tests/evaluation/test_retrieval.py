import json

import numpy as np
import pytest

from tests.evaluation.twins import metrics_twin, ranks_twin
from twobranch.errors import TwobranchError
from twobranch.evaluation.retrieval import retrieval_metrics

KEYS = ["R@1", "R@5", "R@10", "MedR", "MeanR"]


@pytest.fixture
def corpus(rng):
    """Integer embeddings, whose products are exact, in groups of any size on both sides."""
    return (
        rng.integers(-2, 3, (60, 6)),
        rng.integers(-2, 3, (170, 6)),
        rng.integers(0, 40, 60),
        rng.integers(2, 44, 170),
    )


def points(direction):
    return {key: direction[key] for key in KEYS}


def test_every_metric_equals_the_naive_twin(corpus):
    images, sentences, image_groups, sentence_groups = corpus
    document = retrieval_metrics(*corpus)
    i2t, t2i = ranks_twin(images @ sentences.T, image_groups, sentence_groups)
    assert points(document["i2t"]) == pytest.approx(metrics_twin(i2t))
    assert points(document["t2i"]) == pytest.approx(metrics_twin(t2i))
    assert document["unmatched_queries"] == i2t.count(0) + t2i.count(0) > 0
    assert document["rsum"] == pytest.approx(sum(metrics_twin(r)[f"R@{k}"] for r in (i2t, t2i) for k in (1, 5, 10)))


def test_the_document_has_the_keys_of_the_contract_in_their_order(corpus):
    document = retrieval_metrics(*corpus, split="test", corpus="abc")
    assert list(document) == [
        "task", "split", "corpus", "images", "sentences", "tie_rule", "i2t", "t2i", "rsum", "rsum_interval",
        "unmatched_queries",
    ]  # fmt: skip
    assert list(document["i2t"]) == [*KEYS, "interval"]
    assert list(document["t2i"]["interval"]) == KEYS
    head = [document[key] for key in ("task", "split", "corpus", "images", "sentences", "tie_rule")]
    assert head == ["retrieval", "test", "abc", 60, 170, "pessimistic"]
    assert isinstance(document["i2t"]["MedR"], int)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_perfect_scores_give_100_and_median_rank_1():
    document = retrieval_metrics(
        np.eye(10), np.repeat(np.eye(10), 5, axis=0), range(10), np.repeat(range(10), 5), folds=5
    )
    assert document["rsum"] == 600
    assert document["rsum_interval"] == [600, 600]
    assert document["i2t"]["MedR"] == document["t2i"]["MedR"] == document["t2i"]["MeanR"] == 1
    assert document["folds"] == 5
    assert list(document)[-1] == "folds"


def test_a_collapsed_model_scores_0(rng):
    row = rng.normal(size=50).astype(np.float32)
    document = retrieval_metrics(np.tile(row, (40, 1)), np.tile(row, (200, 1)), range(40), np.repeat(range(40), 5))
    assert document["rsum"] == 0
    assert document["i2t"]["MedR"] == 196
    assert document["t2i"]["MedR"] == 40


def test_random_scores_give_success_near_chance(rng):
    images, sentences = rng.normal(size=(400, 64)), rng.normal(size=(2000, 64))
    document = retrieval_metrics(images, sentences, range(400), np.repeat(range(400), 5))
    assert document["t2i"]["R@10"] == pytest.approx(100 * 10 / 400, abs=1.5)
    assert document["i2t"]["R@10"] == pytest.approx(100 * (1 - (1 - 10 / 2000) ** 5), abs=2.5)
    for direction in (document["i2t"], document["t2i"]):
        assert direction["R@1"] <= direction["R@5"] <= direction["R@10"]


def test_permutation_changes_no_number(corpus, rng):
    images, sentences, image_groups, sentence_groups = corpus
    p, q = rng.permutation(60), rng.permutation(170)
    before = retrieval_metrics(*corpus, bootstrap=0)
    after = retrieval_metrics(images[p], sentences[q], image_groups[p], sentence_groups[q], bootstrap=0)
    for direction in ("i2t", "t2i"):
        assert after[direction] == pytest.approx(before[direction])
    assert "rsum_interval" not in after


def test_folds_are_consecutive_blocks_of_images_with_their_sentences(rng):
    images, groups = rng.integers(-2, 3, (20, 5)), np.arange(20)
    owner = np.repeat(groups, rng.integers(1, 4, 20))
    owner = owner[rng.permutation(len(owner))]
    sentences = rng.integers(-2, 3, (len(owner), 5))
    document = retrieval_metrics(images, sentences, groups, owner, folds=4)
    blocks = []
    for start in range(0, 20, 5):
        own = (owner >= start) & (owner < start + 5)
        i2t, t2i = ranks_twin(images[start : start + 5] @ sentences[own].T, groups[start : start + 5], owner[own])
        blocks.append((metrics_twin(i2t), metrics_twin(t2i)))
    for number, direction in enumerate(("i2t", "t2i")):
        mean = {key: np.mean([block[number][key] for block in blocks]) for key in KEYS}
        assert points(document[direction]) == pytest.approx(mean)
        low, high = document[direction]["interval"]["MeanR"]
        assert low < document[direction]["MeanR"] < high


def test_more_folds_than_groups_raise():
    with pytest.raises(TwobranchError, match="between 1 and 3 folds"):
        retrieval_metrics(np.eye(3), np.eye(3), range(3), range(3), folds=5)


def test_a_split_without_a_match_raises():
    with pytest.raises(TwobranchError, match="must share a group"):
        retrieval_metrics(np.eye(3), np.eye(3), range(3), range(5, 8))


def test_intervals_equal_a_naive_bootstrap_over_groups(rng):
    """Groups are written out as often as they were drawn, and every metric computed anew."""
    from twobranch.evaluation.intervals import resampled_groups
    from twobranch.evaluation.rank_metrics import rank_metrics, rank_replicates

    ranks, codes = rng.integers(1, 15, 60), np.concatenate([np.arange(12), rng.integers(0, 12, 48)])
    drawn = next(resampled_groups(12, 30, seed=3))
    replicates = rank_replicates(ranks, codes, drawn)
    for number, counts in enumerate(drawn):
        written_out = np.repeat(ranks, counts[codes].astype(int))
        expected = rank_metrics(written_out)
        assert {key: values[number] for key, values in replicates.items()} == pytest.approx(expected)


def test_intervals_over_groups_are_wider_than_over_sentences(rng):
    """Sentences that rise and fall with their image carry less evidence than as many independent ones."""
    hard = rng.random(200) < 0.5
    images = np.eye(200, dtype=np.float32)
    sentences = np.repeat(np.where(hard[:, None], np.roll(images, 1, axis=0), images), 5, axis=0)
    low, high = retrieval_metrics(images, sentences, range(200), np.repeat(range(200), 5))["t2i"]["interval"]["R@1"]
    assert high - low == pytest.approx(2 * 1.96 * 100 * np.sqrt(0.25 / 200), rel=0.15)
