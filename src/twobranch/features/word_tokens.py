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

from twobranch.config import Config, validated
from twobranch.errors import TwobranchError
from twobranch.features.encoder import LearnedSentences, SentenceOutput, identity_of
from twobranch.features.found_vectors import FoundVectors, coverage_report
from twobranch.features.sentence_encoders import WordsConfig
from twobranch.features.token_vectors import TokenVectors
from twobranch.features.words import words
from twobranch.files import read_json, write_json
from twobranch.progress import log

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FILE = "words.json"


class _State(Config):
    """The content of `words.json`."""

    options: WordsConfig
    vocabulary: tuple[str, ...]


class WordTokens(LearnedSentences):
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
    output: SentenceOutput = "tokens"

    def __init__(self, options: WordsConfig | None = None) -> None:
        self.options = options or WordsConfig()
        self._ids: dict[str, int] = {}

    @property
    def dim(self) -> int:
        """Size V of the vocabulary with the padding, which is id 0; known only after `fit`."""
        self._require_fitted()
        return len(self._ids) + 1

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
        counts = Counter(word for sentence in sentences for word in words(sentence, shortest=1))
        frequent = [word for word, count in counts.items() if count >= self.options.min_count]
        chosen = sorted(frequent, key=lambda word: (-counts[word], word))[: self.options.max_features]
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
        self._ids = _numbered(chosen)

    def _with_vectors(self, chosen: list[str], counts: Counter[str]) -> tuple[list[str], NDArray[np.float32]]:
        """The words that have a vector, and their vectors (n, E)."""
        from twobranch.features.word_vector_files import read_word_vectors

        source = self.options.vectors
        found = _bundled(chosen) if source == "bundled" else read_word_vectors(Path(source), chosen)
        log.info("word vectors (%s): %s", source, coverage_report(chosen, [counts[word] for word in chosen], found))
        return [chosen[row] for row in found.rows], found.vectors

    def encode(self, sentences: Sequence[str]) -> NDArray[np.int64]:
        """Ids of C sentences: (C, T) int64 in 0..V-1, padded with 0 to the longest sentence, T at least 1.

        Raises:
            TwobranchError: if it was not fitted.
        """
        self._require_fitted()
        known = self._ids
        found = [
            [known[word] for word in words(sentence, shortest=1) if word in known][: self.options.longest]
            for sentence in sentences
        ]
        ids = np.zeros((len(found), max([1, *map(len, found)])), np.int64)  # (C, T)
        for row, some in enumerate(found):
            ids[row, : len(some)] = some
        return ids

    def save(self, folder: Path) -> None:
        """Write `words.json`: options and vocabulary."""
        self._require_fitted()
        write_json(folder / _FILE, {"options": self.options.model_dump(mode="json"), "vocabulary": list(self._ids)})

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            TwobranchError: if the file is missing or not of this kind.
        """
        path = folder / _FILE
        state = validated(_State, read_json(path, "the vocabulary of words"), str(path))
        self.options, self._ids = state.options, _numbered(state.vocabulary)

    def _require_fitted(self) -> None:
        if not self._ids:
            raise TwobranchError("words", "must be fitted before it is used", remedy="Call fit or load first.")


def _bundled(chosen: Sequence[str]) -> FoundVectors:
    """The bundled vectors: a word's is the mean over the tokens that it is made of."""
    table = TokenVectors()
    tokens = table.tokens(chosen)
    rows = [row for row, known in enumerate(tokens) if known]
    vectors = np.zeros((len(rows), table.dim), np.float32)
    for number, row in enumerate(rows):
        vectors[number] = table.vectors[tokens[row]].mean(axis=0)
    return FoundVectors(vectors, np.array(rows, np.int64), "bundled")


def _numbered(vocabulary: Sequence[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(vocabulary, start=1)}
