"""The sentence encoders of a recipe: their names and options. What computes is imported only when it is loaded."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from twobranch.config import Config
from twobranch.features.checkpoint_folder import ModelSource
from twobranch.features.encoder import SentenceEncoder
from twobranch.features.lora import Lora


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


class NgramsConfig(SentenceEncoderConfig):
    """Bags of word or character n-grams of the training sentences, as token ids.

    `orders: [1]` is a bag of words, `[1, 2]` adds bigrams, `[1, 2, 3]` trigrams, and `skip: 2` skip-grams.
    """

    unit: Literal["word", "character"] = Field(default="word", description="what the n-grams are made of")
    orders: tuple[int, ...] = Field(default=(1,), min_length=1, description="lengths of the n-grams")
    skip: int = Field(default=0, ge=0, description="words that an n-gram may leave out between its own, in all")
    max_features: int = Field(default=50_000, ge=1, description="n-grams at most: those that occur most often")
    min_count: int = Field(default=5, ge=1, description="how often an n-gram must occur in the training sentences")

    @model_validator(mode="after")
    def _orders_are_lengths(self) -> NgramsConfig:
        if min(self.orders) < 1 or len(set(self.orders)) < len(self.orders):
            raise ValueError("orders must be different lengths of at least 1, for example [1, 2]")
        if self.skip and (self.unit == "character" or max(self.orders) == 1):
            raise ValueError("skip is for n-grams of two words and more; with others it must be 0")
        return self

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder, not fitted."""
        from twobranch.features.ngrams import Ngrams

        return Ngrams(self)


class WordsConfig(SentenceEncoderConfig):
    """The words of a sentence in their order, as token ids, for a branch that reads text itself."""

    min_count: int = Field(default=2, ge=1, description="how often a word must occur in the training sentences")
    max_features: int = Field(default=30_000, ge=1, description="words at most: those that occur most often")
    longest: int = Field(default=32, ge=1, description="words of a sentence at most; what follows is cut")
    vectors: str = Field(
        default="bundled",
        description="where word vectors come from: bundled, none, or a file of word2vec, GloVe or fastText;"
        " a word without a vector is left out",
    )

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder, not fitted."""
        from twobranch.features.word_tokens import WordTokens

        return WordTokens(self)


class HglmmConfig(SentenceEncoderConfig):
    """Fisher vectors of a hybrid Gaussian-Laplacian mixture over word vectors, on their principal components."""

    components: int = Field(default=30, ge=1, description="components of the mixture (methods.md 1.7 [C])")
    dimensions: int = Field(default=1024, ge=1, description="principal components, the length of the feature")
    iterations: int = Field(default=10, ge=1, description="steps of expectation maximization (methods.md 1.7 [C])")
    seed: int = Field(default=0, ge=0, description="of all that is drawn, apart from the recipe's own seed")

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder, not fitted; it runs on the processor."""
        from twobranch.features.hglmm import Hglmm

        return Hglmm(self)


class TransformersSentencesConfig(SentenceEncoderConfig):
    """A text network of transformers: the text tower of CLIP or SigLIP, or the mean over the states of BERT ..."""

    model: ModelSource
    lora: Lora | None = Field(default=None, description="adapters that a stage trains in place of the weights")

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.transformers_sentences import transformers_sentences

        return transformers_sentences(self.model, lora=self.lora, device=device, threads=threads, cache=cache)


class OpenClipSentencesConfig(SentenceEncoderConfig):
    """The text tower of a model of open_clip."""

    model: ModelSource

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.open_clip_sentences import open_clip_sentences

        return open_clip_sentences(self.model, device=device, threads=threads, cache=cache)


class SentenceTransformersConfig(SentenceEncoderConfig):
    """A model of sentence-transformers, with its own pooling and normalization."""

    model: ModelSource
    lora: Lora | None = Field(default=None, description="adapters that a stage trains in place of the weights")

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> SentenceEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.sentence_transformers_sentences import sentence_transformers_sentences

        return sentence_transformers_sentences(self.model, lora=self.lora, device=device, threads=threads, cache=cache)


SENTENCE_ENCODERS: dict[str, type[SentenceEncoderConfig]] = {
    "minilm": MiniLMConfig,
    "word-vectors": WordVectorsConfig,
    "tfidf": TfidfConfig,
    "ngrams": NgramsConfig,
    "words": WordsConfig,
    "hglmm": HglmmConfig,
    "transformers": TransformersSentencesConfig,
    "open-clip": OpenClipSentencesConfig,
    "sentence-transformers": SentenceTransformersConfig,
}
"""The name of each sentence encoder in a recipe."""

ENGLISH = (MiniLMConfig, WordVectorsConfig, HglmmConfig)
"""Encoders whose weights are those of English text; the others learn a corpus's words or are the user's choice."""
