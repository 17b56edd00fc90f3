"""What an encoder is: raw images or sentences in, features out, and an identity that says exactly which features."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Output = Literal["vector", "grid"]
"""One vector for the whole picture, or one for each cell of the encoder's grid."""

SentenceOutput = Literal["vector", "tokens"]
"""A vector for each sentence, or the ids of its tokens: numbers from 1 on, with 0 for the padding."""


class ImageEncoder(Protocol):
    """A frozen network that turns pixels into features."""

    name: str
    size: int
    """Side of the square of pixels that it reads."""
    dim: int
    """Length F of a feature vector."""
    grid: tuple[int, int]
    """Height and width of the grid of `output="grid"`."""
    threads: int | None
    """Processors to use, for decoding too; None for all."""
    license: str
    identity: str
    """SHA-256 over name, weights and preprocessing: equal identities give comparable features."""

    def encode(self, pixels: NDArray[np.uint8], output: Output = "vector") -> NDArray[np.float32]:
        """Features of pixels (B, size, size, 3) uint8: (B, F) for "vector", (B, H, W, F) for "grid"; float32."""
        ...

    def encode_all(self, pixels: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Every output of one pass of the network, by name: "vector" (B, F) and "grid" (B, H, W, F)."""
        ...


class SentenceEncoder(Protocol):
    """Turns sentences into features; some are frozen, some are fitted on the training sentences."""

    name: str
    license: str
    languages: tuple[str, ...]
    """Codes of the languages that it understands; empty: any, for it learns its words from the corpus."""
    output: SentenceOutput
    """What `encode` gives."""
    fitted: bool
    """Whether it must be fitted before it can encode."""
    cached: bool
    """Whether its vectors are worth a place in the cache: not if they are sparse and quick to compute."""
    vectors: NDArray[np.float32] | None
    """(V, E) vectors that a table of words may start from, a row per token id; None where there are none."""

    @property
    def dim(self) -> int:
        """Length F of a feature vector; for "tokens" the size V of the vocabulary, padding included."""
        ...

    @property
    def identity(self) -> str:
        """SHA-256 over name, weights (or fitted state) and preprocessing."""
        ...

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32] | NDArray[np.int64]:
        """Features of C sentences: (C, F) float32; for "tokens" ids (C, T) int64 below V, T of the longest sentence."""
        ...

    def fit(self, sentences: Sequence[str]) -> None:
        """Learn from the training sentences; does nothing for a frozen encoder."""
        ...

    def save(self, folder: Path) -> None:
        """Write what was fitted into a folder; a frozen encoder writes nothing."""
        ...

    def load(self, folder: Path) -> None:
        """Read back what `save` wrote."""
        ...


class FrozenSentences:
    """What all frozen sentence encoders share: nothing to fit, nothing to save; vectors that are cached."""

    output: SentenceOutput = "vector"
    fitted = False
    cached = True
    vectors: NDArray[np.float32] | None = None

    def fit(self, sentences: Sequence[str]) -> None:
        """Do nothing: the weights are fixed."""

    def save(self, folder: Path) -> None:
        """Write nothing: the weights come with the package."""

    def load(self, folder: Path) -> None:
        """Read nothing."""


class LearnedSentences:
    """What all sentence encoders share that learn from the training sentences and from nothing else."""

    license = "none: learned from the corpus"
    languages: tuple[str, ...] = ()
    output: SentenceOutput = "vector"
    fitted = True
    cached = False
    vectors: NDArray[np.float32] | None = None


def identity_of(**description: object) -> str:
    """Compute the identity of an encoder: SHA-256 over the JSON of its description, in hexadecimal.

    Example:
        >>> identity_of(name="a", size=224) == identity_of(size=224, name="a")
        True
    """
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()


def require_identity(encoder: ImageEncoder | SentenceEncoder, expected: str, where: str) -> None:
    """Refuse an encoder that is not the one a matcher was trained with.

    Args:
        encoder: the encoder of this installation.
        expected: the identity that was stored with the matcher.
        where: what stored it, for the message.

    Raises:
        TwobranchError: if the identities differ: other weights or another preprocessing.
    """
    if encoder.identity != expected:
        raise TwobranchError(
            where,
            f'the encoder "{encoder.name}" must have the weights and preprocessing of the training, identity '
            f"{expected[:16]}",
            found=encoder.identity[:16],
            remedy="Install the version of twobranch that trained this matcher, or train again.",
        )
