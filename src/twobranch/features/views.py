"""Views: the ways in which one picture is shown to an image encoder, each a square of uint8 pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from twobranch.errors import TwobranchError, nearest
from twobranch.features.decoding import ImageSource, decode_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

CROP = 0.75
"""Side of a crop as a share of the picture's side."""

PREPROCESSING = "upright RGB on white; JPEG draft >= 2x; whole view squashed to the square; bicubic; gap 3; crops 0.75"
"""What decides a view's pixels; part of an encoder's identity, so that cached features of another recipe of pixels
are never mixed with these."""

DECODED_PER_PIXEL = 2
"""A JPEG is decoded at no less than this many times the size that a view samples."""


def squared(image: Image.Image, size: int, box: tuple[float, float, float, float] | None = None) -> NDArray[np.uint8]:
    """Resize a picture, or a box (x0, y0, x1, y1) of it, to a square without keeping its proportions.

    Args:
        image: RGB.
        size: side of the square in pixels.
        box: the part in pixels of the picture; None for all of it.

    Returns:
        (size, size, 3) uint8.
    """
    # A reducing gap of 3 first shrinks a very large picture by whole factors: much faster, hardly another result.
    square = image.resize((size, size), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    return np.asarray(square, dtype=np.uint8)  # (size, size, 3)


def _mirror(image: Image.Image, size: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(squared(image, size)[:, ::-1])


def _crop(left: float, top: float) -> Callable[[Image.Image, int], NDArray[np.uint8]]:
    """Make the view of CROP of each side; `left` and `top` say where it lies, as in `CROPS`."""

    def view(image: Image.Image, size: int) -> NDArray[np.uint8]:
        width, height = image.width * CROP, image.height * CROP
        x0, y0 = left * (image.width - width), top * (image.height - height)
        return squared(image, size, (x0, y0, x0 + width, y0 + height))

    return view


CROPS: dict[str, tuple[float, float]] = {
    "crop-center": (0.5, 0.5),
    "crop-top-left": (0.0, 0.0),
    "crop-top-right": (1.0, 0.0),
    "crop-bottom-left": (0.0, 1.0),
    "crop-bottom-right": (1.0, 1.0),
}
"""Where a crop lies, from the left and from the top: 0 at the start of the picture, 1 at its end."""

VIEWS: dict[str, Callable[[Image.Image, int], NDArray[np.uint8]]] = {
    "image": squared,
    "mirror": _mirror,
    **{name: _crop(*place) for name, place in CROPS.items()},
}
"""Name of a view -> function of (RGB picture, size) that gives uint8 pixels (size, size, 3). `image` is the whole
picture, resized to the square without keeping its proportions, so that nothing at the border is lost."""


MIRRORED = {"mirror": "image"}
"""The views that are another one turned around, left to right."""


def shown_part(view: str) -> tuple[float, float, float, float]:
    """The box (x0, y0, x1, y1) that a view shows, in shares of the picture's sides.

    Example:
        >>> shown_part("mirror"), shown_part("crop-bottom-right")
        ((0.0, 0.0, 1.0, 1.0), (0.25, 0.25, 1.0, 1.0))
    """
    if view not in CROPS:
        return 0.0, 0.0, 1.0, 1.0
    x0, y0 = ((1 - CROP) * place for place in CROPS[view])
    return x0, y0, x0 + CROP, y0 + CROP


def check_views(views: Sequence[str]) -> None:
    """Refuse unknown views, doubles, and no view at all.

    Raises:
        TwobranchError: naming the nearest valid view.

    Example:
        >>> check_views(("image", "miror"))
        Traceback (most recent call last):
        ...
        twobranch.errors.TwobranchError: views: a view must be known, but found 'miror'. Did you mean "mirror"? ...
    """
    for view in views:
        if view not in VIEWS:
            raise TwobranchError("views", "a view must be known", found=repr(view), remedy=nearest(view, list(VIEWS)))
    if not views or len(set(views)) != len(views):
        raise TwobranchError(
            "views", "there is at least one, and none twice", found=repr(list(views)), remedy="Name each view once."
        )


def image_views(source: ImageSource, views: Sequence[str], size: int) -> NDArray[np.uint8]:
    """Decode a picture once and make all its views.

    Args:
        source: what `decode_image` takes.
        views: names from `VIEWS`.
        size: side of the square in pixels.

    Returns:
        Pixels (views, size, size, 3) uint8, in the order of `views`.

    Raises:
        TwobranchError: for an unknown view or a picture that cannot be decoded.

    Example:
        >>> image_views(np.zeros((40, 60, 3), np.uint8), ["image", "crop-center"], 32).shape
        (2, 32, 32, 3)
    """
    check_views(views)
    # Always sized for a crop: a view's pixels must not depend on which other views are made with it.
    image = decode_image(source, min_side=math.ceil(DECODED_PER_PIXEL * size / CROP))
    return np.stack([VIEWS[view](image, size) for view in views])
