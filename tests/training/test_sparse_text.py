"""Text whose features are nearly all zero is trained on without the zeros."""

import numpy as np
import pytest
import torch
import yaml
from torch.utils._python_dispatch import TorchDispatchMode

from tests.training import synthetic
from twobranch.config import validated
from twobranch.features.fitted_rows import FittedRows
from twobranch.features.ngrams import Ngrams
from twobranch.features.sentence_encoders import NgramsConfig, TfidfConfig
from twobranch.features.tfidf import Tfidf
from twobranch.features.token_rows import TokenRows
from twobranch.training.data import Feed, SplitData
from twobranch.training.inputs import Features, Side
from twobranch.training.precision import Precision
from twobranch.training.recipe import Recipe
from twobranch.training.samplers import Rows
from twobranch.training.steps import RunningStep

RECIPE = """
model:
  embedding: 8
  image: {branch: {branch: mlp, hidden: [16], dropout: 0}}
  sentence: {branch: BRANCH}
stages:
  - name: only
    sampler: {sampler: neighborhood, images: 10, sentences: 2}
    steps:
      - losses: [in-batch-cross-entropy]
        optimizer: {optimizer: sgd, learning_rate: 0.01}
    length: 1
"""
SENTENCES = [" ".join(f"w{(7 * row + k * k) % 97}x{row % 50}" for k in range(6)) + " dog" for row in range(120)]
ROWS = Rows(np.arange(20), np.arange(60))


class Largest(TorchDispatchMode):
    """The most rows times vocabulary that a dense tensor has had."""

    def __init__(self, vocabulary):
        super().__init__()
        self.vocabulary, self.rows = vocabulary, 0

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        result = function(*arguments, **(options or {}))
        for tensor in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided:
                # Weights are (V, H) or (H, V) with H = 16; a batch of counts would be (60, V).
                self.rows = max(self.rows, tensor.numel() // self.vocabulary)
        return result


def rows_of(encoder, kind):
    encoder.fit(SENTENCES)
    return kind(encoder, SENTENCES)


def step_on(features, branch):
    """One update on these sentences; the network, and what it saw."""
    recipe = validated(Recipe, yaml.safe_load(RECIPE.replace("BRANCH", branch)), "test")
    data = synthetic.split()
    data = SplitData(
        data.images, Side(SENTENCES, features, data.sentences.groups), data.sentence_images, data.text_codes
    )
    torch.manual_seed(0)
    matching = recipe.model.build(synthetic.IMAGE_SIZE, features.shape[1])
    sentence = matching.sentence["branch"]
    if hasattr(sentence, "fit"):
        sentence.fit(Features().of(data.sentences)(np.arange(120), np.random.default_rng(0)))
    network = recipe.classifiers.build(matching, 8, len(data.groups)).train()
    step = RunningStep(recipe.stages[0].steps[0], network, Precision.of("float32", torch.device("cpu")))
    with Largest(features.shape[1]) as largest:
        batch = Feed(data, recipe.stages[0].inputs, torch.device("cpu")).batch(ROWS, np.random.default_rng(0))
        step(batch, 0, 10, 10)
    return network, largest.rows


@pytest.mark.parametrize("branch", ["{branch: mlp, hidden: [16], dropout: 0, standardize: false}",
                                    "{branch: mlp, hidden: [16], dropout: 0}"])  # fmt: skip
def test_weighted_counts_are_never_dense(branch, monkeypatch):
    features = rows_of(Tfidf(TfidfConfig(min_df=1)), FittedRows)
    dense, seen_dense = step_on(features.array(), branch)
    monkeypatch.setattr(FittedRows, "__getitem__", None)
    sparse, seen = step_on(features, branch)
    assert seen_dense >= 60
    assert seen < 30
    for (name, one), other in zip(dense.state_dict().items(), sparse.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5, msg=name)


def test_counts_of_a_bag_are_never_dense():
    features = rows_of(Ngrams(NgramsConfig(orders=(1, 2), min_count=1)), TokenRows)
    assert features.shape[1] > 500
    _, seen = step_on(features, "{branch: bag-mlp, hidden: [16], dropout: 0}")
    assert seen < 30


def test_dropped_inputs_are_made_dense_for_they_are_not_zero():
    features = rows_of(Tfidf(TfidfConfig(min_df=1)), FittedRows)
    _, seen = step_on(features, "{branch: mlp, hidden: [16], dropout: 0, input_dropout: 0.1}")
    assert seen >= 60
