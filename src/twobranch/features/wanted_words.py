"""The words that somebody looks for in a file of word vectors, in any of their spellings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.found_vectors import FoundVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WantedWords:
    """Collects the vectors of some words while a file is read from its beginning to its end.

    A word is taken as it is written, else in lower case, Capitalized or in CAPITALS, whichever of these comes first
    and is there: the words of a corpus are in lower case, while some files know "Paris" alone. Where a file holds a
    word twice, the first one counts.

    Args:
        words: the words.

    Example:
        >>> wanted = WantedWords(["paris", "dog"])
        >>> for word in ("Paris", "cat"):
        ...     if wanted.wants(word):
        ...         wanted.take(word, np.ones(2, np.float32), "a file")
        >>> found = wanted.found("glove")
        >>> found.rows.tolist(), found.spellings
        ([0], 1)
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._spellings: dict[str, list[tuple[int, int]]] = {}  # spelling -> rows that want it, and how much
        for row, word in enumerate(words):
            for rank, spelling in enumerate(spellings(word)):
                self._spellings.setdefault(spelling, []).append((row, rank))
        self._best: dict[int, tuple[int, NDArray[np.float32]]] = {}

    def wants(self, word: str) -> bool:
        """Whether the vector of a word of the file can be of use."""
        return any(self._improves(row, rank) for row, rank in self._spellings.get(word, ()))

    def take(self, word: str, vector: NDArray[np.float32], where: str) -> None:
        """Keep the vector (E,) of a word of the file.

        Raises:
            TwobranchError: if it is not finite.
        """
        if not np.isfinite(vector).all():
            raise TwobranchError(
                where, "a word vector holds finite numbers", found=f"{word!r} has others", remedy="Mend the file."
            )
        for row, rank in self._spellings[word]:
            if self._improves(row, rank):
                self._best[row] = rank, vector

    def _improves(self, row: int, rank: int) -> bool:
        return row not in self._best or rank < self._best[row][0]

    def found(self, format: str) -> FoundVectors:
        """What was taken."""
        rows = sorted(self._best)
        vectors = [self._best[row][1] for row in rows]
        others = sum(self._best[row][0] > 0 for row in rows)
        stacked = np.stack(vectors).astype(np.float32) if vectors else np.zeros((0, 0), np.float32)
        return FoundVectors(stacked, np.array(rows, np.int64), format, others)


def spellings(word: str) -> list[str]:
    """A word's spellings, the best first.

    Example:
        >>> spellings("paris")
        ['paris', 'Paris', 'PARIS']
    """
    return list(dict.fromkeys([word, word.lower(), word.capitalize(), word.upper()]))
