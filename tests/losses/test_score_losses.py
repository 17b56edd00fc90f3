"""The losses on the scores of all pairs."""

import pytest
import torch

from tests.losses import naive
from twobranch.losses import LOSSES, SoftmaxOverRegions
from twobranch.losses.masks import PairMask

TWINS = {
    "softmax over regions": (
        SoftmaxOverRegions(scale=3.0),
        lambda scores, mask: naive.softmax_over_regions(scores, mask, 3.0),
    )
}


def scored(seed):
    """Scores (7, 12) with any relation."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(7, 12, generator=generator, dtype=torch.double), naive.random_masks(seed, 7, 12).image_sentence


def test_every_score_loss_has_a_twin():
    assert {type(loss) for loss, _ in TWINS.values()} == {one for one in LOSSES.values() if one.kind == "score"}


@pytest.fixture(params=TWINS)
def twin(request):
    return TWINS[request.param]


@pytest.mark.parametrize("seed", range(5))
def test_equals_its_naive_twin(twin, seed):
    loss, expected = twin
    scores, mask = scored(seed)
    assert loss(scores, mask).item() == pytest.approx(expected(scores, mask), abs=1e-9)


def test_gradient(twin):
    loss, _ = twin
    scores, mask = scored(1)
    assert torch.autograd.gradcheck(lambda x: loss(x, mask), scores.requires_grad_())


@pytest.mark.parametrize("seed", range(5))
def test_a_score_is_pushed_down_only_for_a_non_match(twin, seed):
    loss, _ = twin
    scores, mask = scored(seed)
    loss(scores.requires_grad_(), mask).backward()
    assert (scores.grad[mask.match] <= 0).all()
    assert (scores.grad[mask.non_match] >= 0).all()
    assert not scores.grad[~mask.match & ~mask.non_match].any()
    assert scores.grad[mask.match].any()
    assert scores.grad[mask.non_match].any()


def test_order_of_the_batch_does_not_matter(twin):
    loss, _ = twin
    scores, mask = scored(2)
    p, q = torch.randperm(7), torch.randperm(12)
    shuffled = PairMask(mask.match[p][:, q], mask.non_match[p][:, q])
    assert loss(scores[p][:, q], shuffled).item() == pytest.approx(loss(scores, mask).item(), abs=1e-12)


@pytest.mark.parametrize("kept", ["match", "non_match"])
def test_without_matches_or_without_non_matches_it_is_zero(twin, kept):
    loss, _ = twin
    scores, mask = scored(3)
    nothing = torch.zeros_like(mask.match)
    value = loss(scores.requires_grad_(), PairMask(nothing, nothing)._replace(**{kept: getattr(mask, kept)}))
    assert value.item() == 0.0
    value.backward()
    assert not scores.grad.any()


def test_near_duplicates_share_one_probability():
    """Two equal matches are as good as one: nothing is gained by telling them apart."""
    one = SoftmaxOverRegions(scale=1.0)(
        torch.tensor([[2.0], [0.0]]), PairMask(torch.tensor([[True], [False]]), torch.tensor([[False], [True]]))
    )
    again = SoftmaxOverRegions(scale=1.0)(
        torch.tensor([[2.0], [-9.0], [0.0]]),
        PairMask(torch.tensor([[True], [True], [False]]), torch.tensor([[False], [False], [True]])),
    )
    assert one.item() == pytest.approx(again.item(), abs=1e-4)
