"""The modality gap: a probe that finds what is there, and nothing where nothing is."""

import numpy as np
import pytest

from twobranch.evaluation.modality_gap import modality_gap


@pytest.fixture
def random():
    return np.random.default_rng(0)


def gap(images, sentences):
    groups = np.arange(len(images))
    return modality_gap(images, sentences, groups, groups)


def test_equal_distributions_cannot_be_told_apart(random):
    found = gap(random.normal(size=(300, 6)), random.normal(size=(300, 6)))
    assert found["probe_accuracy"] == pytest.approx(50, abs=6)
    assert found["probe_interval"][0] < 50 < found["probe_interval"][1]


def test_a_shift_is_found_and_measured(random):
    x = random.normal(size=(200, 6))
    found = gap(x, x + 5)
    assert found["probe_accuracy"] > 98
    assert found["mean_distance"] == pytest.approx(5 * np.sqrt(6))


def test_a_gap_that_no_line_shows_is_found(random):
    """Both modalities have one mean; images lie on a sphere, sentences inside it."""
    x = random.normal(size=(300, 3))
    sphere = 3 * x / np.linalg.norm(x, axis=1, keepdims=True)
    found = gap(sphere, 0.5 * random.normal(size=(300, 3)))
    assert found["mean_distance"] < 0.5
    assert found["probe_accuracy"] > 98


def test_each_group_counts_once_however_many_sentences_it_has(random):
    images, sentences = random.normal(size=(40, 4)), random.normal(size=(400, 4))
    found = modality_gap(images, sentences, np.arange(40), np.repeat(np.arange(40), 10))
    assert 0 <= found["probe_accuracy"] <= 100


def test_few_groups_have_a_distance_and_no_probe(random):
    found = gap(random.normal(size=(19, 4)), random.normal(size=(19, 4)))
    assert found.keys() == {"mean_distance"}
