"""What people see of an image: the picture, or for precomputed features their values as gray cells."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image

from twobranch.corpus.containers.rows import NPY_MAGIC, from_npy
from twobranch.corpus.contents import content
from twobranch.errors import TwobranchError
from twobranch.features.decoding import decode_image, image_size


def shown_image(path: str | Path, min_side: int) -> tuple[Image.Image, tuple[int, int]]:
    """An image to look at, and the width and height of the original.

    Args:
        path: a picture, or features.
        min_side: the picture may be decoded at a part of its size with sides at least so long.

    Raises:
        TwobranchError: if it cannot be read.
    """
    try:
        picture = decode_image(path, min_side=min_side)
        return picture, image_size(path)  # from the head: decoding may have scaled the picture down
    except TwobranchError:
        data = content(path)
        if not data.startswith(NPY_MAGIC):
            raise
    cells = feature_cells(from_npy(data, str(path)))
    return cells, cells.size


def feature_cells(features: np.ndarray) -> Image.Image:
    """The values of a feature (F,), or of the mean of a set (R, F), row by row as gray cells; the largest are black.

    Example:
        >>> feature_cells(np.arange(12.0)).size
        (4, 4)
    """
    values = np.nan_to_num(np.asarray(features, np.float64)).clip(-1e30, 1e30).reshape(-1, features.shape[-1]).mean(0)
    side = math.ceil(math.sqrt(values.size))
    low, high = float(values.min()), float(values.max())
    gray = np.full(side * side, 255, np.uint8)
    gray[: values.size] = np.rint(255 * (high - values) / max(high - low, 1e-12))
    return Image.fromarray(gray.reshape(side, side)).convert("RGB")
