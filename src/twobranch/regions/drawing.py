"""Boxes with labels drawn into a picture, readable on any ground and at any size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.regions.boxes import as_boxes, clip
from twobranch.regions.label_fonts import label_font

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

COLORS = ("#d55e00", "#0072b2", "#f0e442", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#ffffff")
"""Told apart by color-blind people, too: Okabe and Ito, Color Universal Design, 2008; white in place of black."""

SHORT_SIDE = 480
"""Smaller pictures are enlarged to it, so that labels are readable."""

LONG_SIDE = 4096
"""A picture is not enlarged beyond it, however narrow it is."""

Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True)
class DrawnBox:
    """A box to draw.

    Attributes:
        box: (x0, y0, x1, y1) in pixels of the picture, 0-based and end-exclusive.
        label: what stands at it; in any script. Boxes with the same label have the same color.
        probability: 0 to 1, which stands behind the label in percent; None for none.
    """

    box: tuple[float, float, float, float]
    label: str
    probability: float | None = None


def draw_boxes(image: Image, boxes: Sequence[DrawnBox]) -> Image:
    """Draw frames with labels into a copy of a picture.

    Each label has its color, of eight that repeat. A frame has a thin edge that contrasts with it, so that it is seen
    on any ground. Labels stand inside the picture at their boxes, beside each other where there is room.

    Args:
        image: the picture, upright.
        boxes: in order of importance: the first labels have the best places.

    Returns:
        RGB, of the size of the picture; enlarged to a short side of `SHORT_SIDE` where that is smaller.

    Raises:
        TwobranchError: for a box that ends before it begins or is not of finite numbers, or a probability that is not
            from 0 to 1.

    Example:
        >>> from PIL import Image
        >>> drawn = draw_boxes(Image.new("RGB", (64, 48)), [DrawnBox((8, 8, 40, 40), "a dog", 0.9)])
        >>> drawn.size
        (640, 480)
    """
    from PIL import ImageDraw

    corners = _corners(boxes)
    canvas, scale = _enlarged(image)
    framed = _rectangles(corners * scale, canvas.size)
    colors = _colors(boxes)
    draw = ImageDraw.Draw(canvas)
    style = _Style.of(canvas.size)
    for number in sorted(range(len(boxes)), key=lambda number: -_area(framed[number])):  # small ones stay visible
        _frame(draw, framed[number], colors[number], style)
    placed: list[Rectangle] = []
    for number, box in enumerate(boxes):
        tag = _Tag.of(box, style, canvas.width)
        if tag.width:
            size = (tag.width + 2 * style.padding, sum(tag.font.getmetrics()) + style.padding)
            placed.append(_place(framed[number], size, canvas.size, placed))
            _draw_tag(draw, placed[-1], tag, colors[number], style)
    return canvas


@dataclass(frozen=True)
class _Style:
    """Sizes in pixels.

    Attributes:
        line: width of a frame.
        edge: width of the edge on either side of it.
        letters: size of the font.
        padding: between a text and the end of its ground.
    """

    line: int
    edge: int
    letters: int
    padding: int

    @classmethod
    def of(cls, size: tuple[int, int]) -> _Style:
        """What fits a picture of a size."""
        side = min(sqrt(size[0] * size[1]), 2.0 * min(size))  # a panorama is no reason for large letters
        letters = max(14, round(0.032 * side))
        return cls(max(2, round(0.006 * side)), max(1, round(0.002 * side)), letters, max(2, letters // 4))


def _corners(boxes: Sequence[DrawnBox]) -> np.ndarray:
    for number, box in enumerate(boxes):
        if box.probability is not None and not 0 <= box.probability <= 1:
            raise TwobranchError(
                f"drawn boxes, row {number}",
                "a probability is a number from 0 to 1",
                found=box.probability,
                remedy="Give a share, not percent, or None.",
            )
    return as_boxes([box.box for box in boxes], "drawn boxes").astype(np.float64)


def _enlarged(image: Image) -> tuple[Image, float]:
    """A copy in RGB whose short side is long enough, and by what it was enlarged."""
    from PIL import Image as Images

    copy = image.convert("RGB")
    if copy is image:
        copy = image.copy()
    scale = max(1.0, min(SHORT_SIDE / min(image.size), LONG_SIDE / max(image.size)))
    if scale == 1:
        return copy, scale
    width, height = (max(1, round(scale * side)) for side in image.size)
    return copy.resize((width, height), Images.Resampling.BICUBIC), scale


def _rectangles(boxes: np.ndarray, size: tuple[int, int]) -> list[Rectangle]:
    """Whole pixels inside the picture, at least one of them."""
    width, height = size
    rectangles = []
    for x0, y0, x1, y1 in np.rint(clip(boxes, size)).astype(int).tolist():
        left, top = min(x0, width - 1), min(y0, height - 1)
        rectangles.append((left, top, max(x1, left + 1), max(y1, top + 1)))
    return rectangles


def _colors(boxes: Sequence[DrawnBox]) -> list[str]:
    labels = {label: number for number, label in enumerate(dict.fromkeys(box.label for box in boxes))}
    return [COLORS[labels[box.label] % len(COLORS)] for box in boxes]


def _contrast(color: str) -> str:
    """Black or white, whichever is told apart better from a color."""
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    luminance = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


def _frame(draw: ImageDraw, box: Rectangle, color: str, style: _Style) -> None:
    """A frame in its color, with an edge outside and inside of it."""
    x0, y0, x1, y1 = box
    draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline=_contrast(color), width=style.line + 2 * style.edge)
    inner = (x0 + style.edge, y0 + style.edge, x1 - 1 - style.edge, y1 - 1 - style.edge)
    if inner[0] <= inner[2] and inner[1] <= inner[3]:
        draw.rectangle(inner, outline=color, width=style.line)


@dataclass(frozen=True)
class _Tag:
    """A label and its probability, written apart: within a label from right to left the number would change its place.

    Attributes:
        label: the label, perhaps cut.
        share: the probability in percent; empty for none.
        font: of both.
        gap: pixels between them.
    """

    label: str
    share: str
    font: FreeTypeFont
    gap: int

    @classmethod
    def of(cls, box: DrawnBox, style: _Style, picture: int) -> _Tag:
        """The label cut where the tag would take most of the width of the picture."""
        printed = box.label.encode("utf-8", "replace").decode().split()  # half of a surrogate pair cannot be drawn
        label = "".join(character for character in " ".join(printed) if character.isprintable())
        share = "" if box.probability is None else f"{box.probability:.0%}"
        tag = cls(label, share, label_font(label, style.letters), style.padding if label and share else 0)
        while label and tag.width > max(0.7 * picture - 2 * style.padding, 0):
            label = label[:-1].rstrip()
            tag = replace(tag, label=f"{label}…")
        return tag

    @property
    def offset(self) -> int:
        """Where the probability begins."""
        return round(self.font.getlength(self.label)) + self.gap

    @property
    def width(self) -> int:
        """In pixels, without padding."""
        return self.offset + round(self.font.getlength(self.share))


def _place(box: Rectangle, size: tuple[int, int], picture: tuple[int, int], placed: Sequence[Rectangle]) -> Rectangle:
    """Where a tag stands: the first place that overlaps no other tag, or else the one that overlaps them the least."""
    width, height = size
    tags = []
    for x, y in _places(box, size, picture):
        left, top = max(0, min(x, picture[0] - width)), max(0, min(y, picture[1] - height))
        tags.append((left, top, left + width, top + height))
    return min(tags, key=lambda tag: sum(_overlap(tag, other) for other in placed))


def _places(box: Rectangle, size: tuple[int, int], picture: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Upper left corners of a tag, the best first: above the frame, in its corners, below it, then anywhere near."""
    x0, y0, x1, y1 = box
    width, height = size
    rows = [y0 - height, y0, y1 - height, y1] if y0 >= height else [y0, y1 - height, y1]
    for row in rows:
        yield x0, row
        yield x1 - width, row
    for row in sorted(range(0, max(picture[1] - height, 0) + 1, height), key=lambda row: abs(row - y0)):
        yield x0, row
        yield x1 - width, row


def _draw_tag(draw: ImageDraw, place: Rectangle, tag: _Tag, color: str, style: _Style) -> None:
    x0, y0, x1, y1 = place
    ink = _contrast(color)
    draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=color, outline=ink, width=style.edge)
    left, top = x0 + style.padding, y0 + style.padding // 2
    draw.text((left, top), tag.label, font=tag.font, fill=ink)
    draw.text((left + tag.offset, top), tag.share, font=tag.font, fill=ink)


def _area(box: Rectangle) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _overlap(one: Rectangle, other: Rectangle) -> int:
    """Pixels that two rectangles have in common."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)
