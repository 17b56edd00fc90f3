"""Random crops of pictures, drawn apart from cutting them, so that threads do not decide what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twobranch.features.decoding import ImageSource, decode_image
from twobranch.features.views import DECODED_PER_PIXEL, squared

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Crop(NamedTuple):
    """A part of a picture, in shares of its width and height.

    | field | range | |
    |---|---|---|
    | left, top | 0 to 1 | where it begins |
    | width, height | above 0, to 1 | how large it is |
    | mirrored | | whether it is shown as in a mirror |
    """

    left: float
    top: float
    width: float
    height: float
    mirrored: bool


def draw_crops(
    count: int, smallest: float, most_stretched: float, mirror: bool, random: np.random.Generator
) -> list[Crop]:
    """Draw crops: their area uniformly, their shape, their place, and whether they are mirrored.

    Args:
        count: how many.
        smallest: share of the picture's area that a crop has at least.
        most_stretched: how many times as wide as high, or as high as wide, it is at most, compared with the picture.
        mirror: whether half of them are mirrored.
        random: decides all of it.

    Example:
        >>> draw_crops(1, 1.0, 1.0, False, np.random.default_rng(0))
        [Crop(left=0.0, top=0.0, width=1.0, height=1.0, mirrored=False)]
    """
    area = random.uniform(smallest, 1.0, count)
    stretch = np.exp(random.uniform(-1.0, 1.0, count) * np.log(most_stretched))
    width, height = np.minimum(np.sqrt(area * stretch), 1.0), np.minimum(np.sqrt(area / stretch), 1.0)
    left, top = random.random(count) * (1.0 - width), random.random(count) * (1.0 - height)
    mirrored = (random.random(count) < 0.5) & mirror
    columns = (column.tolist() for column in (left, top, width, height, mirrored))
    return [Crop(*values) for values in zip(*columns, strict=True)]


def crop_pixels(source: ImageSource, crop: Crop, size: int) -> NDArray[np.uint8]:
    """Cut a crop out of a picture and resize it to a square, without keeping its proportions.

    Args:
        source: what `decode_image` takes.
        crop: the part.
        size: side of the square in pixels.

    Returns:
        (size, size, 3) uint8.

    Raises:
        TwobranchError: for a picture that cannot be decoded.

    Example:
        >>> crop_pixels(np.zeros((40, 60, 3), np.uint8), Crop(0.0, 0.0, 0.5, 0.5, True), 32).shape
        (32, 32, 3)
    """
    image = decode_image(source, min_side=DECODED_PER_PIXEL * size)
    x0, y0 = crop.left * image.width, crop.top * image.height
    box = (x0, y0, min(x0 + crop.width * image.width, image.width), min(y0 + crop.height * image.height, image.height))
    pixels = squared(image, size, box)
    return np.ascontiguousarray(pixels[:, ::-1]) if crop.mirrored else pixels
