import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def many_to_many(rng):
    """Groups with several images and sentences, some on one side only, in no order, and scores with many ties."""
    images, sentences = rng.integers(0, 25, 53), rng.integers(3, 30, 131)
    scores = rng.integers(0, 12, (53, 131)).astype(np.float32)
    return scores, images, sentences
