"""Mined sentences: the most similar of the drawn ones, never an image's own, never words of several images."""

import numpy as np
import torch

from tests.training import synthetic
from twobranch.matcher.architecture import Architecture
from twobranch.models import Classifiers
from twobranch.training.data import Feed
from twobranch.training.inputs import Inputs
from twobranch.training.mining import Mining, with_mined
from twobranch.training.precision import Precision
from twobranch.training.samplers import Rows

FLOAT32 = Precision.of("float32", torch.device("cpu"))


def network():
    torch.manual_seed(0)
    small = {"branch": "mlp", "hidden": [16], "dropout": 0.0}
    model = Architecture.model_validate({"embedding": 8, "image": {"branch": small}, "sentence": {"branch": small}})
    matching = model.build(synthetic.IMAGE_SIZE, synthetic.SENTENCE_SIZE)
    return Classifiers().build(matching, 8, 40).eval()


def mine(data, candidates, seed=0):
    feed = Feed(data, Inputs(), torch.device("cpu"))
    found = Mining(candidates=candidates).mine(network(), feed, data, FLOAT32, np.random.default_rng(seed))
    return np.array(found)


def similarity(data):
    with torch.inference_mode():
        x = network().matching.embed_images(torch.from_numpy(data.images.features))
        y = network().matching.embed_sentences(torch.from_numpy(data.sentences.features))
    return (x @ y.T).numpy()


def test_many_candidates_find_the_most_similar_sentence_of_the_bank():
    """One sentence an image: the bank is all of them, and thousands of draws leave out none."""
    data = synthetic.split(sentences_each=1)
    scores = similarity(data)
    np.fill_diagonal(scores, -np.inf)
    assert mine(data, 4000).tolist() == scores.argmax(1).tolist()


def test_a_mined_sentence_is_of_another_image_and_hard():
    data = synthetic.split()
    found, scores = mine(data, 20), similarity(data)
    assert (data.sentences.groups[found] != data.images.groups).all()
    mined = scores[np.arange(len(found)), found].mean()
    assert mined > scores.mean() + scores.std()


def test_the_generator_decides():
    data = synthetic.split()
    assert mine(data, 20).tolist() == mine(data, 20).tolist()
    assert mine(data, 20).tolist() != mine(data, 20, seed=1).tolist()


def test_words_of_several_images_are_never_mined():
    data = synthetic.split(sentences_each=1)
    data.text_codes[:] = np.arange(40) // 2  # each text stands for two images
    data.text_codes[0] = 99  # but for one
    assert set(mine(data, 500).tolist()) <= {-1, 0, 1}
    data.text_codes[:] = 0
    assert (mine(data, 500) == -1).all()


def test_one_image_has_nothing_to_mine():
    assert mine(synthetic.split(images=1), 10).tolist() == [-1]


def test_mined_sentences_join_the_batch_once():
    rows = Rows(np.array([2, 0, 1]), np.array([5, 6]))
    joined = with_mined(rows, [9, -1, 6])
    assert joined.images.tolist() == [2, 0, 1]
    assert joined.sentences.tolist() == [5, 6, 9]
    assert with_mined(rows, []) is rows
