"""Every embedding loss: against its naive twin, its gradient, its symmetries, and what may never be a negative."""

import pytest
import torch

from tests.losses import naive
from twobranch.losses import (
    BidirectionalRanking,
    ImageStructure,
    InBatchCrossEntropy,
    SentenceStructure,
    masks_of_groups,
)
from twobranch.losses.masks import PairMask

TWINS = {
    "bidirectional": (
        BidirectionalRanking(margin=0.4, top_k=3),
        lambda x, y, m: naive.bidirectional_ranking(x, y, m.image_sentence, 0.4, 3, 1.5, 1.0),
    ),
    "single-direction": (
        BidirectionalRanking(margin=0.4, top_k=3, sentence_anchor=0),
        lambda x, y, m: naive.bidirectional_ranking(x, y, m.image_sentence, 0.4, 3, 0.0, 1.0),
    ),
    "sentence structure": (
        SentenceStructure(margin=0.4, top_k=3),
        lambda x, y, m: naive.structure(y, m.sentence_sentence, 0.4, 3),
    ),
    "image structure": (
        ImageStructure(margin=0.4, top_k=3),
        lambda x, y, m: naive.structure(x, m.image_image, 0.4, 3),
    ),
    "in-batch cross-entropy": (
        InBatchCrossEntropy(temperature=0.3),
        lambda x, y, m: naive.in_batch_cross_entropy(x, y, m.image_sentence, 0.3),
    ),
}


@pytest.fixture(params=TWINS)
def twin(request):
    return TWINS[request.param]


@pytest.mark.parametrize("seed", range(5))
def test_equals_its_naive_twin(twin, seed):
    loss, expected = twin
    images, sentences, image_groups, sentence_groups, texts = naive.random_batch(seed)
    masks = masks_of_groups(image_groups, sentence_groups, texts)
    assert loss(images, sentences, masks).item() == pytest.approx(expected(images, sentences, masks), abs=1e-9)


def test_gradient(twin):
    loss, _ = twin
    images, sentences, *codes = naive.random_batch(1, images=4, sentences=5)
    masks = masks_of_groups(*codes)
    images.requires_grad_()
    sentences.requires_grad_()
    assert torch.autograd.gradcheck(lambda x, y: loss(x, y, masks), (images, sentences))


def test_order_of_the_batch_does_not_matter(twin):
    loss, _ = twin
    images, sentences, image_groups, sentence_groups, texts = naive.random_batch(2)
    p, q = torch.randperm(len(images)), torch.randperm(len(sentences))
    one = loss(images, sentences, masks_of_groups(image_groups, sentence_groups, texts))
    other = loss(images[p], sentences[q], masks_of_groups(image_groups[p], sentence_groups[q], texts[q]))
    assert one.item() == pytest.approx(other.item(), abs=1e-12)


def test_pairs_that_match_or_are_ignored_are_never_negatives(twin):
    """Where no pair is a non-match, nothing can be violated and nothing pulls."""
    loss, _ = twin
    images, sentences, image_groups, sentence_groups, texts = naive.random_batch(3)
    masks = masks_of_groups(image_groups, sentence_groups, texts)
    none = type(masks)(*(PairMask(mask.match, torch.zeros_like(mask.non_match)) for mask in masks))
    images.requires_grad_()
    sentences.requires_grad_()
    value = loss(images, sentences, none)
    assert value.item() == 0.0
    gradients = torch.autograd.grad(value, (images, sentences), allow_unused=True)
    assert all(gradient is None or not gradient.any() for gradient in gradients)


def test_a_batch_without_pairs_gives_zero_and_no_gradient(twin):
    loss, _ = twin
    images = torch.eye(3, dtype=torch.double, requires_grad=True)
    masks = masks_of_groups(torch.tensor([0, 1, 2]), torch.tensor([7, 8, 9]))
    value = loss(images, images.detach(), masks)
    assert value.item() == 0.0


def test_equal_texts_of_other_groups_are_ignored():
    masks = masks_of_groups(torch.tensor([0, 1, 2]), torch.tensor([0, 1, 2]), torch.tensor([5, 5, 6]))
    assert masks.image_sentence.match.int().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert masks.image_sentence.non_match.int().tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]
    assert masks.sentence_sentence.non_match.int().tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


def test_top_k_of_all_is_the_plain_mean():
    images, sentences, image_groups, sentence_groups, _ = naive.random_batch(4)
    masks = masks_of_groups(image_groups, sentence_groups)
    every = BidirectionalRanking(margin=0.4, top_k=1000)(images, sentences, masks).item()
    expected = naive.bidirectional_ranking(images, sentences, masks.image_sentence, 0.4, 1000, 1.5, 1.0)
    assert every == pytest.approx(expected, abs=1e-9)


def test_single_direction_ignores_the_sentence_anchor():
    """With the other term off, sentences far from their image among images no longer matter."""
    images, sentences, image_groups, sentence_groups, _ = naive.random_batch(5)
    masks = masks_of_groups(image_groups, sentence_groups)
    both = BidirectionalRanking(margin=0.4)(images, sentences, masks)
    one = BidirectionalRanking(margin=0.4, sentence_anchor=0)(images, sentences, masks)
    other = BidirectionalRanking(margin=0.4, image_anchor=0)(images, sentences, masks)
    assert both.item() == pytest.approx((one + other).item())
    assert one.item() > 0
    assert other.item() > 0


def test_one_image_groups_have_no_image_structure():
    images, sentences, *_ = naive.random_batch(6)
    masks = masks_of_groups(torch.arange(len(images)), torch.zeros(len(sentences), dtype=torch.long))
    assert ImageStructure(margin=0.4)(images, sentences, masks).item() == 0.0
