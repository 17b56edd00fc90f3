"""The parts of networks: what they compute, what they draw, and that they keep the promises of their docstrings."""

import math

import pytest
import torch
from torch import nn

from twobranch.errors import TwobranchError
from twobranch.models.bag_mlp import Bag, BagMLP
from twobranch.models.cca import canonical_directions
from twobranch.models.dropout import Dropout
from twobranch.models.group_classifier import GroupClassifierConfig
from twobranch.models.identity import Identity
from twobranch.models.network import Network
from twobranch.models.pair_head import ProductMLP


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.75])
def test_dropout_drops_its_share_and_keeps_the_mean(share):
    values = torch.ones(400, 501)  # no multiple of eight
    dropped = Dropout(share)(values)
    assert (dropped == 0).float().mean().item() == pytest.approx(share, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.02)


def test_dropout_decides_each_value_on_its_own():
    dropped = Dropout(0.5)(torch.ones(200_000)).view(-1, 8) == 0
    together = (dropped[:, 0] & dropped[:, 1]).float().mean().item()
    assert together == pytest.approx(0.25, abs=0.01)
    assert dropped.float().mean(0).tolist() == pytest.approx([0.5] * 8, abs=0.015)  # no byte of a word is biased


def test_dropout_passes_the_gradient_of_what_it_kept():
    values = torch.ones(1000, requires_grad=True)
    dropped = Dropout(0.5)(values)
    dropped.sum().backward()
    assert torch.equal(values.grad, dropped.detach())


def test_dropout_repeats_with_the_generator():
    dropout = Dropout(0.5)
    torch.manual_seed(3)
    one = dropout(torch.ones(100))
    torch.manual_seed(3)
    assert torch.equal(one, dropout(torch.ones(100)))


def test_a_bag_is_the_product_with_the_counts():
    bag = Bag(vocabulary=6, size=4)
    tokens = torch.tensor([[1, 5, 1, 0], [2, 0, 0, 0], [0, 0, 0, 0]])
    counts = torch.zeros(3, 6)
    for row, ids in enumerate(tokens.tolist()):
        for token in ids:
            counts[row, token] += token > 0
    assert torch.allclose(bag(tokens), counts @ bag.rows.weight)


def test_padding_learns_nothing():
    branch = BagMLP(hidden=(8,)).build(6, 4)
    branch(torch.tensor([[1, 0, 0], [2, 3, 0]])).sum().backward()
    gradient = branch[0].rows.weight.grad
    assert not gradient[0].any()
    assert gradient[1:4].any(1).all()


def test_a_tile_scores_each_pair_on_its_own():
    network = Network(torch.nn.Identity(), torch.nn.Identity(), "cosine", ProductMLP(hidden=(5,)).build(4)).eval()
    images, sentences = torch.randn(3, 4), torch.randn(6, 4)
    tile = network.score_tile(images, sentences)
    for i in range(3):
        for s in range(6):
            assert network.head(images[[i]], sentences[[s]]).item() == pytest.approx(tile[i, s].item(), abs=1e-5)


def classifier(groups=40, size=6):
    return GroupClassifierConfig(dropout=0.0, initial_scale=10.0).build(size, groups)


def test_candidates_hold_the_groups_of_the_batch_and_no_group_twice():
    own = torch.tensor([7, 3, 7])
    drawn = classifier().draw(own, 10)
    assert set(own.tolist()) <= set(drawn.groups.tolist())
    assert len(drawn.groups) == len(drawn.groups.unique()) == 12
    assert drawn.correction[torch.isin(drawn.groups, own)].tolist() == [0.0, 0.0]
    assert drawn.correction[~torch.isin(drawn.groups, own)].tolist() == pytest.approx([math.log(38 / 10)] * 10)


def test_all_candidates_are_the_whole_classifier():
    whole = classifier()
    projections = torch.randn(5, 6)
    drawn = whole.draw(torch.tensor([1]), 1000)
    assert torch.allclose(whole(projections, drawn), whole(projections))


def test_the_sum_over_candidates_is_unbiased():
    whole = classifier()
    projections = torch.randn(1, 6)
    exact = whole(projections).exp().sum().item()
    sums = [whole(projections, whole.draw(torch.tensor([0]), 8)).exp().sum().item() for _ in range(4000)]
    assert sum(sums) / len(sums) == pytest.approx(exact, rel=0.03)


def test_canonical_directions_are_those_of_a_plain_computation():
    x, y = torch.randn(400, 5), torch.randn(400, 4)
    y[:, 0] += 2 * x[:, 3]
    found = canonical_directions(x, y, 4, 1e-9)
    u, v = (x - x.mean(0)) @ found.x, (y - y.mean(0)) @ found.y
    joint = torch.corrcoef(torch.cat([u, v], 1).T)
    assert joint[:4, 4:].diagonal().tolist() == pytest.approx(found.correlations.tolist(), abs=1e-4)
    assert (joint[:4, :4] - torch.eye(4)).abs().max() < 1e-4
    # The first pair is the best there is: the largest root of the classic eigenvalue problem.
    x, y = (x - x.mean(0)).double(), (y - y.mean(0)).double()
    problem = torch.linalg.solve(x.T @ x, x.T @ y) @ torch.linalg.solve(y.T @ y, y.T @ x)
    best = torch.linalg.eigvals(problem).real.max().sqrt().item()
    assert found.correlations[0].item() == pytest.approx(best, abs=1e-4)


def test_a_network_without_weights_stands_somewhere():
    network = Network(nn.Identity(), nn.Identity(), "cosine")
    assert not list(network.parameters())
    assert network.device == torch.device("cpu")
    assert network.to("meta").device == torch.device("meta")
    assert not network.state_dict()


def test_identity_gives_the_feature_and_refuses_another_length():
    features = torch.randn(3, 5)
    assert torch.equal(Identity().build(5, 5)(features), features)
    with pytest.raises(TwobranchError, match=r"must be the length .* but found 4\. Set model.embedding=5"):
        Identity().build(5, 4)
