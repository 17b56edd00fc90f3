"""Which pairs are drawn: every property that the sampling promises, on random masks."""

import pytest
import torch

from tests.losses import naive
from twobranch.losses.masks import PairMask
from twobranch.losses.pairs import draw_non_matches, draw_pairs


def relation(seed, images=9, sentences=14):
    return naive.random_masks(seed, images, sentences).image_sentence


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("negatives", [1, 2, 3, 4, 50])
def test_draws_every_match_and_so_many_negatives_of_each(seed, negatives):
    """The naive count, match by match, from the order that the draw documents: first wrong sentences, then images."""
    mask = relation(seed)
    torch.manual_seed(seed)
    pairs = draw_pairs(mask, negatives)
    drawn = list(zip(pairs.image.tolist(), pairs.sentence.tolist(), pairs.is_match.tolist(), strict=True))
    matches = [(b, c) for b in range(9) for c in range(14) if mask.match[b, c]]
    assert [(b, c) for b, c, is_match in drawn if is_match] == matches
    others = [(b, c) for b, c, is_match in drawn if not is_match]
    assert all(mask.non_match[b, c] for b, c in others)

    wrong_sentences, wrong_images, one_more = 0, 0, 0
    for b, c in matches:
        row, column = int(mask.non_match[b].sum()), int(mask.non_match[:, c].sum())
        wrong_sentences += min(negatives // 2, row)
        wrong_images += min(negatives // 2, column)
        one_more += int(row > negatives // 2 or column > negatives // 2)
    if negatives % 2 == 0:
        assert len(others) == wrong_sentences + wrong_images
    else:
        assert wrong_sentences + wrong_images <= len(others) <= wrong_sentences + wrong_images + one_more


def rings(items):
    """Item i matches i; i + 1 is ignored; the rest are non-matches."""
    match = torch.eye(items, dtype=torch.bool)
    return PairMask(match, ~(match | match.roll(1, 1)))


@pytest.mark.parametrize("negatives", [1, 2, 5])
def test_half_share_the_image_and_half_share_the_sentence(negatives):
    """One match per image and sentence, so that each negative's match is known by its place."""
    mask = rings(20)
    pairs = draw_pairs(mask, negatives)
    image, sentence = pairs.image[20:], pairs.sentence[20:]
    assert len(image) == 20 * negatives
    # The pairs with wrong sentences come first, ordered by their match, whose image they share.
    half = 20 * negatives // 2
    assert image[:half].tolist() == sorted(image[:half].tolist())
    assert sentence[half:].tolist() == sorted(sentence[half:].tolist())
    of_image = torch.bincount(image[:half], minlength=20)
    of_sentence = torch.bincount(sentence[half:], minlength=20)
    assert (of_image + of_sentence == negatives).all()
    assert set(of_image.tolist()) <= {negatives // 2, (negatives + 1) // 2}
    # Without replacement: a match never gets the same wrong item twice.
    assert len(set(zip(image[:half].tolist(), sentence[:half].tolist(), strict=True))) == half


def test_an_odd_negative_goes_to_either_side_of_any_match():
    sides = torch.zeros(6)
    for seed in range(400):
        torch.manual_seed(seed)
        pairs = draw_pairs(rings(6), negatives=1)
        sides += torch.bincount(pairs.image[6:9], minlength=6)
    assert ((sides / 400 - 0.5).abs() < 0.1).all()


def test_wrong_items_are_drawn_uniformly():
    counts = torch.zeros(6, 6)
    for seed in range(600):
        torch.manual_seed(seed)
        pairs = draw_pairs(rings(6), negatives=2)
        counts += torch.zeros(6, 6).index_put((pairs.image[6:], pairs.sentence[6:]), torch.tensor(1.0), accumulate=True)
    non_match = rings(6).non_match
    # Four non-matches in each row and column: each is drawn by its row, and by its column, in a quarter of the trials.
    assert not counts[~non_match].any()
    assert ((counts[non_match] / 600 - 0.5).abs() < 0.1).all()


def test_the_same_seed_draws_the_same_pairs():
    mask = relation(3)
    draws = []
    for seed in (5, 5, 6):
        torch.manual_seed(seed)
        draws.append(torch.stack(draw_pairs(mask, 4)[:2]).tolist())
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


@pytest.mark.parametrize(("images", "sentences"), [(0, 0), (3, 0), (0, 3), (3, 4)])
def test_nothing_is_drawn_where_nothing_matches(images, sentences):
    none = torch.zeros(images, sentences, dtype=torch.bool)
    pairs = draw_pairs(PairMask(none, ~none), 2)
    assert [len(column) for column in pairs] == [0, 0, 0]
    assert pairs.image.dtype == torch.int64
    assert pairs.is_match.dtype == torch.bool


def test_matches_stand_alone_where_there_is_no_non_match():
    every = torch.ones(2, 3, dtype=torch.bool)
    pairs = draw_pairs(PairMask(every, ~every), 4)
    assert pairs.is_match.tolist() == [True] * 6


def test_a_row_with_too_few_non_matches_gives_all_of_them():
    non_match = torch.tensor([[True, False, True, False], [True, True, True, True], [False] * 4])
    columns, drawn = draw_non_matches(non_match, 3)
    assert drawn.sum(1).tolist() == [2, 3, 0]
    assert sorted(columns[0][drawn[0]].tolist()) == [0, 2]
    assert len(set(columns[1].tolist())) == 3
