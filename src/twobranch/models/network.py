"""Two branches into one embedding space."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Similarity = Literal["cosine", "dot"]
"""How embeddings are compared: `cosine` makes unit rows, `dot` leaves them as they are."""

SIDES = ("image", "sentence")


class Network(nn.Module):
    """The trainable parts of a matcher, by name: `image.branch`, `sentence.branch`.

    A step of a stage trains the parts that it names; everything else stands still.

    Args:
        image_branch: (B, F) -> (B, D).
        sentence_branch: (C, F) -> (C, D).
        similarity: `cosine` normalizes the rows of both.

    Example:
        >>> network = Network(nn.Linear(3, 2), nn.Linear(5, 2), "cosine")
        >>> network.embed_images(torch.randn(4, 3)).norm(dim=1)
        tensor([1.0000, 1.0000, 1.0000, 1.0000], grad_fn=...)
    """

    def __init__(self, image_branch: nn.Module, sentence_branch: nn.Module, similarity: Similarity) -> None:
        super().__init__()
        self.image = nn.ModuleDict({"branch": image_branch})
        self.sentence = nn.ModuleDict({"branch": sentence_branch})
        self.similarity = similarity

    def embed_images(self, features: Tensor) -> Tensor:
        """(B, F) float32 -> (B, D) float32."""
        return self._comparable(self.image["branch"](features))

    def embed_sentences(self, features: Tensor) -> Tensor:
        """(C, F) float32 -> (C, D) float32."""
        return self._comparable(self.sentence["branch"](features))

    def part(self, name: str) -> nn.Module:
        """A part by its name in a recipe, for example `image.branch`."""
        return self.get_submodule(name)

    def part_names(self) -> list[str]:
        """The names of all parts that a step may train."""
        return [f"{side}.{name}" for side in SIDES for name, _ in self.get_submodule(side).named_children()]

    def _comparable(self, embeddings: Tensor) -> Tensor:
        return torch.nn.functional.normalize(embeddings, eps=1e-10) if self.similarity == "cosine" else embeddings
