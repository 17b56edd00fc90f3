import warnings

import numpy as np
import pytest
import torch

from tests.evaluation.twins import ranks_twin
from twobranch.errors import TwobranchError
from twobranch.evaluation import ranks as module
from twobranch.evaluation.ranks import by_group, embedding_ranks, retrieval_ranks
from twobranch.evaluation.tiles import EmbeddingScores


def tiles_of(scores):
    return lambda images, sentences: scores[images, sentences]


@pytest.mark.parametrize("tile", [(512, 512), (16, 16), (7, 5), (1, 1), (64, 9)])
def test_equals_the_naive_twin_on_random_groups_for_every_tile(many_to_many, tile):
    scores, images, sentences = many_to_many
    ranks = retrieval_ranks(tiles_of(scores), images, sentences, tile=tile)
    i2t, t2i = ranks_twin(scores, images, sentences)
    assert 0 in i2t
    assert 0 in t2i
    assert ranks.i2t.tolist() == i2t
    assert ranks.t2i.tolist() == t2i


def test_hand_computed_table_with_ties():
    scores = np.array(
        [
            [5.0, 5.0, 1.0, 2.0],  # group a: best match 5; the sentence of b at 1 and of c at 2 are below: rank 1
            [4.0, 3.0, 3.0, 3.0],  # group b: match 3; a's 4 and 3 and c's 3 count: rank 4
            [2.0, 2.0, 3.0, 3.0],  # group c: match 3; b's 3 ties: rank 2
        ]
    )
    ranks = retrieval_ranks(tiles_of(scores), list("abc"), list("aabc"))
    assert ranks.i2t.tolist() == [1, 4, 2]
    assert ranks.t2i.tolist() == [1, 1, 2, 2]


@pytest.mark.parametrize("dimension", [3, 64, 100, 511, 512])
@pytest.mark.parametrize(
    ("images", "sentences"), [(3, 3), (8, 3), (7, 2), (2, 7), (31, 1), (63, 1), (33, 47), (257, 1031), (600, 5)]
)
def test_a_collapsed_model_has_the_worst_ranks_whatever_the_shape(rng, dimension, images, sentences):
    groups = np.arange(images), np.arange(sentences) % images
    own = (groups[0][:, None] == groups[1]).sum(axis=1)
    for _ in range(10):
        row, other = rng.normal(size=(2, dimension)).astype(np.float32)  # their product is rounded
        ranks = embedding_ranks(np.tile(row, (images, 1)), np.tile(other, (sentences, 1)), *groups, tile=(64, 128))
        assert ranks.i2t.tolist() == np.where(own > 0, sentences - own + 1, 0).tolist()
        assert (ranks.t2i == images).all()


def test_float32_rounding_does_not_break_ties(rng):
    """Copies of an image in other groups, anywhere, tie exactly although their products are rounded."""
    distinct = rng.normal(size=(40, 300)).astype(np.float32)
    copy = rng.integers(0, 40, 700)
    images, sentences = distinct[copy], rng.normal(size=(700, 300)).astype(np.float32)
    groups = np.arange(700)
    ranks = embedding_ranks(images, sentences, groups, groups, tile=(96, 160))
    exact = distinct.astype(np.float64) @ sentences.astype(np.float64).T  # (40, 700); copies are one row
    for m in range(700):
        assert ranks.t2i[m] == sum(exact[copy[n], m] >= exact[copy[m], m] for n in range(700) if n != m) + 1


def test_embeddings_equal_the_naive_twin_and_ranks_do_not_depend_on_order(rng):
    images, sentences = rng.integers(-2, 3, (61, 6)), rng.integers(-2, 3, (150, 6))  # integer products: exact
    groups = rng.integers(0, 30, 61), rng.integers(0, 30, 150)
    ranks = embedding_ranks(images, sentences, *groups, tile=(16, 32))
    i2t, t2i = ranks_twin(images @ sentences.T, *groups)
    assert ranks.i2t.tolist() == i2t
    assert ranks.t2i.tolist() == t2i
    p, q = rng.permutation(61), rng.permutation(150)
    permuted = embedding_ranks(images[p], sentences[q], groups[0][p], groups[1][q])
    assert (permuted.i2t == ranks.i2t[p]).all()
    assert (permuted.t2i == ranks.t2i[q]).all()


@pytest.mark.parametrize(
    "convert", [torch.from_numpy, lambda x: torch.from_numpy(x).double(), lambda x: x.astype("f2")]
)
def test_kinds_of_arrays(rng, convert):
    images, sentences = (rng.integers(-3, 4, (20, 8)).astype(np.float32) for _ in range(2))
    groups = np.arange(20)
    expected = embedding_ranks(images, sentences, groups, groups)
    ranks = embedding_ranks(convert(images), convert(sentences), groups, groups)
    assert (ranks.i2t == expected.i2t).all()
    assert (ranks.t2i == expected.t2i).all()


