"""Numbers and truth values in columns of text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from twobranch.corpus.records import Scalar

# A leading zero marks an identifier, such as a postal code; it stays text.
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str], Scalar]], ...] = (
    (re.compile(r"true|false", re.IGNORECASE), lambda text: text.casefold() == "true"),
    (re.compile(r"-?(0|[1-9]\d{0,17})"), int),
    (re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?"), float),
)
"""What a whole column must look like, and how its values are then read."""


def typed(values: list[str | None]) -> list[Scalar]:
    """The column's values as bool, int or float where all of them can be; else as the text they are.

    Example:
        >>> typed(["1", None, "2.5"]), typed(["01", "2"]), typed(["true", "False"])
        ([1.0, None, 2.5], ['01', '2'], [True, False])
    """
    present = [value for value in values if value is not None]
    for pattern, convert in PATTERNS:
        if present and all(pattern.fullmatch(value) for value in present):
            converted = [None if value is None else convert(value) for value in values]
            if not any(isinstance(value, float) and math.isinf(value) for value in converted):
                return converted
    return list(values)


def type_metadata(images: Sequence[dict[str, Scalar]]) -> None:
    """Read numbers and truth values, in place, in those metadata columns that hold nothing else.

    Args:
        images: the metadata of each image, all of it text.

    Example:
        >>> images = [{"year": "1999", "place": "a"}, {"year": "2001"}]
        >>> type_metadata(images)
        >>> images
        [{'year': 1999, 'place': 'a'}, {'year': 2001}]
    """
    for name in dict.fromkeys(name for image in images for name in image):
        written = [image.get(name) for image in images]
        read = typed([None if value is None else str(value) for value in written])
        for image, value in zip(images, read, strict=True):
            if name in image:
                image[name] = value
