"""How a network of another project wants its pixels: their number, and what is subtracted and divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from twobranch.errors import TwobranchError
from twobranch.features.views import PREPROCESSING

_255TH = 1 / 255


@dataclass(frozen=True)
class Preprocessing:
    """Side of the picture, and (value * scale - mean) / deviation for each color.

    The picture itself is twobranch's view: the whole of it, squashed to the square, or a crop. What a checkpoint says
    of resizing and cropping is left aside, for it would cut off the borders of a picture.

    Attributes:
        size: side of the square of pixels.
        mean: of red, green and blue.
        deviation: of red, green and blue.
        scale: by which a value from 0 to 255 is multiplied first.
    """

    size: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    scale: float = _255TH

    @classmethod
    def of(cls, where: str, size: Any, mean: Any, deviation: Any, scale: Any = _255TH) -> Preprocessing:
        """Check what a checkpoint says.

        Args:
            where: the file that says it, for the message.
            size: one number, or height and width that are equal.
            mean: three numbers, or one for all colors.
            deviation: three numbers, or one for all colors.
            scale: one number.

        Raises:
            TwobranchError: if it is not a square of three colors.

        Example:
            >>> Preprocessing.of("config.json", [224, 224], 0.5, [0.5, 0.5, 0.5]).mean
            (0.5, 0.5, 0.5)
        """
        sides = list(size.values()) if isinstance(size, Mapping) else size if isinstance(size, list | tuple) else [size]
        colors = [list(value) if isinstance(value, list | tuple) else [value] * 3 for value in (mean, deviation)]
        numbers = [*sides, *colors[0], *colors[1], scale]
        if (
            not all(isinstance(number, int | float) for number in numbers)
            or len(set(sides)) != 1
            or any(len(color) != 3 for color in colors)
        ):
            raise TwobranchError(
                where,
                "must state one side in pixels, and mean and deviation of three colors",
                found=f"size {size}, mean {mean}, deviation {deviation}, scale {scale}",
                remedy="Networks on other pictures cannot be used here.",
            )
        return cls(int(sides[0]), tuple(map(float, colors[0])), tuple(map(float, colors[1])), float(scale))

    @property
    def description(self) -> dict[str, Any]:
        """What decides the pixels that the network sees, as a part of an encoder's identity."""
        return {**asdict(self), "views": PREPROCESSING}
