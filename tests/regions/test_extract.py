"""Proposals of many pictures: computed once, kept by content, never ended by a bad picture."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache
from twobranch.features.decoding import ImageSource, decode_image
from twobranch.regions.centers import CentersConfig
from twobranch.regions.extract import image_proposals
from twobranch.regions.proposer import Unfitted
from twobranch.regions.whole import Whole


class Counting(Unfitted):
    """Proposes as many boxes as a picture has hundreds of rows, and counts."""

    name = "counting"
    budget = 3
    cached = True
    identity = "c" * 64

    def __init__(self) -> None:
        self.asked = 0

    def propose(self, image: ImageSource) -> np.ndarray:
        self.asked += 1
        picture = decode_image(image)
        return np.array([[0, 0, 1000.25, picture.height]] * (picture.height // 100), np.float32).reshape(-1, 4)


def test_what_is_cached_is_not_computed_again(pictures: list[Path], tmp_path: Path) -> None:
    cache, proposer = FeatureCache(tmp_path / "cache"), Counting()
    first = image_proposals(proposer, pictures[:2], cache)
    assert proposer.asked == 2
    again = image_proposals(proposer, [pictures[1], pictures[2], pictures[1]], cache)
    assert proposer.asked == 3
    np.testing.assert_array_equal(again[0], first[1])
    np.testing.assert_array_equal(again[0], again[2])
    assert first[0].tolist() == [[0, 0, 1000.25, 120]], "pixels keep their fractions"
    assert len(again) == 3
    with pytest.raises(IndexError):
        again[3]
    assert [(entry.encoder, entry.output, entry.rows) for entry in cache.entries()] == [("counting", "boxes", 3)]


def test_a_copy_of_a_picture_is_the_same_picture(pictures: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    copy.write_bytes(pictures[0].read_bytes())
    proposer = Counting()
    image_proposals(proposer, [pictures[0], copy])
    assert proposer.asked == 1


def test_an_interrupted_run_goes_on(pictures: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, proposer = FeatureCache(tmp_path / "cache"), Counting()
    monkeypatch.setattr("twobranch.regions.extract._TOGETHER", 2)
    usual = Counting.propose

    def stops(self: Counting, image: ImageSource) -> np.ndarray:
        if self.asked >= 2:
            raise KeyboardInterrupt
        return usual(self, image)

    monkeypatch.setattr(Counting, "propose", stops)
    with pytest.raises(KeyboardInterrupt):
        image_proposals(proposer, pictures, cache, threads=1)
    monkeypatch.setattr(Counting, "propose", usual)
    assert len(image_proposals(proposer, pictures, cache)) == 4
    assert proposer.asked == 4


@pytest.mark.parametrize("proposer", [Counting(), Whole()])
def test_a_bad_picture_is_listed(
    proposer: Counting | Whole, pictures: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with caplog.at_level(logging.WARNING, "twobranch"):
        found = image_proposals(proposer, [pictures[0], tmp_path / "bad.png", tmp_path / "none.png", pictures[1]])
    assert list(found.failures) == [1, 2]
    assert [len(found[row]) for row in range(4)] == [1, 0, 0, 1]
    assert "2 of 4 images have no proposals" in caplog.text


def test_what_costs_nothing_is_not_cached(pictures: list[Path], tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "cache")
    assert image_proposals(Whole(), pictures, cache)[3].tolist() == [[0, 0, 160, 120]]
    assert cache.entries() == []


def test_what_was_not_fitted_is_an_error_of_the_run(pictures: list[Path]) -> None:
    with pytest.raises(TwobranchError, match="must be fitted"):
        image_proposals(CentersConfig().load(), pictures)
