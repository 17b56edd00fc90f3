"""Small pictures for the page, kept in the index."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from twobranch.corpus.pictures import shown_size
from twobranch.errors import TwobranchError

SIDE = 256
"""Longest side of a thumbnail in pixels; pictures are never enlarged."""


@dataclass(frozen=True)
class Thumbnail:
    """A small JPEG of an image and the size of the original as it is seen (after EXIF orientation)."""

    jpeg: bytes
    width: int
    height: int


def make_thumbnail(path: str | Path) -> Thumbnail:
    """Read an image file and make its thumbnail.

    Raises:
        TwobranchError: if the file is missing, truncated or no picture.
    """
    from PIL import Image

    from twobranch.features.decoding import decode_image

    picture = decode_image(path, min_side=SIDE)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=76, optimize=True)
    width, height = _original_size(path)
    return Thumbnail(buffer.getvalue(), width, height)


def _original_size(path: str | Path) -> tuple[int, int]:
    """Width and height from the header: decoding may have scaled the picture down."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return shown_size(picture)
    except OSError as error:
        raise TwobranchError(str(path), "must be a picture", found=str(error), remedy="Replace or delete it.") from None
