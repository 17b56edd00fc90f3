"""The sentence encoders of a recipe: their names and options. What computes is imported only when it is loaded."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from pydantic import Field

from twobranch.config import Config
from twobranch.features.encoder import SentenceEncoder


class SentenceEncoderConfig(Config):
    """The base of all sentence encoders in a recipe: options are fields, `load` makes the encoder.

    A user's own encoder is a subclass that is named by its dotted path.
    """

    @abstractmethod
    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder; one that learns from the corpus is not fitted yet.

        Args:
            device: "auto", "cpu", "cuda", "cuda:N" or "mps".
            threads: processors to use; None for all.
            cache: the cache folder; None for $TWOBRANCH_CACHE or the user's cache folder.

        Raises:
            TwobranchError: if its weights are missing or not the known ones, or the device cannot be used.
        """


class MiniLMConfig(SentenceEncoderConfig):
    """all-MiniLM-L6-v2, frozen: 384 values."""

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.minilm import MiniLM

        return MiniLM(device=device, threads=threads, cache=cache)


class WordVectorsConfig(SentenceEncoderConfig):
    """The mean over frozen word vectors: 256 values."""

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder; a table has nothing to run on a device."""
        from twobranch.features.word_vectors import WordVectors

        return WordVectors()


class TfidfConfig(SentenceEncoderConfig):
    """Weighted word counts, a value per word of the training sentences.

    Example:
        >>> TfidfConfig(max_features=100).load().fitted
        True
    """

    max_features: int = Field(default=5000, ge=1, description="words at most: those that occur most often")
    min_df: int = Field(default=2, ge=1, description="training sentences in which a word must occur")

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder, not fitted."""
        from twobranch.features.tfidf import Tfidf

        return Tfidf(self)


SENTENCE_ENCODERS: dict[str, type[SentenceEncoderConfig]] = {
    "minilm": MiniLMConfig,
    "word-vectors": WordVectorsConfig,
    "tfidf": TfidfConfig,
}
"""The name of each sentence encoder in a recipe."""
