"""Phrases with boxes out of a corpus."""

from __future__ import annotations

import numpy as np

from tests.regions.conftest import SHAPES
from twobranch.regions.phrase_boxes import phrase_boxes


def test_boxes_unions_and_types(corpus):
    found = phrase_boxes(corpus)
    assert len(found) == 8
    assert found.without == 4
    assert found.phrases.tolist() == [0, 1, 3, 4, 6, 7, 9, 10]
    assert found.images.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert found.texts[:2] == ["A box", "two boxes"]
    assert found.types[:2] == [("things",), ("things", "pairs")]
    assert found.boxes[found.offsets[1] : found.offsets[2]].tolist() == [list(map(float, box)) for box in SHAPES[1:]]
    assert found.unions[:2].tolist() == [[20, 30, 60, 90], [80, 10, 150, 110]]
    np.testing.assert_allclose(found.relative_unions()[0], [20 / 160, 30 / 120, 60 / 160, 90 / 120])


def test_a_part_of_a_corpus(corpus):
    found = phrase_boxes(corpus.select_images([2]))
    assert found.images.tolist() == [0, 0]
    assert phrase_boxes(corpus.select_images([])).unions.shape == (0, 4)


def test_unreadable_pictures_are_left_out_of_relative_boxes(corpus):
    path = corpus.image_paths[1]
    with open(path, "wb") as file:
        file.write(b"no picture")
    assert len(phrase_boxes(corpus).relative_unions()) == 6
