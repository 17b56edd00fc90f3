"""Every embedding loss: against its naive twin, its gradient, its symmetries, and what may never be a negative."""

import pytest
import torch

from tests.losses import naive
from twobranch.losses import (
    LOSSES,
    BidirectionalRanking,
    GlobalRanking,
    ImageStructure,
    InBatchCrossEntropy,
    InBatchInstance,
    SentenceStructure,
    Sigmoid,
    masks_of_groups,
)
from twobranch.losses.masks import PairMask
from twobranch.losses.softmax import softmax_over_non_matches

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
    "global ranking, both": (
        GlobalRanking(margin=0.4),
        lambda x, y, m: naive.global_ranking(x, y, m.image_sentence, 0.4, "both", naive.every),
    ),
    "global ranking, sentence": (
        GlobalRanking(margin=0.4, negatives="sentence"),
        lambda x, y, m: naive.global_ranking(x, y, m.image_sentence, 0.4, "sentence", naive.every),
    ),
    "global ranking, image": (
        GlobalRanking(margin=0.4, negatives="image"),
        lambda x, y, m: naive.global_ranking(x, y, m.image_sentence, 0.4, "image", naive.every),
    ),
    "global ranking, hard": (
        GlobalRanking(margin=0.4, choice="hard", k=3),
        lambda x, y, m: naive.global_ranking(x, y, m.image_sentence, 0.4, "both", naive.hardest(3)),
    ),
    "global ranking, the hardest": (
        GlobalRanking(margin=0.2, choice="hard", k=1),
        lambda x, y, m: naive.global_ranking(x, y, m.image_sentence, 0.2, "both", naive.hardest(1)),
    ),
    "global ranking, random, so many that all are drawn": (
        GlobalRanking(margin=0.4, choice="random-k", k=100),
        lambda x, y, m: naive.global_ranking(x, y, m.image_sentence, 0.4, "both", naive.every),
    ),
    "sigmoid": (
        Sigmoid(temperature=0.3, bias=-1.0),
        lambda x, y, m: naive.sigmoid(x, y, m.image_sentence, 0.3, -1.0),
    ),
    "in-batch instance": (
        InBatchInstance(temperature=0.3),
        lambda x, y, m: naive.in_batch_instance(x, y, m, 0.3),
    ),
}

OF_SCORES = (GlobalRanking, Sigmoid, InBatchCrossEntropy)
"""Losses that see embeddings only through their inner products."""


def test_every_embedding_loss_has_a_twin():
    tested = {type(loss) for loss, _ in TWINS.values()}
    assert tested == {loss for loss in LOSSES.values() if loss.kind == "embedding"}


@pytest.fixture(params=TWINS)
def twin(request):
    return TWINS[request.param]


