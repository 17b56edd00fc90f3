"""Boxes with labels in pictures."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageColor

from twobranch.errors import TwobranchError
from twobranch.regions.drawing import COLORS, LONG_SIDE, SHORT_SIDE, DrawnBox, draw_boxes
from twobranch.regions.label_fonts import label_font

GRAY = (128, 128, 128)


def gray(width=640, height=480, mode="RGB"):
    return Image.new("RGB", (width, height), GRAY).convert(mode)


def where(picture, color):
    """Whether each pixel (height, width) has a color."""
    return (np.asarray(picture) == ImageColor.getrgb(color)).all(-1)


def extent(found):
    """The smallest box that holds all true pixels."""
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def test_the_picture_itself_stays():
    picture = gray()
    drawn = draw_boxes(picture, [DrawnBox((100, 100, 300, 300), "a dog")])
    assert drawn is not picture
    assert where(picture, COLORS[0]).sum() == 0
    assert (draw_boxes(picture, []).tobytes(), draw_boxes(picture, []) is picture) == (picture.tobytes(), False)


@pytest.mark.parametrize(
    ("size", "drawn"),
    [
        ((64, 64), (480, 480)),
        ((640, 480), (640, 480)),
        ((224, 448), (480, 960)),
        ((4000, 3000), (4000, 3000)),
        ((600, 40), (LONG_SIDE, 273)),
        ((1, 1), (SHORT_SIDE, SHORT_SIDE)),
    ],
)
def test_small_pictures_are_enlarged_and_boxes_with_them(size, drawn):
    width, height = size
    box = (width / 4, height / 4, width, height)
    result = draw_boxes(gray(*size), [DrawnBox(box, "")])
    assert (result.size, result.mode) == (drawn, "RGB")
    frame = extent((np.asarray(result) != GRAY).any(-1))
    np.testing.assert_allclose(frame, (drawn[0] / 4, drawn[1] / 4, *drawn), atol=1)


def test_frames_and_letters_grow_with_the_picture():
    boxes = [DrawnBox((100, 100, 300, 300), "a dog")]
    small = where(draw_boxes(gray(), boxes), COLORS[0])
    large = where(draw_boxes(gray(4000, 3000), [DrawnBox((625, 625, 1875, 1875), "a dog")]), COLORS[0])
    assert large.mean() == pytest.approx(small.mean(), rel=0.25)


@pytest.mark.parametrize("ground", ["black", "white", *COLORS])
def test_a_frame_is_seen_on_any_ground(ground):
    picture = Image.new("RGB", (480, 480), ground)
    for number in range(len(COLORS)):
        boxes = [DrawnBox((0, 0, 1, 1), str(other)) for other in range(number)]
        drawn = np.asarray(draw_boxes(picture, [*boxes, DrawnBox((200, 200, 400, 400), str(number))]), dtype=int)
        ground_color = np.array(ImageColor.getrgb(ground))
        side = drawn[300, 195:220]  # across the left side of the frame
        assert np.abs(side - ground_color).sum(-1).max() > 200


def test_one_color_for_each_label():
    labels = ["a dog", "a cat", "a dog"]
    boxes = [DrawnBox((20 + 200 * n, 100, 180 + 200 * n, 200), label) for n, label in enumerate(labels)]
    drawn = draw_boxes(gray(), boxes)
    dogs, cats = where(drawn, COLORS[0]), where(drawn, COLORS[1])
    assert dogs[:, :200].any()
    assert dogs[:, 400:].any()
    assert not dogs[:, 210:400].any()
    assert extent(cats)[0] >= 215
    assert not where(drawn, COLORS[2]).any()


def test_tags_do_not_overlap_and_stay_inside():
    one = where(draw_boxes(gray(), [DrawnBox((0, 0, 640, 480), "label 0", 0.5)]), COLORS[0])
    tag = one[5:20, 5:100].sum()
    boxes = [DrawnBox((0, 0, 640, 480), f"label {number}", 0.5) for number in range(6)]
    drawn = draw_boxes(gray(), boxes)
    for color in COLORS[1:6]:  # these frames are hidden by others or hide them; the tags are all there
        assert where(drawn, color).sum() > 0.8 * tag


def test_long_labels_are_cut():
    box = (0, 100, 600, 400)
    drawn = draw_boxes(gray(), [DrawnBox((-9, 470, 5, 480), "x"), DrawnBox(box, "word " * 50, 0.25)])
    tag = extent(where(drawn, COLORS[1])[60:98])
    assert 0.6 * 640 < tag[2] <= 0.7 * 640


LABELS = [
    *("", " ", "…", "a\nb\tc", "\x00", "\ud800", "\u202e"),
    *("犬が走る", "كلب", "कुत्ता", "🐶🏽", "﷽" * 99, "e" + "\u0301" * 50),
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("size", [(64, 64), (3, 200)])
def test_any_label(label, size):
    draw_boxes(gray(*size), [DrawnBox((1, 1, 3, 50), label, 1.0), DrawnBox((1, 1, 3, 50), label)])


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "CMYK"])
def test_any_mode(mode):
    assert draw_boxes(gray(mode=mode), [DrawnBox((1, 1, 60, 50), "a dog")]).mode == "RGB"


@pytest.mark.parametrize("box", [(-50, -50, 9000, 9000), (700, 500, 800, 600), (5, 5, 5, 5), (-9, -9, -1, -1)])
def test_boxes_beyond_the_picture(box):
    assert draw_boxes(gray(), [DrawnBox(box, "a dog", 0.0)]).size == (640, 480)


@pytest.mark.parametrize(
    ("box", "rule"),
    [
        (DrawnBox((5, 5, 1, 9), "a dog"), "x0 <= x1"),
        (DrawnBox((0, 0, float("nan"), 9), "a dog"), "finite"),
        (DrawnBox((0, 0, 9, 9), "a dog", 50.0), "from 0 to 1"),
        (DrawnBox((0, 0, 9, 9), "a dog", float("nan")), "from 0 to 1"),
    ],
)
def test_broken_boxes(box, rule):
    with pytest.raises(TwobranchError, match=rule) as caught:
        draw_boxes(gray(), [DrawnBox((0, 0, 9, 9), "fine"), box])
    assert "row 1" in str(caught.value)


def test_another_font_where_the_own_one_lacks_a_character():
    assert label_font("a dog", 20).getname()[0] == "DejaVu Sans"
    lacking = "\u1d81\u1d84"  # in STIX, which matplotlib brings, too
    font = label_font(lacking, 20)
    assert font.getname()[0] not in ("DejaVu Sans", "Last Resort High-Efficiency")
    assert {ord(character) for character in lacking} <= set(FT2Font(font.path).get_charmap())
    assert label_font("\U0010fffd", 20).getname()[0] == "DejaVu Sans"  # in none
