"""Random crops: inside the picture, as large and as stretched as they may be, and the views where they are whole."""

from pathlib import Path

import numpy as np
import pytest

from twobranch.features.crops import Crop, crop_pixels, draw_crops
from twobranch.features.views import image_views

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.mark.parametrize(("smallest", "most_stretched"), [(0.8, 4 / 3), (0.1, 3.0), (1.0, 1.0)])
def test_crops_lie_inside_and_keep_their_bounds(smallest, most_stretched):
    for crop in draw_crops(500, smallest, most_stretched, True, np.random.default_rng(1)):
        assert crop.left >= 0
        assert crop.top >= 0
        assert crop.left + crop.width <= 1 + 1e-9
        assert crop.top + crop.height <= 1 + 1e-9
        assert crop.width * crop.height >= smallest / most_stretched - 1e-9  # a stretched crop is cut at the border
        assert 1 / most_stretched - 1e-9 <= crop.width / crop.height <= most_stretched + 1e-9


def test_half_of_the_crops_are_mirrored_or_none():
    drawn = draw_crops(1000, 0.8, 1.0, True, np.random.default_rng(2))
    assert 400 < sum(crop.mirrored for crop in drawn) < 600
    assert not any(crop.mirrored for crop in draw_crops(1000, 0.8, 1.0, False, np.random.default_rng(2)))


def test_the_whole_picture_is_the_view(tmp_path: Path):
    whole, mirror = image_views(PICTURE, ["image", "mirror"], 32)
    np.testing.assert_array_equal(crop_pixels(PICTURE, Crop(0, 0, 1, 1, False), 32), whole)
    np.testing.assert_array_equal(crop_pixels(PICTURE, Crop(0, 0, 1, 1, True), 32), mirror)


def test_a_crop_shows_its_part():
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:32, 32:] = 255  # the quarter at the top right
    inside = slice(2, -2)  # at the border the filter sees beyond it
    assert crop_pixels(pixels, Crop(0.5, 0, 0.5, 0.5, False), 16)[inside, inside].min() > 250
    assert crop_pixels(pixels, Crop(0, 0.5, 0.5, 0.5, False), 16)[inside, inside].max() < 5
