"""Steps: what each kind of loss is given, what moves, and what stands still."""

import numpy as np
import pytest
import torch
import yaml

from tests.training import synthetic
from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.losses import Instance, ModalityClassification
from twobranch.training.data import Feed
from twobranch.training.forward import Forward
from twobranch.training.precision import Precision
from twobranch.training.recipe import Recipe
from twobranch.training.samplers import Rows
from twobranch.training.steps import RunningStep

FLOAT32 = Precision.of("float32", torch.device("cpu"))

RECIPE = """
model:
  embedding: 8
  image: {branch: {branch: mlp, hidden: [16], dropout: 0}}
  sentence: {branch: {branch: mlp, hidden: [16], dropout: 0}}
  head: {head: product-mlp, hidden: [4]}
classifiers: {group: {dropout: 0}, modality: {hidden: [4]}}
stages:
  - name: only
    sampler: {sampler: neighborhood, images: 10, sentences: 2}
    steps:
      - trains: PARTS
        losses: LOSSES
        optimizer: {optimizer: sgd, learning_rate: 0.1, momentum: 0}
    length: 1
"""
EVERYTHING = "[image.branch, sentence.branch, head, group_classifier, modality_classifier]"


def recipe(losses, parts=EVERYTHING):
    return validated(Recipe, yaml.safe_load(RECIPE.replace("PARTS", parts).replace("LOSSES", losses)), "test")


def network_of(recipe, data):
    torch.manual_seed(0)
    matching = recipe.model.build(synthetic.IMAGE_SIZE, synthetic.SENTENCE_SIZE)
    return recipe.classifiers.build(matching, recipe.model.embedding, len(data.groups)).train()


def batch_of(recipe, data, images=(3, 1), sentences=(9, 10, 4)):
    feed = Feed(data, recipe.stages[0].inputs, torch.device("cpu"))
    return feed.batch(Rows(np.array(images), np.array(sentences)), np.random.default_rng(0))


def moved(losses, parts=EVERYTHING, at=0):
    """How far each part moves in one update."""
    asked, data = recipe(losses, parts), synthetic.split()
    network = network_of(asked, data)
    start = {name: [p.detach().clone() for p in network.part(name).parameters()] for name in network.part_names()}
    RunningStep(asked.stages[0].steps[0], network, FLOAT32)(batch_of(asked, data), at, 10, 10)
    return {
        name: torch.cat([(p - q).flatten() for p, q in zip(network.part(name).parameters(), was, strict=True)])
        for name, was in start.items()
    }


@pytest.mark.parametrize(
    ("losses", "learns"),
    [
        ("[in-batch-cross-entropy]", {"image.branch", "sentence.branch"}),
        ("[logistic-pairs]", {"image.branch", "sentence.branch", "head"}),
        ("[{loss: instance, side: image}]", {"image.branch", "group_classifier"}),
        ("[{loss: instance, side: sentence}]", {"sentence.branch", "group_classifier"}),
        ("[modality]", {"image.branch", "sentence.branch", "modality_classifier"}),
    ],
)
def test_each_kind_of_loss_reaches_its_parts(losses, learns):
    assert {name for name, change in moved(losses).items() if change.any()} == learns


def test_what_a_step_does_not_name_stands_still():
    change = moved("[modality]", "[modality_classifier]")
    assert {name for name, moved in change.items() if moved.any()} == {"modality_classifier"}


def test_reversal_turns_the_branches_around_and_not_the_classifier():
    """Invariant of gradient reversal: the encoder's gradient flips, the classifier's does not."""
    plain, turned = moved("[modality]"), moved("[{loss: modality, reversal: true}]")
    for name in ("image.branch", "sentence.branch"):
        assert torch.allclose(plain[name], -turned[name], atol=1e-7)
    assert torch.allclose(plain["modality_classifier"], turned["modality_classifier"], atol=1e-7)


def test_a_ramp_begins_at_nothing_and_ends_near_the_whole():
    ramped = "[{loss: modality, ramp: true}]"
    assert not any(change.any() for change in moved(ramped, at=0).values())
    whole, late = moved("[modality]", at=9), moved(ramped, at=9)
    assert torch.allclose(late["image.branch"], whole["image.branch"], rtol=1e-3, atol=1e-7)


def test_classes_are_the_numbers_of_the_groups():
    asked, data = recipe("[in-batch-cross-entropy]"), synthetic.split()
    forward = Forward(network_of(asked, data), batch_of(asked, data), FLOAT32)
    logits, classes = forward.classes(Instance(side="sentence"))
    assert logits.shape == (3, len(data.groups))
    assert classes.tolist() == [3, 3, 1]  # three sentences to an image


def test_candidates_are_shared_by_both_sides_and_hold_their_groups():
    asked, data = recipe("[in-batch-cross-entropy]"), synthetic.split()
    network = network_of(asked, data)
    forward = Forward(network, batch_of(asked, data), FLOAT32)
    images, own = forward.classes(Instance(side="image", candidates=5))
    sentences, other = forward.classes(Instance(side="sentence", candidates=5))
    assert images.shape == (2, 7)
    assert sentences.shape == (3, 7)
    assert own.tolist() == [other[0].item(), other[2].item()]
    whole, groups = Forward(network, batch_of(asked, data), FLOAT32).classes(Instance(side="image"))
    rows = torch.arange(2)
    assert torch.allclose(images[rows, own], whole[rows, groups])


def test_modalities_are_told_apart_by_position():
    asked, data = recipe("[in-batch-cross-entropy]"), synthetic.split()
    forward = Forward(network_of(asked, data), batch_of(asked, data), FLOAT32)
    logits, is_image = forward.modalities(ModalityClassification())
    assert logits.shape == (5,)
    assert is_image.tolist() == [True, True, False, False, False]


@pytest.mark.parametrize("loss", ["logistic-pairs", "{loss: instance, side: image}", "modality"])
def test_a_loss_without_its_network_says_what_is_missing(loss):
    asked = recipe(f"[{loss}]", "[image.branch]")
    bare = asked.model_copy(
        update={
            "model": asked.model.model_copy(update={"head": None}),
            "classifiers": type(asked.classifiers)(),
        }
    )
    data = synthetic.split()
    step = RunningStep(bare.stages[0].steps[0], network_of(bare, data), FLOAT32)
    with pytest.raises(TwobranchError, match="a network that the recipe does not have"):
        step(batch_of(bare, data), 0, 1, 1)


def test_losses_see_float32_whatever_the_networks_compute_in():
    asked, data = recipe("[in-batch-cross-entropy]"), synthetic.split()
    network, batch = network_of(asked, data), batch_of(asked, data)
    exact = Forward(network, batch, FLOAT32)
    rounded = Forward(network, batch, Precision.of("bfloat16", torch.device("cpu")))
    assert rounded.image_embeddings.dtype == torch.float32
    assert not torch.equal(exact.image_embeddings, rounded.image_embeddings)
    assert torch.allclose(exact.image_embeddings, rounded.image_embeddings, atol=0.05)
