"""What a scene is: a background and objects with exact boxes. Sentences and pictures are made from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from twobranch.corpus.emoji_scenes.backgrounds import Backdrop
from twobranch.corpus.emoji_scenes.kinds import Kind

PICTURE = (384, 288)
"""Width and height of every picture."""

SMALLEST, LARGEST = 0.08, 0.40
"""Bounds of an object's width and height, as a part of the picture's width and height."""

SMALL, BIG = 0.14, 0.255
"""An object is called small or big from these on: square root of its box's area by that of the picture's."""

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, 0-based, end-exclusive."""


@dataclass(frozen=True)
class Thing:
    """One object of a scene.

    Attributes:
        kind: what it is.
        color: the color it is painted in or has as drawn; None where no one color names it.
        mirrored: whether its drawing is mirrored.
        longest: the longer side it is scaled to before it is cut, in pixels.
        box: the smallest box around its visible pixels.
        rest: "ground", "water" or "air", as in `Zone`.
    """

    kind: Kind
    color: str | None
    mirrored: bool
    longest: float
    box: Box
    rest: str

    @property
    def paint(self) -> str | None:
        """The color to repaint the drawing in; None where it stays as drawn."""
        return self.color if self.kind.drawn else None

    @property
    def center(self) -> tuple[float, float]:
        """Middle of the box."""
        x0, y0, x1, y1 = self.box
        return (x0 + x1) / 2, (y0 + y1) / 2

    @property
    def extent(self) -> float:
        """Square root of the box's area."""
        x0, y0, x1, y1 = self.box
        return math.sqrt((x1 - x0) * (y1 - y0))

    @property
    def size_word(self) -> str | None:
        """Either "small" or "big", or None for what is neither; people are not called so for being near or far."""
        if self.kind.category == "people":
            return None
        part = self.extent / math.sqrt(PICTURE[0] * PICTURE[1])
        return "small" if part < SMALL else "big" if part > BIG else None


@dataclass(frozen=True)
class Scene:
    """One scene; equal seeds give equal scenes.

    Attributes:
        number: position in the corpus, which names the picture's file.
        split: "train", "val" or "test".
        background: key of `BACKGROUNDS`.
        variant: which drawing of the background.
        window: left and top corner of the part of the drawing that is shown.
        flipped: whether the background is mirrored.
        things: the objects, in the order in which they are painted.
        twin: what tells two objects of one kind apart: "color", "size", "place"; "none" where all kinds differ.
        held_out: whether two of its kinds are a pair that only test scenes have.
        backdrop: the drawing, for its words and its light.
    """

    number: int
    split: str
    background: str
    variant: int
    window: tuple[int, int]
    flipped: bool
    things: tuple[Thing, ...]
    twin: str
    held_out: bool
    backdrop: Backdrop

    @property
    def picture(self) -> str:
        """The picture's file, relative to the corpus folder."""
        return f"images/{self.number:05d}.jpg"


def overlap(a: Box, b: Box) -> float:
    """Common area of two boxes by the area of the smaller one.

    Example:
        >>> overlap((0, 0, 10, 10), (5, 0, 15, 10))
        0.5
    """
    wide = min(a[2], b[2]) - max(a[0], b[0])
    tall = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return wide * tall / smaller