@pytest.mark.parametrize("seed", range(5))
def test_equals_its_naive_twin(twin, seed):
    loss, expected = twin
    images, sentences, image_groups, sentence_groups, texts = naive.random_batch(seed)
    masks = masks_of_groups(image_groups, sentence_groups, texts)
    assert loss(images, sentences, masks).item() == pytest.approx(expected(images, sentences, masks), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_equals_its_naive_twin_under_random_masks(twin, seed):
    """Raw embeddings of any length, and a relation that no groups could give."""
    loss, expected = twin
    images, sentences, *_ = naive.random_batch(seed)
    images, sentences = 1.5 * images, 0.7 * sentences
    masks = naive.random_masks(seed, len(images), len(sentences))
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


@pytest.mark.parametrize("name", [name for name in TWINS if name != "sigmoid"])
def test_pairs_that_match_or_are_ignored_are_never_negatives(name):
    """Where no pair is a non-match, nothing can be violated and nothing pulls; the sigmoid loss still pulls matches."""
    loss, _ = TWINS[name]
    images, sentences, image_groups, sentence_groups, texts = naive.random_batch(3)
    masks = masks_of_groups(image_groups, sentence_groups, texts)
    kinds = masks.image_sentence, masks.image_image, masks.sentence_sentence
    none = naive.GivenMasks(*(PairMask(mask.match, torch.zeros_like(mask.non_match)) for mask in kinds))
    images.requires_grad_()
    sentences.requires_grad_()
    value = loss(images, sentences, none)
    assert value.item() == 0.0
    gradients = torch.autograd.grad(value, (images, sentences), allow_unused=True)
    assert all(gradient is None or not gradient.any() for gradient in gradients)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", [name for name, (loss, _) in TWINS.items() if isinstance(loss, OF_SCORES)])
def test_a_score_is_pushed_down_only_for_a_non_match(name, seed):
    """Matches are never pushed down, non-matches never pulled up, ignored pairs never touched."""
    loss, _ = TWINS[name]
    masks = naive.random_masks(seed, 7, 12)
    # With unit vectors as images, the sentence embeddings are the scores themselves, and so are their gradients.
    scores = torch.randn(12, 7, dtype=torch.double, requires_grad=True)
    loss(torch.eye(7, dtype=torch.double), scores, masks).backward()
    match, non_match = masks.image_sentence.transposed()
    assert (scores.grad[match] <= 0).all()
    assert (scores.grad[non_match] >= 0).all()
    assert not scores.grad[~match & ~non_match].any()
    assert scores.grad[match].any()
    assert scores.grad[non_match].any()


@pytest.mark.parametrize(("images", "sentences"), [(3, 0), (0, 3), (0, 0)])
def test_an_empty_side_gives_zero(twin, images, sentences):
    loss, _ = twin
    x, y = torch.zeros(images, 4, requires_grad=True), torch.zeros(sentences, 4, requires_grad=True)
    value = loss(x, y, masks_of_groups(torch.arange(images), torch.arange(sentences)))
    assert value.item() == 0.0
    assert value.requires_grad


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


def test_random_negatives_are_a_uniform_sample_of_the_batch():
    """Each of a match's negatives counts with probability k / number of them, so that the expectation is known."""
    images, sentences, *_ = naive.random_batch(7)
    masks = masks_of_groups(torch.arange(7), torch.arange(12) % 7)
    torch.manual_seed(0)
    for side in ("sentence", "image"):
        loss = GlobalRanking(margin=0.4, negatives=side, choice="random-k", k=2)
        drawn = torch.stack([loss(images, sentences, masks) for _ in range(3000)])
        expected = naive.global_ranking(
            images,
            sentences,
            masks.image_sentence,
            0.4,
            side,
            lambda hinges: [2 / len(hinges) * hinge for hinge in hinges],
        )
        assert drawn.mean().item() == pytest.approx(expected, rel=0.02)
        assert drawn.std() > 0


def test_a_match_has_k_random_negatives_on_each_side_or_all_there_are():
    """Where all scores are equal, the loss counts the negatives."""
    masks = masks_of_groups(torch.arange(7), torch.arange(7))
    for k, counted in ((3, 3 + 3), (1000, 6 + 6)):
        loss = GlobalRanking(margin=1.0, choice="random-k", k=k)
        assert loss(torch.zeros(7, 2), torch.zeros(7, 2), masks).item() == pytest.approx(counted)


def test_both_sides_add_up():
    images, sentences, image_groups, sentence_groups, _ = naive.random_batch(9)
    masks = masks_of_groups(image_groups, sentence_groups)
    values = {
        side: GlobalRanking(margin=0.4, negatives=side)(images, sentences, masks).item()
        for side in ("sentence", "image", "both")
    }
    assert values["both"] == pytest.approx(values["sentence"] + values["image"])
    assert values["sentence"] != pytest.approx(values["image"])


def test_an_image_that_matches_nothing_is_not_classified_but_stands_against_the_others():
    images, sentences, *_ = naive.random_batch(10, images=3, sentences=2)
    pair = masks_of_groups(torch.tensor([0, 1]), torch.tensor([0, 1]))
    with_lonely = masks_of_groups(torch.tensor([0, 1, 2]), torch.tensor([0, 1]))
    loss = InBatchInstance(temperature=0.3)
    assert loss(images, sentences, with_lonely).item() > loss(images[:2], sentences, pair).item()
    lonely = images.clone().requires_grad_()
    assert loss(lonely[2:], sentences, masks_of_groups(torch.tensor([2]), torch.tensor([0, 1]))).item() == 0.0


def test_large_scores_stay_finite():
    """Raw inner products may be of any size; what is masked must stay below them."""
    images = torch.tensor([[3000.0, 0.0], [0.0, -3000.0]], requires_grad=True)
    masks = masks_of_groups(torch.tensor([0, 1]), torch.tensor([0, 1]))
    for loss in (InBatchCrossEntropy(), Sigmoid(), GlobalRanking()):
        value = loss(images, -images.detach(), masks)
        (gradient,) = torch.autograd.grad(value, images)
        assert torch.isfinite(value)
        assert torch.isfinite(gradient).all()
    row = PairMask(torch.tensor([[True, False]]), torch.zeros(1, 2, dtype=torch.bool))
    assert softmax_over_non_matches(torch.tensor([[-60000.0, 0.0]]), row).item() == 0.0
