"""Neighborhood sampling: every image once an epoch, its own sentences, none twice."""

import numpy as np
import pytest

from twobranch.training.samplers import Neighborhood, SentencesOfImages, Triplet


@pytest.fixture
def ragged():
    """Seven images with 0 to 6 sentences, in no order."""
    of_image = np.repeat(np.arange(7), np.arange(7))
    return np.random.default_rng(0).permutation(of_image)


def test_an_epoch_passes_over_every_image_with_sentences_once(ragged):
    sentences = SentencesOfImages(ragged, 7)
    drawn = [rows.images for rows in Neighborhood(images=2).epoch(sentences, np.random.default_rng(1))]
    assert sorted(np.concatenate(drawn)) == [1, 2, 3, 4, 5, 6]


def test_each_image_comes_with_its_own_sentences(ragged):
    sentences = SentencesOfImages(ragged, 7)
    for rows in Neighborhood(images=3, sentences=2).epoch(sentences, np.random.default_rng(2)):
        owners = ragged[rows.sentences]
        assert len(set(rows.sentences)) == len(rows.sentences)
        for image in rows.images:
            assert (owners == image).sum() == min(2, (ragged == image).sum())


def test_batches_have_equal_sizes():
    sentences = SentencesOfImages(np.arange(103), 103)
    sampler = Neighborhood(images=25, sentences=1)
    sizes = [len(rows.images) for rows in sampler.epoch(sentences, np.random.default_rng(0))]
    assert len(sizes) == sampler.steps(sentences)
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == 103


def test_the_state_of_the_generator_decides(ragged):
    sentences = SentencesOfImages(ragged, 7)

    def epoch(seed):
        return [
            rows.sentences.tolist() for rows in Neighborhood(images=3).epoch(sentences, np.random.default_rng(seed))
        ]

    assert epoch(5) == epoch(5)
    assert epoch(5) != epoch(6)


def test_triplet_sampling_draws_each_pair_at_most_once(ragged):
    sentences = SentencesOfImages(ragged, 7)
    batches = list(Triplet(pairs=2).epoch(sentences, np.random.default_rng(1)))
    drawn = np.concatenate([rows.sentences for rows in batches])
    assert len(set(drawn)) == len(drawn) == 6  # as many pairs as there are images with sentences
    assert len(batches) == Triplet(pairs=2).steps(sentences)


def test_triplet_batches_hold_the_images_of_their_sentences_once(ragged):
    sentences = SentencesOfImages(ragged, 7)
    for rows in Triplet(pairs=6).epoch(sentences, np.random.default_rng(2)):
        assert sorted(set(ragged[rows.sentences])) == rows.images.tolist()


def test_triplet_sampling_prefers_no_pair():
    """Images with many sentences are drawn as often as their share of all pairs says."""
    of_image = np.array([0, 0, 0, 0, 0, 0, 1, 2])
    sentences = SentencesOfImages(of_image, 3)
    random = np.random.default_rng(0)
    drawn = [of_image[rows.sentences] for _ in range(800) for rows in Triplet(pairs=3).epoch(sentences, random)]
    assert (np.concatenate(drawn) == 0).mean() == pytest.approx(6 / 8, abs=0.03)
