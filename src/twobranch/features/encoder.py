"""What an encoder is: raw images or sentences in, features out, and an identity that says exactly which features."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

import numpy as np

from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from numpy.typing import NDArray

    from twobranch.features.decoding import ImageSource
    from twobranch.features.trainable import Trainable

Output = Literal["vector", "grid"]
"""One vector for the whole picture, or one for each cell of the encoder's grid."""

SentenceOutput = Literal["vector", "tokens"]
"""A vector for each sentence, or the ids of its tokens: numbers from 1 on, with 0 for the padding."""


class Encoder(Protocol):
    """What both kinds of encoder have in common.

    The weights of a network may be trained in a stage: `trainable` gives it as a module, and `tuned` makes the encoder
    of what became of it. That is another encoder, with an identity of its own.
    """

    name: str
    license: str

    @property
    def dim(self) -> int:
        """Length F of a feature vector; for "tokens" the size V of the vocabulary, padding included."""
        ...

    @property
    def identity(self) -> str:
        """SHA-256 over name, weights (or fitted state) and preprocessing: equal ones give comparable features."""
        ...

    @property
    def is_tuned(self) -> bool:
        """Whether a training has changed its weights."""
        ...

    def trainable(self) -> Trainable:
        """The encoder's network as a module that a stage can train; each call makes a new one.

        Raises:
            TwobranchError: if the encoder is no network that could be trained.
        """
        ...

    def tuned(self, weights: Mapping[str, torch.Tensor]) -> Self:
        """The same encoder with other weights: those of its trained module."""
        ...

    def save(self, folder: Path) -> None:
        """Write what was fitted or tuned into a folder; otherwise write nothing."""
        ...

    def load(self, folder: Path) -> None:
        """Read back what `save` wrote."""
        ...


class ImageEncoder(Encoder, Protocol):
    """A network that turns pixels into features, or a reader of features."""

    size: int
    """Side of the square of pixels that it reads."""
    grid: tuple[int, int]
    """Height and width of the grid of `output="grid"`."""
    threads: int | None
    """Processors to use, for decoding too; None for all."""
    kept_as: str
    """Type of number that its features are kept in."""

    def looks(self, views: Sequence[str]) -> Sequence[str]:
        """The views of an image whose features differ: all of them, or one where every view is alike."""
        ...

    def fit(self, images: Sequence[ImageSource]) -> None:
        """Learn what is to be known from the training images; does nothing for a network."""
        ...

    def read(self, image: ImageSource, views: Sequence[str]) -> NDArray[Any]:
        """What `encode` takes of each view of an image; for a network pixels (views, size, size, 3) uint8.

        Raises:
            TwobranchError: if the image cannot be read.
        """
        ...

    def encode(self, pixels: NDArray[Any], output: Output = "vector") -> NDArray[np.float32]:
        """Features of what `read` gives of B images: (B, F) for "vector", (B, H, W, F) for "grid"; float32."""
        ...

    def encode_all(self, pixels: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Every output of one pass of the network, by name: "vector" (B, F) and "grid" (B, H, W, F)."""
        ...


class SentenceEncoder(Encoder, Protocol):
    """Turns sentences into features; some are networks, some are fitted on the training sentences."""

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

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32] | NDArray[np.int64]:
        """Features of C sentences: (C, F) float32; for "tokens" ids (C, T) int64 below V, T of the longest sentence."""
        ...

    def tokens(self, sentences: Sequence[str]) -> NDArray[np.int64]:
        """What the trainable network reads: (C, T) int64, numbers from 1 on, with 0 for the padding.

        Raises:
            TwobranchError: if the encoder is no network that could be trained.
        """
        ...

    def fit(self, sentences: Sequence[str]) -> None:
        """Learn from the training sentences; does nothing for an encoder that comes with its weights."""
        ...


class Untrainable:
    """What all encoders share whose weights no stage can train."""

    name: str
    is_tuned = False

    def trainable(self) -> Trainable:
        """Refuse."""
        raise self._refusal()

    def tuned(self, weights: Mapping[str, torch.Tensor]) -> Self:
        """Refuse."""
        raise self._refusal()

    def tokens(self, sentences: Sequence[str]) -> NDArray[np.int64]:
        """Refuse."""
        raise self._refusal()

    def _refusal(self) -> TwobranchError:
        return TwobranchError(
            f'encoder "{self.name}"',
            "is no network whose weights a stage could train",
            remedy="Use the input features, or another encoder.",
        )


class ReadsPixels:
    """What all image encoders share that look at pictures."""

    size: int
    kept_as = "float16"
    """What a network computes stays far below the largest float16."""

    def looks(self, views: Sequence[str]) -> Sequence[str]:
        """All views."""
        return views

    def fit(self, images: Sequence[ImageSource]) -> None:
        """Do nothing: there is nothing to learn from pictures beforehand."""

    def read(self, image: ImageSource, views: Sequence[str]) -> NDArray[np.uint8]:
        """The pixels (views, size, size, 3) uint8 of an image's views."""
        from twobranch.features.views import image_views

        return image_views(image, views, self.size)


class FrozenImages(ReadsPixels, Untrainable):
    """What all image encoders share that stay as they are: nothing to train, nothing to save."""

    def save(self, folder: Path) -> None:
        """Write nothing."""

    def load(self, folder: Path) -> None:
        """Read nothing."""


class FrozenSentences(Untrainable):
    """What all sentence encoders share that stay as they are: nothing to fit, nothing to save; vectors are cached."""

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


class LearnedSentences(Untrainable):
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
