"""TF-IDF: a sentence as the weighted counts of its words, with a vocabulary learned from the training sentences.

Weight of word w in a sentence that holds it n times: (1 + ln n) * (1 + ln((1 + N) / (1 + N_w))), where N_w of N
training sentences hold w; then the row is scaled to length 1. Salton and Buckley, 1988; the
smoothing is scikit-learn's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features.encoder import LearnedSentences, identity_of
from twobranch.features.sentence_encoders import TfidfConfig
from twobranch.features.words import words
from twobranch.files import atomic_path, read_array, read_json, write_json

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TfidfState(TfidfConfig):
    """The content of `tfidf.json`."""

    vocabulary: tuple[str, ...]


class Tfidf(LearnedSentences):
    """Word counts, damped, weighted by rarity, scaled to length 1; the zero vector where no word is known.

    Args:
        options: size of the vocabulary, and how often a word must occur.
    """

    name = "tfidf"

    def __init__(self, options: TfidfConfig | None = None) -> None:
        self.options = options or TfidfConfig()
        self._columns: dict[str, int] = {}
        self._idf = np.zeros(0, np.float32)  # (F,)

    @property
    def dim(self) -> int:
        """Size of the vocabulary; at most `max_features`, and known only after `fit`."""
        self._require_fitted()
        return len(self._idf)

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words in the order of their columns; known only after `fit`."""
        self._require_fitted()
        return tuple(self._columns)

    @property
    def idf(self) -> NDArray[np.float32]:
        """The weight (F,) of each word's rarity; known only after `fit`."""
        self._require_fitted()
        return self._idf

    @property
    def identity(self) -> str:
        """SHA-256 over the settings, the vocabulary and the weights of the words."""
        self._require_fitted()
        weights = [float(weight) for weight in self._idf]
        return identity_of(name=self.name, vocabulary=list(self._columns), idf=weights, tf="1 + ln", norm="l2")

    def fit(self, sentences: Sequence[str]) -> None:
        """Learn the vocabulary and the weights of its words.

        Raises:
            TwobranchError: if no word occurs in `min_df` sentences.
        """
        occurrences: Counter[str] = Counter()
        holding: Counter[str] = Counter()  # sentences that hold the word
        for sentence in sentences:
            found = words(sentence)
            occurrences.update(found)
            holding.update(set(found))
        frequent = [word for word in occurrences if holding[word] >= self.options.min_df]
        if not frequent:
            raise TwobranchError(
                "tfidf",
                f"at least one word occurs in {self.options.min_df} of the {len(sentences)} training sentences",
                remedy="Train with more sentences, or lower min_df.",
            )
        chosen = sorted(frequent, key=lambda word: (-occurrences[word], word))[: self.options.max_features]
        self._columns = {word: column for column, word in enumerate(sorted(chosen))}
        held = np.array([holding[word] for word in self._columns], np.float64)
        self._idf = (np.log((1 + len(sentences)) / (1 + held)) + 1).astype(np.float32)

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Features of C sentences: (C, vocabulary) float32, rows of length 1 or zero.

        Raises:
            TwobranchError: if it was not fitted.
        """
        self._require_fitted()
        features = np.zeros((len(sentences), len(self._idf)), np.float32)
        for row, sentence in enumerate(sentences):
            counts = Counter(column for word in words(sentence) if (column := self._columns.get(word)) is not None)
            if counts:
                columns = np.fromiter(counts, np.int64)
                weights = (1 + np.log(np.fromiter(counts.values(), np.float32))) * self._idf[columns]
                features[row, columns] = weights / np.linalg.norm(weights)
        return features

    def save(self, folder: Path) -> None:
        """Write `tfidf.json` (vocabulary) and `tfidf.npy` (weights of its words)."""
        self._require_fitted()
        state = {**self.options.model_dump(), "vocabulary": list(self._columns)}
        with atomic_path(folder / "tfidf.npy") as temporary, temporary.open("wb") as file:
            np.save(file, self._idf, allow_pickle=False)
        write_json(folder / "tfidf.json", state)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            TwobranchError: if a file is missing or the two do not belong together.
        """
        path = folder / "tfidf.json"
        state = validated(TfidfState, read_json(path, "the vocabulary of tfidf"), str(path))
        idf = read_array(folder / "tfidf.npy", "the weights of tfidf")
        columns = {word: column for column, word in enumerate(state.vocabulary)}
        if (
            idf.shape != (len(columns),)
            or len(columns) != len(state.vocabulary)
            or idf.dtype.kind != "f"
            or not np.isfinite(idf).all()
        ):
            raise TwobranchError(
                str(folder / "tfidf.npy"),
                f"has one weight for each of the {len(columns)} words of tfidf.json, a finite number",
                found=f"{idf.dtype} {idf.shape}",
                remedy="Restore both files from the same training.",
            )
        self.options = TfidfConfig(max_features=state.max_features, min_df=state.min_df)
        self._columns = columns
        self._idf = idf.astype(np.float32)

    def _require_fitted(self) -> None:
        if not self._columns:
            raise TwobranchError("tfidf", "must be fitted before it is used", remedy="Call fit or load first.")