def test_read_only_memory_and_strings_as_groups(rng):
    images = rng.normal(size=(4, 3))
    images.setflags(write=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ranks = embedding_ranks(images, images, list("dbca"), list("dbca"))
    assert ranks.i2t.shape == (4,)


@pytest.mark.parametrize("room", [0, 20_000, 2**30])
def test_kept_tiles_change_nothing_and_each_tile_is_computed_about_once(rng, room, monkeypatch):
    monkeypatch.setattr(module, "KEPT_BYTES", room)
    scores = rng.integers(0, 9, (320, 800)).astype(np.float32)
    groups = np.repeat(np.arange(160), 2), np.repeat(np.arange(160), 5)
    called = []

    def score_tile(images, sentences):
        called.append((images.start, sentences.start))
        return scores[images, sentences]

    ranks = retrieval_ranks(score_tile, *groups, tile=(32, 80))
    i2t, t2i = ranks_twin(scores, *groups)
    assert ranks.i2t.tolist() == i2t
    assert ranks.t2i.tolist() == t2i
    assert len(set(called)) == 100
    assert len(called) == (110 if room == 0 else 100 if room > 10**6 else len(called))


def test_a_scorer_may_reuse_its_memory(many_to_many):
    scores, images, sentences = many_to_many
    memory = np.empty((16, 16), dtype=np.float32)

    def score_tile(rows, columns):
        memory[: rows.stop - rows.start, : columns.stop - columns.start] = scores[rows, columns]
        return memory[: rows.stop - rows.start, : columns.stop - columns.start]

    ranks = retrieval_ranks(score_tile, images, sentences, tile=(16, 16))
    assert ranks.i2t.tolist() == ranks_twin(scores, images, sentences)[0]


def test_scores_are_not_written_to(many_to_many):
    scores, images, sentences = many_to_many
    before = scores.copy()
    retrieval_ranks(tiles_of(scores), images, sentences, tile=(16, 16))
    assert (scores == before).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (5, 40), (52, 130)])
def test_a_score_that_is_not_finite_raises_and_is_named(many_to_many, bad, place):
    scores, images, sentences = many_to_many
    scores[place] = bad
    with pytest.raises(TwobranchError, match=rf"image {place[0]}, sentence {place[1]}: every score must be a finite"):
        retrieval_ranks(tiles_of(scores), images, sentences, tile=(20, 31))


def test_large_finite_scores_are_not_mistaken_for_infinite_ones():
    scores = np.full((3, 3), 3e38, dtype=np.float32)  # their sum overflows
    assert retrieval_ranks(tiles_of(scores), [0, 1, 2], [0, 1, 2]).i2t.tolist() == [3, 3, 3]


def test_an_embedding_that_is_not_finite_is_named(rng):
    images = rng.normal(size=(5, 3))
    images[3, 1] = np.nan
    with pytest.raises(TwobranchError, match="image_embeddings, row 3: every embedding must consist of finite numbers"):
        embedding_ranks(images, images, range(5), range(5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((2, 3)), np.ones((2, 4)), [0, 1], [0, 1]), "sentences must have the dimension of the images, 3"),
        ((np.ones((2, 3)), np.ones((2, 3)), [0, 1, 2], [0, 1]), "one row per group, 3, but found 2"),
        ((np.ones((2, 3)), np.ones((2, 3)), [0, 1], ["0", "1"]), "groups of one kind"),
        ((np.ones((0, 3)), np.ones((2, 3)), [], [0, 1]), "not empty"),
        ((np.ones(2), np.ones((2, 3)), [0, 1], [0, 1]), "matrix"),
    ],
)
def test_input_that_does_not_fit_raises(arguments, message):
    with pytest.raises(TwobranchError, match=message):
        embedding_ranks(*arguments)


def test_a_tile_of_another_shape_raises():
    with pytest.raises(TwobranchError, match="must have the shape asked for"):
        retrieval_ranks(lambda images, sentences: np.zeros((1, 1)), [0, 1], [0, 1])


def test_no_match_at_all_leaves_all_queries_unmatched():
    ranks = retrieval_ranks(tiles_of(np.zeros((2, 3))), [0, 1], [2, 3, 4])
    assert not ranks.i2t.any()
    assert not ranks.t2i.any()


def test_by_group_brings_matches_together():
    images, sentences = by_group(["x", "y", "x"], ["y", "x", "z", "y"])
    assert images.tolist() == [0, 2, 1]
    assert sentences.tolist() == [1, 0, 3, 2]


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
@pytest.mark.parametrize("convert", [np.asarray, torch.from_numpy, lambda x: x.astype("f2"), lambda x: x.astype("i2")])
def test_a_device_that_is_named_computes_the_same(rng, device, convert):
    images, sentences = (rng.integers(-3, 4, (count, 8)).astype(np.float32) for count in (70, 130))
    groups = rng.integers(0, 40, 70), rng.integers(0, 40, 130)
    i2t, t2i = ranks_twin(images @ sentences.T, *groups)
    ranks = embedding_ranks(convert(images), convert(sentences), *groups, device=device, tile=(16, 32))
    assert ranks.i2t.tolist() == i2t
    assert ranks.t2i.tolist() == t2i


def test_only_the_rows_of_a_tile_are_brought_to_the_device_and_to_float32(rng, tmp_path):
    """A memory map of half precision: nothing as large as the embeddings is ever made of it."""
    np.save(tmp_path / "images.npy", rng.normal(size=(300, 24)).astype(np.float16))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    scores = EmbeddingScores(images, images, device="cpu")
    assert all(side.dtype == torch.float16 and side.data_ptr() == images.ctypes.data for side in scores._sides)
    tile = scores(slice(0, 32), slice(32, 96))
    assert (tile.dtype, tile.shape) == (torch.float32, (32, 64))
    assert [block[1].shape[0] for block in scores._blocks] == [32, 64]
    np.testing.assert_allclose(tile, images[:32].astype("f4") @ images[32:96].astype("f4").T, atol=1e-5)


def test_tiles_are_computed_on_the_device_that_is_named_and_nowhere_else(rng):
    """Embeddings in memory, a device of another kind: `meta` computes nothing, but shows where things stand."""
    scores = EmbeddingScores(*rng.normal(size=(2, 40, 8)), device="meta")
    assert scores(slice(0, 16), slice(16, 40)).device.type == "meta"
    assert {side.device.type for side in scores._sides} == {"cpu"}
    assert {block[1].device.type for block in scores._blocks} == {"meta"}
