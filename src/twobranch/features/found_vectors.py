"""Which words of a vocabulary have a vector, and how much of the text that covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHOWN = 8  # missing words that the report names


@dataclass(frozen=True)
class FoundVectors:
    """The vectors of those words that have one.

    Attributes:
        vectors: (n, E) float32.
        rows: (n,) int64, the number of each vector's word among those that were asked for, ascending.
        format: where they come from.
        spellings: how many were found in another spelling only, "Paris" for "paris".
    """

    vectors: NDArray[np.float32]
    rows: NDArray[np.int64]
    format: str
    spellings: int = 0


def coverage_report(words: Sequence[str], counts: Sequence[int], found: FoundVectors) -> str:
    """What share of a vocabulary and of its text has vectors, in a sentence.

    Args:
        words: the vocabulary.
        counts: how often each word occurs.
        found: the vectors of some of them.

    Example:
        >>> some = FoundVectors(np.zeros((2, 3), np.float32), np.array([0, 1]), "glove", spellings=1)
        >>> coverage_report(["dog", "paris", "xyzzy"], [6, 3, 1], some)
        '2 of 3 words (66.7 %), 90.0 % of the text, 1 in another spelling; without a vector: xyzzy'
    """
    frequency = np.asarray(counts, np.float64)
    has = np.zeros(len(words), bool)
    has[found.rows] = True
    total = max(frequency.sum(), 1.0)
    text = f"{has.sum():,} of {len(words):,} words ({100 * has.mean() if len(words) else 0:.1f} %)"
    text += f", {100 * frequency[has].sum() / total:.1f} % of the text"
    text += f", {found.spellings:,} in another spelling" if found.spellings else ""
    missing = sorted(np.flatnonzero(~has).tolist(), key=lambda row: -frequency[row])
    if missing:
        shown = ", ".join(words[row] for row in missing[:_SHOWN])
        text += f"; without a vector: {shown}" + (" ..." if len(missing) > _SHOWN else "")
    return text
