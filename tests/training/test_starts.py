"""Starts: canonical correlation sets linear branches, and says where it cannot."""

import numpy as np
import pytest
import torch

from tests.training import synthetic
from twobranch.errors import TwobranchError
from twobranch.matcher.architecture import Architecture
from twobranch.training.starts import CanonicalCorrelation


def network(embedding=6, hidden=()):
    side = {"branch": {"branch": "mlp", "hidden": list(hidden)}}
    model = Architecture.model_validate({"embedding": embedding, "image": side, "sentence": side})
    data = synthetic.split()
    built = model.build(synthetic.IMAGE_SIZE, synthetic.SENTENCE_SIZE)
    built.image["branch"].fit(torch.from_numpy(data.images.features))
    built.sentence["branch"].fit(torch.from_numpy(data.sentences.features))
    return built.eval(), data


def test_it_matches_without_any_training():
    start, data = network()
    untrained = synthetic.rsum(start, data)
    CanonicalCorrelation(regularization=1e-3).apply(start, data, seed=0)
    assert synthetic.rsum(start, data) > untrained + 200


def test_embeddings_of_matching_pairs_are_centered_and_correlated():
    start, data = network()
    CanonicalCorrelation(regularization=1e-6, power=0).apply(start, data, seed=0)
    with torch.no_grad():
        x = start.image["branch"](torch.from_numpy(data.images.features[data.sentence_images]))
        y = start.sentence["branch"](torch.from_numpy(data.sentences.features))
    assert x.mean(0).abs().max() < 1e-4
    assert np.corrcoef(x[:, 0], y[:, 0])[0, 1] > 0.9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden": (16,)}, "needs a linear image branch"),
        ({"embedding": 11}, "at most the length of the sentence feature, 10"),
    ],
)
def test_what_it_cannot_set_is_named(options, message):
    start, data = network(**options)
    with pytest.raises(TwobranchError, match=message):
        CanonicalCorrelation().apply(start, data, seed=0)
