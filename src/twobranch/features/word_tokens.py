"""The words of a sentence in their order, as token ids, for networks that read text themselves.

The vocabulary comes from the training sentences alone: one that holds the words of other sentences would know
something of them (methods.md 7). Where the words start from vectors, a word without one is left out, as both papers
that train on word vectors do (methods.md 1.8 [C2], 4.2 [C]).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.encoder import identity_of
from twobranch.features.found_vectors import FoundVectors, coverage_report
from twobranch.features.learned_tokens import LearnedTokens, TokensState, most_frequent
from twobranch.features.sentence_encoders import WordsConfig
from twobranch.features.word_vector_files import read_word_vectors
from twobranch.features.word_vectors import WordVectors
from twobranch.features.words import words
from twobranch.progress import log

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WordTokens(LearnedTokens[WordsConfig]):
    """The ids of a sentence's known words, in their order; what is unknown is left out.

    Args:
        options: size of the vocabulary, length of a sentence, where word vectors come from.

    Attributes:
        vectors: (V, E) float32, the vector of each word in the order of the ids, zero for the padding; None where
            words have none, and in an encoder that was loaded: there the network holds what became of them.

    Example:
        >>> encoder = WordTokens(WordsConfig(min_count=1, vectors="none"))
        >>> encoder.fit(["A dog runs", "a dog"])
        >>> encoder.encode(["the dog runs", "a"])
        array([[2, 3],
               [1, 0]])
    """

    name = "words"
    state = TokensState[WordsConfig]

    def __init__(self, options: WordsConfig | None = None) -> None:
        super().__init__(options or WordsConfig())

    @property
    def identity(self) -> str:
        """SHA-256 over what decides the ids: the vocabulary and the longest length."""
        self._require_fitted()
        return identity_of(name=self.name, vocabulary=list(self._ids), longest=self.options.longest)

    def fit(self, sentences: Sequence[str]) -> None:
        """Learn the vocabulary, and look up the vectors of its words.

        Raises:
            TwobranchError: if no word is frequent enough or has a vector, or the file of vectors cannot be read.
        """
        counts = Counter(word for sentence in sentences for word in self._split(sentence))
        chosen = most_frequent(counts, self.options.min_count, self.options.max_features)
        if self.options.vectors != "none":
            chosen, found = self._with_vectors(chosen, counts)
            self.vectors = np.concatenate([np.zeros((1, found.shape[1]), np.float32), found])
        if not chosen:
            raise TwobranchError(
                "words",
                f"at least one word occurs {self.options.min_count} times in the {len(sentences)} training sentences"
                + ("" if self.options.vectors == "none" else " and has a vector"),
                remedy="Train with more sentences, lower min_count, or set vectors: none.",
            )
        self._learn(chosen)

    def _with_vectors(self, chosen: list[str], counts: Counter[str]) -> tuple[list[str], NDArray[np.float32]]:
        """The words that have a vector, and their vectors (n, E)."""
        source = self.options.vectors
        found = _bundled(chosen) if source == "bundled" else read_word_vectors(Path(source), chosen)
        log.info("word vectors (%s): %s", source, coverage_report(chosen, [counts[word] for word in chosen], found))
        return [chosen[row] for row in found.rows], found.vectors

    def _split(self, sentence: str) -> list[str]:
        return words(sentence, shortest=1)

    def _known(self, sentence: str) -> list[int]:
        return super()._known(sentence)[: self.options.longest]


def _bundled(chosen: Sequence[str]) -> FoundVectors:
    """The bundled vectors: a word's is the mean over the tokens that it is made of."""
    vectors = WordVectors().encode(chosen)
    rows = np.flatnonzero(vectors.any(axis=1))  # a word without a known token has the zero vector
    return FoundVectors(vectors[rows], rows, "bundled")
