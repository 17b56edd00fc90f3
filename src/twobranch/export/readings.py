"""How each sentence encoder reads outside of twobranch: a tokenizer, and a network from tokens to its feature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from torch import nn

from twobranch.errors import TwobranchError
from twobranch.export.word_readers import KnownTokens, MeanVectors, WeightedCounts
from twobranch.export.word_tokenizer import word_tokenizer
from twobranch.features.encoder import SentenceEncoder
from twobranch.features.network_sentences import NetworkSentences
from twobranch.features.ngrams import Ngrams
from twobranch.features.probe_sentences import PROBE_SENTENCES
from twobranch.features.tfidf import Tfidf
from twobranch.features.word_tokens import WordTokens
from twobranch.features.word_vectors import WordVectors


@dataclass(frozen=True)
class Reading:
    """A sentence encoder for another program.

    Attributes:
        tokenizer: from a sentence to ids and mask, cut and padded.
        build: makes the module (ids (C, T), mask (C, T)) -> the feature (C, F), or token ids (C, T) of the branch.
        probe: sentences that show whether it reads like the encoder.
    """

    tokenizer: Tokenizer
    build: Callable[[], nn.Module]
    probe: tuple[str, ...] = PROBE_SENTENCES


class _Network(nn.Module):
    """The network of an encoder, with the length of its features."""

    def __init__(self, network: nn.Module, *, unit: bool) -> None:
        super().__init__()
        self.network, self.unit = network, unit

    def forward(self, ids: Any, mask: Any) -> Any:
        features = self.network(ids, mask)[0]
        return nn.functional.normalize(features) if self.unit else features


def _network(encoder: NetworkSentences) -> Reading:
    if encoder.portable is None:
        raise TwobranchError(
            f'encoder "{encoder.name}"',
            "must have a tokenizer that the library tokenizers can run outside of twobranch",
            found="one that is written in Python",
            remedy="Export a matcher with another sentence encoder.",
        )
    return Reading(encoder.portable(), lambda: _Network(encoder.network.build(), unit=encoder.unit))


def _word_vectors(encoder: WordVectors) -> Reading:
    table = encoder.table
    return Reading(table.portable(), lambda: MeanVectors(table.vectors, table.unknown))


def _tfidf(encoder: Tfidf) -> Reading:
    words = encoder.vocabulary
    return Reading(word_tokenizer(words), lambda: WeightedCounts(encoder.idf), _probe(words))


def _words(encoder: WordTokens) -> Reading:
    words = encoder.vocabulary
    return Reading(word_tokenizer(words), lambda: KnownTokens(encoder.options.longest), _probe(words))


def _ngrams(encoder: Ngrams) -> Reading:
    options = encoder.options
    if options.unit != "word" or options.orders != (1,):
        raise TwobranchError(
            'encoder "ngrams"',
            "only a bag of single words can be read outside of twobranch",
            found=f"n-grams of {options.unit}s, orders {list(options.orders)}",
            remedy="Train with orders: [1] and unit: word, or with the encoder words.",
        )
    words = encoder.vocabulary
    return Reading(word_tokenizer(words), lambda: KnownTokens(None), _probe(words))


READINGS: dict[type[Any], Callable[[Any], Reading]] = {
    NetworkSentences: _network,
    WordVectors: _word_vectors,
    Tfidf: _tfidf,
    WordTokens: _words,
    Ngrams: _ngrams,
}
"""The sentence encoders that can be read outside of twobranch."""


def reading_of(encoder: SentenceEncoder) -> Reading:
    """How a sentence encoder reads.

    Raises:
        TwobranchError: if it cannot be read outside of twobranch.
    """
    for kind, make in READINGS.items():
        if isinstance(encoder, kind):
            return make(encoder)
    raise TwobranchError(
        f'encoder "{encoder.name}"',
        "has no form in which it could be read outside of twobranch",
        remedy="Export a matcher with another sentence encoder: docs/export.md lists those that can be.",
    )


def _probe(words: Sequence[str], count: int = 24) -> tuple[str, ...]:
    """Sentences of known words, short and longer than any encoder reads, some with a stranger among them."""
    random = np.random.default_rng(0)
    lengths = [1, 2, 3, 40, *random.integers(2, 30, count - 4)]
    known = [[words[row] for row in random.integers(0, len(words), length)] for length in lengths]
    mixed = [" ".join([*some[: len(some) // 2], *["Xyzzy,"] * (row % 3), *some[len(some) // 2 :]]).capitalize()
             for row, some in enumerate(known)]  # fmt: skip
    return (*mixed, *PROBE_SENTENCES, "")
