"""What each view shows, and that one decoding serves them all."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from twobranch.errors import TwobranchError
from twobranch.features import views
from twobranch.features.views import VIEWS, check_views, image_views


def quadrants() -> Image.Image:
    """80 x 80: top left red, top right green, bottom left blue, bottom right white."""
    image = Image.new("RGB", (80, 80), "white")
    for color, corner in (((255, 0, 0), (0, 0)), ((0, 255, 0), (40, 0)), ((0, 0, 255), (0, 40))):
        image.paste(color, (*corner, corner[0] + 40, corner[1] + 40))
    return image


def test_the_whole_picture_is_squashed_to_the_square() -> None:
    wide = Image.new("RGB", (90, 30), "black")
    wide.paste((255, 255, 255), (60, 0, 90, 30))
    (pixels,) = image_views(wide, ["image"], 30)
    assert pixels.shape == (30, 30, 3)
    assert pixels.dtype == np.uint8
    assert (pixels[:, :18] < 10).all()
    assert (pixels[:, 22:] > 245).all()


def test_mirror_is_the_image_turned_left_to_right() -> None:
    plain, mirrored = image_views(quadrants(), ["image", "mirror"], 32)
    assert (mirrored == plain[:, ::-1]).all()
    assert not (mirrored == plain).all()


@pytest.mark.parametrize(
    ("view", "share_of_red"),
    # A crop spans 3/4 of a side; the red quadrant spans 1/2. From the left it covers 2/3 of the crop, from the right
    # 1/3, centered 1/2: per axis, multiplied.
    [
        ("crop-top-left", 4 / 9),
        ("crop-top-right", 2 / 9),
        ("crop-bottom-left", 2 / 9),
        ("crop-bottom-right", 1 / 9),
        ("crop-center", 1 / 4),
    ],
)
def test_where_a_crop_lies(view: str, share_of_red: float) -> None:
    (pixels,) = image_views(quadrants(), [view], 60)
    red = (pixels[..., 0] > 128) & (pixels[..., 1] < 128)
    assert red.mean() == pytest.approx(share_of_red, abs=0.03)


def test_views_come_in_the_order_asked_and_do_not_depend_on_each_other() -> None:
    data = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (700, 900, 3), dtype=np.uint8)
    Image.fromarray(noise).save(data, "JPEG")  # large: the draft scaling is at work
    together = image_views(data.getvalue(), list(VIEWS), 32)
    for number, view in enumerate(VIEWS):
        assert (image_views(data.getvalue(), [view], 32)[0] == together[number]).all()


def test_draft_scaling_hardly_changes_the_pixels() -> None:
    y, x = np.mgrid[0:1200, 0:1600]
    smooth = np.stack([x * 255 / 1600, y * 255 / 1200, 127 + 120 * np.sin(x / 90) * np.cos(y / 70)], axis=2)
    data = io.BytesIO()
    Image.fromarray(smooth.astype(np.uint8)).save(data, "JPEG", quality=95)
    drafted = image_views(data.getvalue(), ["image"], 64)[0].astype(int)
    full = image_views(smooth.astype(np.uint8), ["image"], 64)[0].astype(int)
    assert np.abs(drafted - full).mean() < 1.0


def test_one_decoding_serves_all_views(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    decode = views.decode_image

    def counted(source: Image.Image, min_side: int | None = None) -> Image.Image:
        calls.append(min_side)
        return decode(source, min_side)

    monkeypatch.setattr(views, "decode_image", counted)
    image_views(quadrants(), list(VIEWS), 30)
    assert calls == [80]  # twice 30, for the 75 % crop: no less than two decoded pixels for each one needed


@pytest.mark.parametrize("wrong", [["zoom"], [], ["image", "image"]])
def test_wrong_views_are_refused(wrong: list[str]) -> None:
    with pytest.raises(TwobranchError, match="views"):
        check_views(wrong)
