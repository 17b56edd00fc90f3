"""Sentence encoders that are networks: token ids in, a vector for each sentence out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from twobranch.features.encoder import SentenceOutput
from twobranch.features.network import Batch, Network
from twobranch.features.network_encoder import NetworkEncoder

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from twobranch.features.lora import Lora

Tokenize: TypeAlias = Callable[[Sequence[str]], list[list[int]]]
"""From sentences to the ids of their tokens, special ones included, cut to the longest length."""

_CHUNK_TOKENS = 1024  # tokens in one request


class NetworkSentences(NetworkEncoder):
    """A sentence encoder whose network takes ids (C, T) and mask (C, T), both int64, and gives "vector" (C, F).

    Args:
        network: the network.
        license: of its weights.
        tokenize: from sentences to token ids.
        dim: length F of a feature.
        languages: codes of the languages that it understands; empty: any.
        unit: whether features are scaled to length 1.
        portable: makes the same tokenizer as the library tokenizers has it, padding included; None if it is none.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None for all.
        cache: folder for the converted network; None for the default.
        lora: adapters that a stage trains in place of the weights; None to train the weights.
    """

    output: SentenceOutput = "vector"
    fitted = False
    cached = True
    vectors: NDArray[np.float32] | None = None

    def __init__(
        self, network: Network, license: str, *, tokenize: Tokenize, dim: int, languages: tuple[str, ...], unit: bool,
        portable: Callable[[], Tokenizer] | None = None, device: str = "auto", threads: int | None = None,
        cache: Path | None = None, lora: Lora | None = None,
    ) -> None:  # fmt: skip
        super().__init__(network, license, device=device, threads=threads, cache=cache, lora=lora)
        self.tokenize, self.portable = tokenize, portable
        self.dim, self.languages, self.unit = dim, languages, unit

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Features of C sentences: (C, F) float32; a sentence that is too long is cut."""
        if not len(sentences):
            return np.zeros((0, self.dim), np.float32)
        batches, order = length_sorted_batches(self.tokenize(sentences))
        rows = np.concatenate([found for (found,) in self.engine.run(batches, ("vector",))])  # (C, F), sorted by length
        if self.unit:
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        features = np.empty_like(rows)
        features[order] = rows
        return features

    def tokens(self, sentences: Sequence[str]) -> NDArray[np.int64]:
        """What the trainable network reads: (C, T) int64, each id raised by one, with 0 for the padding."""
        ids, mask = padded(self.tokenize(sentences))
        return (ids + 1) * mask

    def _inputs(self, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        batch = batch[:, : max(1, int((batch != 0).sum(1).max()))]  # a chunk may be shorter than its batch
        return (batch - 1).clamp(min=0), (batch != 0).long()

    def fit(self, sentences: Sequence[str]) -> None:
        """Do nothing: a stage trains the weights, if anything does."""


def length_sorted_batches(tokens: Sequence[Sequence[int]]) -> tuple[list[Batch], list[int]]:
    """Ids and masks of sentences, in batches of one length each.

    Nothing is padded, since the last bits of a feature can depend on the padding: a sentence has the same feature
    whatever it is encoded with, in an uninterrupted run or in the rest of one.

    Args:
        tokens: the ids of each sentence.

    Returns:
        The batches, each (ids (C, T) int64, mask (C, T) int64), and the row of each sentence in their order.
    """
    # The longest first: what runs last is then short, and the requests finish together.
    order = sorted(range(len(tokens)), key=lambda row: -len(tokens[row]))
    batches: list[Batch] = []
    start = 0
    while start < len(order):
        length = len(tokens[order[start]])
        end = start + max(1, _CHUNK_TOKENS // max(1, length))
        rows = [row for row in order[start:end] if len(tokens[row]) == length]
        batches.append(padded([tokens[row] for row in rows]))
        start += len(rows)
    return batches, order


def padded(tokens: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids (C, T), padded with 0, and the mask (C, T)."""
    ids = np.zeros((len(tokens), max([1, *map(len, tokens)])), np.int64)
    mask = np.zeros_like(ids)
    for line, some in enumerate(tokens):
        ids[line, : len(some)] = some
        mask[line, : len(some)] = 1
    return ids, mask
