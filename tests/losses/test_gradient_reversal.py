"""Gradient reversal: what comes before it is turned around, what comes after it is not (methods.md 8, invariant 11)."""

import pytest
import torch

from twobranch.losses import ModalityClassification, gradient_reversal

IS_IMAGE = torch.tensor([True, False, True, False, False])


def gradients(between):
    """The gradients of a branch and of a modality classifier behind it; `between` stands between the two."""
    torch.manual_seed(0)
    branch, classifier = torch.nn.Linear(4, 3).double(), torch.nn.Linear(3, 1).double()
    logits = classifier(between(branch(torch.randn(5, 4, dtype=torch.double))))[:, 0]  # (N,)
    ModalityClassification(reversal=True)(logits, IS_IMAGE).backward()
    return [p.grad for p in branch.parameters()], [p.grad for p in classifier.parameters()]


@pytest.mark.parametrize("strength", [1.0, 0.3, 0.0])
def test_turns_the_branch_around_and_leaves_the_classifier(strength):
    branch, classifier = gradients(lambda x: x)
    reversed_branch, reversed_classifier = gradients(lambda x: gradient_reversal(x, strength))
    for plain, reversed_ in zip(branch, reversed_branch, strict=True):
        assert plain.any()
        torch.testing.assert_close(reversed_, -strength * plain)
    for plain, reversed_ in zip(classifier, reversed_classifier, strict=True):
        assert plain.any()
        assert torch.equal(reversed_, plain)


def test_is_the_identity_forwards():
    x = torch.randn(2, 3, 4)
    assert torch.equal(gradient_reversal(x, 0.5), x)


def test_twice_is_the_plain_gradient():
    branch, _ = gradients(lambda x: x)
    twice, _ = gradients(lambda x: gradient_reversal(gradient_reversal(x)))
    for plain, other in zip(branch, twice, strict=True):
        assert torch.equal(plain, other)


def test_a_step_against_the_gradient_raises_the_loss():
    """The branch's update makes the classifier worse, which is what the branch is for."""
    x = torch.randn(5, dtype=torch.double, requires_grad=True)
    loss = ModalityClassification()
    (gradient,) = torch.autograd.grad(loss(gradient_reversal(x), IS_IMAGE), x)
    assert loss(x - 0.1 * gradient, IS_IMAGE) > loss(x, IS_IMAGE)
