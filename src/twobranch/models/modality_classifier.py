"""The classifier that tells embeddings of images from embeddings of sentences: the opponent in adversarial matching."""

from __future__ import annotations

import math

from pydantic import Field
from torch import Tensor, nn

from twobranch.config import Config


class ModalityClassifierConfig(Config):
    """A small network on an embedding, D -> hidden -> 1, with leaky ReLU.

    Liu et al. 2019 (MITE) name it; the layers are those of a related system (methods.md 3.2 [C2]) without its batch
    normalization, so that what it says of an embedding does not depend on the rest of the batch.
    """

    hidden: tuple[int, ...] = Field(default=(256,), description="sizes of the hidden layers")

    def build(self, size: int) -> ModalityClassifier:
        """The module for embeddings of this size."""
        return ModalityClassifier(size, self.hidden)


class ModalityClassifier(nn.Module):
    """Logit of "this embedding is an image's"; see `ModalityClassifierConfig`."""

    def __init__(self, size: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        # The entries of a unit vector are of the order of 1 / sqrt(D): scaled up, the usual rates suit.
        self._scale = math.sqrt(size)
        layers: list[nn.Module] = []
        for width in hidden:
            layers += [nn.Linear(size, width), nn.LeakyReLU(0.2)]
            size = width
        self.layers = nn.Sequential(*layers, nn.Linear(size, 1))

    def forward(self, embeddings: Tensor) -> Tensor:
        """(N, D) -> (N,)."""
        logits: Tensor = self.layers(embeddings * self._scale)[:, 0]
        return logits
