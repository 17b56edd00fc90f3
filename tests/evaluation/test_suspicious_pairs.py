from dataclasses import replace

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.evaluation.suspicious_findings import probabilities
from twobranch.evaluation.suspicious_pairs import Split, suspicion


def split(images=200, each=5, noise=1.4, seed=0):
    """Sentences are their image's direction with noise; an image and its sentences are hard to tell from others."""
    random = np.random.default_rng(seed)
    directions = _unit(random.normal(size=(images, 32)))
    rows = np.repeat(np.arange(images), each)
    sentences = _unit(directions[rows] + noise * random.normal(size=(len(rows), 32)) / 32**0.5)
    pictures = _unit(directions + noise * random.normal(size=(images, 32)) / 32**0.5)
    return Split(pictures.astype(np.float32), sentences.astype(np.float32), rows, np.arange(images))


def _unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def swapped(data, rows):
    """The sentences at `rows` change places in a ring."""
    sentences = data.sentences.copy()
    sentences[rows] = sentences[np.roll(rows, 1)]
    return replace(data, sentences=sentences)


PLANTED = np.arange(0, 1000, 50)


def precision(ratios, planted):
    return np.isin(np.argsort(-ratios)[: len(planted)], planted).mean()


def test_planted_sentences_stand_at_the_top():
    data = swapped(split(), PLANTED)
    score = np.einsum("cd,cd->c", data.images[data.sentence_images], data.sentences)
    assert precision(suspicion(data), PLANTED) >= 0.8
    assert precision(suspicion(data), PLANTED) > precision(-score, PLANTED)  # the other sentences help


def test_a_single_sentence_per_image_is_judged_by_the_image():
    data = swapped(split(each=1, noise=0.7, images=1000), PLANTED)
    assert precision(suspicion(data), PLANTED) >= 0.7


def test_images_with_one_and_with_several_sentences_stand_in_one_list():
    data = split()
    kept = np.flatnonzero((data.sentence_images < 100) | (np.arange(1000) % 5 == 0))
    mixed = replace(data, sentences=data.sentences[kept], sentence_images=data.sentence_images[kept])
    planted = np.array([3, 77, 210, 333, 505, 540, 580])
    ratios = suspicion(swapped(mixed, planted))
    assert ratios.shape == (len(kept),)
    assert np.isfinite(ratios).all()
    assert precision(ratios, planted) > 0.5


def test_sentences_of_a_group_agree_across_its_images():
    """One sentence per image, two images per group: the sentence of the other image is the sibling."""
    data = split(each=2)
    images = np.repeat(data.images, 2, axis=0)
    grouped = Split(images, data.sentences, np.arange(400), np.repeat(np.arange(200) * 7, 2))
    planted = np.arange(0, 400, 40)
    alone = replace(grouped, image_groups=np.arange(400))
    assert precision(suspicion(swapped(grouped, planted)), planted) > precision(
        suspicion(swapped(alone, planted)), planted
    )


def test_a_scale_of_the_scores_changes_nothing():
    data = swapped(split(), PLANTED)
    larger = replace(data, images=data.images * 40)
    assert np.argsort(-suspicion(data))[:20].tolist() == np.argsort(-suspicion(larger))[:20].tolist()


def test_a_tiny_split_is_judged_and_one_group_is_refused():
    tiny = split(images=2, each=1)
    assert np.isfinite(suspicion(tiny)).all()
    with pytest.raises(TwobranchError, match="images of several groups"):
        suspicion(replace(tiny, image_groups=np.zeros(2, int)))


def test_probabilities_follow_the_ratios_and_call_little_wrong_where_nothing_is():
    clean, planted = suspicion(split(noise=0.8)), suspicion(swapped(split(noise=0.8), PLANTED))
    assert (probabilities(clean) > 0.5).sum() <= 1
    wrong = probabilities(planted)
    assert np.argsort(-wrong)[:5].tolist() == np.argsort(-planted)[:5].tolist()
    assert np.isin(np.flatnonzero(wrong > 0.5), PLANTED).mean() > 0.9
    assert (wrong > 0.5).sum() >= 5


def test_what_was_not_judged_is_not_called_wrong():
    assert probabilities(np.array([-np.inf, -9.0, 9.0]))[0] == 0
