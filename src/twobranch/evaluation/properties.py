"""Properties by which queries are told apart: the length of a sentence, or a column of the user's own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

VALUES = 12
"""Different values up to which each is a slice of its own."""
BINS = 5
"""Bins of numbers, of about equal mass."""
FEWEST = 10
"""Items below which a slice says little: rare values are put together, but in a small split with fewer than that."""
NO_VALUE = "(no value)"
OTHERS = "(others)"


@dataclass(frozen=True)
class Property:
    """Each item's value of one property, as the number of a slice.

    Attributes:
        name: what it is, for a heading.
        values: the slices, in the order in which they are shown.
        codes: (n,) number of the slice of each item.
    """

    name: str
    values: tuple[str, ...]
    codes: NDArray[np.int64]

    def of(self, rows: Any) -> Property:
        """The property of chosen items, in their order."""
        return Property(self.name, self.values, self.codes[rows])


def property_of(name: str, values: Sequence[Any]) -> Property | None:
    """The slices of a column: its values where they are few, bins where they are numbers, the most frequent of texts.

    Rare values are put together: neighbors of numbers, and other texts.

    Args:
        name: of the column.
        values: of each item: text, numbers or booleans; None where there is none.

    Returns:
        None where all items are alike, or where the column tells items apart rather than kinds of them: texts whose
        `VALUES - 1` most frequent ones cover less than half of the items.

    Example:
        >>> found = property_of("season", ["winter", "summer", None, "winter"])
        >>> found.values, found.codes.tolist()
        (('summer', 'winter', '(no value)'), [1, 0, 2, 1])
        >>> property_of("year", list(range(1900, 2000))).values[:2]
        ('1900 to 1919', '1920 to 1939')
        >>> property_of("file", [f"{number}.jpg" for number in range(50)]) is None
        True
    """
    known = [value for value in values if not _is_missing(value)]
    counts = Counter(known)
    fewest = min(FEWEST, len(values) / 20)
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return _binned(name, values, _starts(counts, fewest) if len(counts) <= VALUES else _quantiles(known))
    room = VALUES if len(counts) <= VALUES else VALUES - 1
    kept = sorted(value for value, count in counts.most_common(room) if count >= fewest)
    if 2 * sum(counts[value] for value in kept) < len(values):
        return None
    number_of = {value: number for number, value in enumerate(kept)}
    others, missing = len(kept), len(kept) + 1
    codes = [missing if _is_missing(value) else number_of.get(value, others) for value in values]
    return _without_empty(name, [*(_text(value) for value in kept), OTHERS, NO_VALUE], np.array(codes, np.int64))


def word_counts(name: str, texts: Sequence[str]) -> Property | None:
    """Slices by the number of words.

    Example:
        >>> word_counts("words", ["a dog", "two red cars", "a cat"]).values
        ('2', '3')
    """
    return property_of(name, [len(text.split()) for text in texts])


def _starts(counts: Mapping[float, int], fewest: float) -> list[float]:
    """Each number begins a bin, but that rare ones join the next, and the last ones those before them."""
    starts, size = [], fewest
    for value in sorted(counts):
        if size >= fewest:
            starts.append(value)
            size = 0
        size += counts[value]
    return starts[:-1] if size < fewest and len(starts) > 1 else starts


def _quantiles(known: Sequence[float]) -> list[float]:
    """Where bins of about equal mass begin, without parting equal numbers."""
    ordered = sorted(known)
    return sorted({ordered[number * len(ordered) // BINS] for number in range(BINS)})


def _binned(name: str, values: Sequence[Any], starts: Sequence[float]) -> Property | None:
    """Bins of numbers, each from its start to the next."""
    missing = np.array([_is_missing(value) for value in values])
    numbers = np.array([0.0 if gone else float(value) for value, gone in zip(values, missing, strict=True)])
    codes = np.where(missing, len(starts), np.searchsorted(np.array(starts, float), numbers, "right") - 1)
    names = []
    for number in range(len(starts)):
        inside = numbers[codes == number]
        low, high = _text(float(inside.min())), _text(float(inside.max()))
        names.append(low if low == high else f"{low} to {high}")
    return _without_empty(name, [*names, NO_VALUE], codes.astype(np.int64))


def _without_empty(name: str, values: Sequence[str], codes: NDArray[np.int64]) -> Property | None:
    """Slices that have an item; None where there is only one."""
    present, codes = np.unique(codes, return_inverse=True)
    if len(present) < 2:
        return None
    return Property(name, tuple(values[number] for number in present), codes.astype(np.int64))


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _text(value: Any) -> str:
    """A value as it is shown; numbers without digits that say nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
