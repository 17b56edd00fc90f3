"""Small pictures for reports."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from twobranch.errors import TwobranchError
from twobranch.features.showing import shown_image

SIDE = 200
"""Longer side of a picture in a gallery, in pixels."""


def thumbnail(path: str | Path, side: int = SIDE) -> bytes:
    """A small JPEG of an image; a gray one where the file has become unreadable since it was encoded."""
    from PIL import Image

    try:
        picture, _ = shown_image(path, side)
    except TwobranchError:
        picture = Image.new("RGB", (side, side), "lightgray")
    return jpeg(picture, side)


def jpeg(picture: Any, side: int) -> bytes:
    """A Pillow picture as a JPEG whose longer side has at most `side` pixels; the picture is scaled down in place."""
    picture.thumbnail((side, side))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
