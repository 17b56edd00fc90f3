"""Batches of whole images with their phrases and regions."""

import numpy as np
import pytest

from tests.regions.naive import iou_twin
from twobranch.regions.table import RegionTable
from twobranch.training.samplers import PhraseRegions, RegionsOfPhrases


def boxes(random, count):
    low = random.uniform(0, 0.4, (count, 2))
    return np.concatenate([low, low + random.uniform(0.2, 0.6, (count, 2))], axis=1).astype(np.float32)


@pytest.fixture
def regions():
    """Five images with 0 to 4 phrases, two of which share a box, and 20 proposals each."""
    random = np.random.default_rng(0)
    images = np.repeat(np.arange(5), np.arange(5))
    truth = boxes(random, len(images))
    truth[-1] = truth[-2]
    proposals = [boxes(random, 20) for _ in range(5)]
    table = RegionTable.of(proposals, [np.unique(truth[images == image], axis=0) for image in range(5)])
    return RegionsOfPhrases(table, images, truth, 0.5)


def epoch(sampler, regions, seed=1):
    return list(sampler.epoch(regions, np.random.default_rng(seed)))


def test_each_phrase_finds_its_own_box(regions):
    np.testing.assert_array_equal(regions.table.boxes[regions.own], regions.boxes)
    np.testing.assert_array_equal(regions.table.images[regions.own], regions.images)


def test_an_epoch_passes_over_every_phrase_once(regions):
    sampler = PhraseRegions(images=2)
    batches = epoch(sampler, regions)
    assert len(batches) == sampler.steps(regions) == 2
    assert sorted(np.concatenate([rows.sentences for rows in batches])) == list(range(10))


def test_regions_are_those_of_the_phrases_images_and_hold_the_phrases_boxes(regions):
    for rows in epoch(PhraseRegions(images=2, proposals=5), regions):
        assert len(set(rows.images.tolist())) == len(rows.images)
        assert set(regions.table.images[rows.images]) == set(regions.images[rows.sentences])
        assert set(regions.own[rows.sentences]) <= set(rows.images)
        for image in np.unique(regions.images[rows.sentences]):
            own = regions.table.of_image(image)
            proposed = np.intersect1d(rows.images, own[:20])
            assert len(proposed) == 5


def test_all_proposals_and_some_phrases(regions):
    for rows in epoch(PhraseRegions(images=5, phrases=2, proposals=None), regions):
        assert np.bincount(regions.images[rows.sentences], minlength=5).tolist() == [0, 1, 2, 2, 2]
        assert (np.bincount(regions.table.images[rows.images], minlength=5)[1:] >= 20).all()


def test_matching_proposals_come_first(regions):
    """A phrase with enough matching proposals gets as many as asked for."""
    for seed in range(5):
        for rows in epoch(PhraseRegions(images=1, phrases=1, positives=2, proposals=3), regions, seed):
            (phrase,) = rows.sentences
            proposals = regions.table.of_image(regions.images[phrase])[:20]
            match = {
                row
                for row in proposals
                if iou_twin(regions.table.boxes[row].tolist(), regions.boxes[phrase].tolist()) >= regions.match
            }
            assert len(match & set(rows.images)) >= min(2, len(match))


def test_the_state_of_the_generator_decides(regions):
    def drawn(seed):
        return [rows.images.tolist() for rows in epoch(PhraseRegions(images=2, proposals=4), regions, seed)]

    assert drawn(5) == drawn(5)
    assert drawn(5) != drawn(6)


def test_nothing_but_own_boxes(regions):
    for rows in epoch(PhraseRegions(images=5, phrases=1, positives=0, proposals=0), regions):
        assert sorted(rows.images) == sorted(regions.own[rows.sentences])
