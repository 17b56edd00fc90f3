"""Small pictures for the page, kept in the index."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

SIDE = 256
"""Longest side of a thumbnail in pixels; pictures are never enlarged."""


@dataclass(frozen=True)
class Thumbnail:
    """A small JPEG of an image and the size of the original as it is seen (after EXIF orientation)."""

    jpeg: bytes
    width: int
    height: int


def make_thumbnail(path: str | Path) -> Thumbnail:
    """Read an image and make its thumbnail; of precomputed features it shows the values.

    Raises:
        TwobranchError: if the file is missing, truncated or no picture.
    """
    from PIL import Image

    from twobranch.features.showing import shown_image

    picture, (width, height) = shown_image(path, min_side=SIDE)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=76, optimize=True)
    return Thumbnail(buffer.getvalue(), width, height)
