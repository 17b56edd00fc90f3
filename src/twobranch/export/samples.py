"""Pictures and sentences on which a written tower is compared with its matcher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twobranch.features.decoding import ImageSource
from twobranch.features.efficientnet_lite import probe_pictures

MOST = 32
"""Pictures, and sentences, that are compared at most."""


@dataclass(frozen=True)
class Samples:
    """What is compared.

    Attributes:
        pictures: paths, Pillow images or arrays.
        sentences: beside those that the encoder's own probe holds.
        source: what they are, for the description.
    """

    pictures: Sequence[ImageSource]
    sentences: Sequence[str] = ()
    source: str = "generated"

    @classmethod
    def generated(cls) -> Samples:
        """Pictures of several sizes and shapes.

        Example:
            >>> len(Samples.generated().pictures)
            16
        """
        pictures = probe_pictures(400, 16)
        random = np.random.default_rng(1)
        sides = random.integers(40, 400, (len(pictures), 2))
        return cls([picture[:height, :width] for picture, (height, width) in zip(pictures, sides, strict=True)])

    @classmethod
    def of(cls, pictures: Sequence[ImageSource], sentences: Sequence[str], source: str) -> Samples:
        """Some of a person's own, spread over all of them."""
        return cls(_some(pictures), _some(sentences), source)


def _some(items: Sequence[ImageSource] | Sequence[str]) -> list[Any]:
    rows = np.unique(np.linspace(0, max(0, len(items) - 1), min(MOST, len(items))).astype(int))
    return [items[row] for row in rows]
