"""Values of a row against plain computations."""

import dataclasses

import numpy as np
import pytest

from tests.reproduction.fakes import result
from twobranch.errors import TwobranchError
from twobranch.evaluation.ranks import Ranks
from twobranch.evaluation.retrieval import metrics_from_ranks
from twobranch.evaluation.within_view import within_view_metrics
from twobranch.reproduction.statistics import row_values


def document(one):
    return metrics_from_ranks([one.ranks], [(one.image_groups, one.sentence_groups)])


def test_one_seed_is_what_evaluate_prints():
    one = result()
    values, expected = row_values([one]), document(one)
    assert values.mean("rsum") == pytest.approx(expected["rsum"])
    assert values.interval("rsum") == pytest.approx(expected["rsum_interval"])
    for way in ("i2t", "t2i"):
        for key in ("R@1", "R@5", "R@10"):
            assert values.mean(f"{way}.{key}") == pytest.approx(expected[way][key])
            assert values.interval(f"{way}.{key}") == pytest.approx(expected[way]["interval"][key])
    assert values.deviation("rsum") is None


def test_within_view_is_what_evaluate_prints():
    """Also where a sentence has no other of its image."""
    random = np.random.default_rng(0)
    embeddings = random.normal(size=(50, 4)).astype(np.float32)
    groups = np.minimum(np.arange(50) // 2, 23)
    groups[0] = 99
    expected = within_view_metrics(embeddings, groups)["s2s"]
    from twobranch.evaluation.ranks import embedding_ranks

    within = embedding_ranks(embeddings, embeddings, groups, groups, exclude_self=True).i2t
    assert (within == 0).any()
    one = dataclasses.replace(
        result(images=50),
        ranks=Ranks(np.ones(50, dtype=np.int64), np.ones(50, dtype=np.int64)),
        within_view=within,
        image_groups=groups,
        sentence_groups=groups,
    )
    values = row_values([one])
    assert values.mean("within-view.R@5") == pytest.approx(expected["R@5"])
    assert values.interval("within-view.R@5") == pytest.approx(expected["interval"]["R@5"])


def test_seeds_are_averaged_before_resampling():
    """A naive twin: draw groups, collect their queries, average over seeds."""
    seeds = [result(seed=seed) for seed in (0, 1, 2)]
    values = row_values(seeds, resamples=20)
    random = np.random.default_rng(0)
    groups = len(seeds[0].image_groups)
    drawn = random.integers(0, groups, size=(20, groups))
    for number in (0, 7, 19):
        of_seeds = []
        for one in seeds:
            images = np.concatenate([one.ranks.i2t[one.image_groups == group] for group in drawn[number]])
            sentences = np.concatenate([one.ranks.t2i[one.sentence_groups == group] for group in drawn[number]])
            of_seeds.append(sum(100 * (side <= k).mean() for side in (images, sentences) for k in (1, 5, 10)))
        assert values.replicates["rsum"][number] == pytest.approx(np.mean(of_seeds))
    each = [document(one)["rsum"] for one in seeds]
    assert values.per_seed["rsum"] == pytest.approx(each)
    assert values.mean("rsum") == pytest.approx(np.mean(each))
    assert values.deviation("rsum") == pytest.approx(np.std(each, ddof=1))


def test_queries_without_a_match_are_left_out():
    one = result()
    ranks = Ranks(one.ranks.i2t.copy(), one.ranks.t2i.copy())
    ranks.i2t[:7] = 0
    ranks.t2i[:3] = 0  # image 0 and its sentences match nothing
    one = dataclasses.replace(one, ranks=ranks)
    assert row_values([one]).interval("rsum") == pytest.approx(document(one)["rsum_interval"])
    assert row_values([one]).mean("i2t.R@5") == pytest.approx(100 * (ranks.i2t[7:] <= 5).mean())


def test_sums():
    values = row_values([result()])
    i2t, t2i = (sum(values.mean(f"{way}.R@{k}") for k in (1, 5, 10)) for way in ("i2t", "t2i"))
    assert values.mean("i2t") == pytest.approx(i2t)
    assert values.mean("i2t-minus-t2i") == pytest.approx(i2t - t2i)
    assert values.mean("rsum") == pytest.approx(i2t + t2i)


def test_a_pair_scorer_has_no_within_view():
    assert "within-view" not in row_values([result(pairs=True)]).per_seed


def test_different_galleries_are_refused():
    with pytest.raises(TwobranchError, match="same images and sentences"):
        row_values([result(), result(seed=1, images=59)])
