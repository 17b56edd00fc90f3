"""The losses on logits: of pairs, of classes and of modality."""

import math

import pytest
import torch

from tests.losses import naive
from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.losses import LOSSES, Instance, InvertedModality, LogisticPairs, ModalityClassification

FLAGS = {
    "logistic pairs": (LogisticPairs(), naive.logistic_pairs),
    "modality": (ModalityClassification(), lambda logits, is_image: naive.modality(logits, is_image, inverted=False)),
    "inverted modality": (InvertedModality(), lambda logits, is_image: naive.modality(logits, is_image, inverted=True)),
}
"""Losses of (N,) logits and (N,) bool."""


def batch(seed, items=12, classes=5):
    """Logits (N,), flags (N,), logits over classes (N, K) and classes (N,)."""
    generator = torch.Generator().manual_seed(seed)
    return (
        2 * torch.randn(items, generator=generator, dtype=torch.double),
        torch.rand(items, generator=generator) < 0.3,
        2 * torch.randn(items, classes, generator=generator, dtype=torch.double),
        torch.randint(classes, (items,), generator=generator),
    )


@pytest.fixture(params=FLAGS)
def twin(request):
    return FLAGS[request.param]


@pytest.mark.parametrize("seed", range(5))
def test_equals_its_naive_twin(twin, seed):
    loss, expected = twin
    logits, flags, _, _ = batch(seed)
    assert loss(logits, flags).item() == pytest.approx(expected(logits, flags), abs=1e-9)
    only = torch.ones_like(flags)
    assert loss(logits, only).item() == pytest.approx(expected(logits, only), abs=1e-9)


def test_gradient(twin):
    loss, _ = twin
    logits, flags, _, _ = batch(1)
    assert torch.autograd.gradcheck(lambda x: loss(x, flags), logits.requires_grad_())


def test_order_of_the_batch_does_not_matter(twin):
    loss, _ = twin
    logits, flags, _, _ = batch(2)
    order = torch.randperm(len(logits))
    assert loss(logits[order], flags[order]).item() == pytest.approx(loss(logits, flags).item(), abs=1e-12)


def test_nothing_gives_zero(twin):
    loss, _ = twin
    logits = torch.zeros(0, requires_grad=True)
    value = loss(logits, torch.zeros(0, dtype=torch.bool))
    assert value.item() == 0.0
    assert value.requires_grad


def test_sure_logits_stay_finite(twin):
    loss, _ = twin
    logits = torch.tensor([1000.0, -1000.0, 1000.0, -1000.0], requires_grad=True)
    value = loss(logits, torch.tensor([True, True, False, False]))
    (gradient,) = torch.autograd.grad(value, logits)
    assert value.item() == pytest.approx(500.0)
    assert torch.isfinite(gradient).all()


def test_a_match_is_pulled_up_and_a_non_match_pushed_down():
    logits, is_match, _, _ = batch(3)
    logits.requires_grad_()
    LogisticPairs()(logits, is_match).backward()
    assert (logits.grad[is_match] < 0).all()
    assert (logits.grad[~is_match] > 0).all()


def test_the_modalities_weigh_the_same():
    """Twice as many sentences, each with the same logits, change nothing."""
    logits, is_image, _, _ = batch(4)
    doubled = torch.cat([logits, logits[~is_image]]), torch.cat([is_image, is_image[~is_image]])
    one, two = ModalityClassification()(logits, is_image), ModalityClassification()(*doubled)
    assert one.item() == pytest.approx(two.item())


def test_inverted_labels_mirror_the_classification():
    logits, is_image, _, _ = batch(5)
    inverted = InvertedModality()(logits, is_image).item()
    assert inverted == pytest.approx(ModalityClassification()(-logits, is_image).item())
    assert inverted != pytest.approx(ModalityClassification()(logits, is_image).item())


def test_inverted_labels_with_reversal_are_an_error():
    with pytest.raises(TwobranchError, match="oppose the classifier already"):
        validated(InvertedModality, {"reversal": True}, "recipe")
    assert validated(ModalityClassification, {"reversal": True}, "recipe").reversal


@pytest.mark.parametrize("seed", range(5))
def test_instance_equals_its_naive_twin(seed):
    _, _, logits, classes = batch(seed)
    value = Instance(side="image")(logits, classes).item()
    assert value == pytest.approx(naive.instance(logits, classes), abs=1e-9)


def test_instance_gradient():
    _, _, logits, classes = batch(1)
    loss = Instance(side="sentence")
    assert torch.autograd.gradcheck(lambda x: loss(x, classes), logits.requires_grad_())


def test_instance_depends_neither_on_the_order_of_items_nor_of_classes():
    _, _, logits, classes = batch(2)
    items, columns = torch.randperm(12), torch.randperm(5)
    moved = columns.argsort()[classes[items]]
    value = Instance(side="image")(logits[items][:, columns], moved).item()
    assert value == pytest.approx(Instance(side="image")(logits, classes).item(), abs=1e-12)


def test_instance_of_nothing_is_zero():
    logits = torch.zeros(0, 5, requires_grad=True)
    value = Instance(side="image")(logits, torch.zeros(0, dtype=torch.long))
    assert value.item() == 0.0
    assert value.requires_grad


def test_a_guess_costs_the_log_of_the_choices():
    flags = torch.tensor([True, False, False])
    assert LogisticPairs()(torch.zeros(3), flags).item() == pytest.approx(math.log(2))
    assert ModalityClassification()(torch.zeros(3), flags).item() == pytest.approx(math.log(2))
    assert InvertedModality()(torch.zeros(3), flags).item() == pytest.approx(math.log(2))
    assert Instance(side="image")(torch.zeros(3, 7), torch.arange(3)).item() == pytest.approx(math.log(7))


def test_every_loss_on_logits_is_tested_here():
    tested = {type(loss) for loss, _ in FLAGS.values()} | {Instance}
    assert tested == {loss for loss in LOSSES.values() if loss.kind not in ("embedding", "score", "words")}
