"""Two branches into one embedding space, and a head that scores pairs where a matcher has one."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Similarity = Literal["cosine", "dot"]
"""How embeddings are compared: `cosine` makes unit rows, `dot` leaves them as they are."""


class Network(nn.Module):
    """The trainable parts of a matcher, by name: `image.branch`, `sentence.branch`, `head`.

    A step of a stage trains the parts that it names; everything else stands still.

    Args:
        image_branch: (B, F) -> (B, D).
        sentence_branch: (C, F) -> (C, D).
        similarity: `cosine` normalizes the rows of both.
        head: (P, D), (P, D) -> (P,) logits of pairs; None where the inner product of embeddings is the score.

    Example:
        >>> network = Network(nn.Linear(3, 2), nn.Linear(5, 2), "cosine")
        >>> network.embed_images(torch.randn(4, 3)).norm(dim=1)
        tensor([1.0000, 1.0000, 1.0000, 1.0000], grad_fn=...)
    """

    _place: Tensor

    def __init__(
        self,
        image_branch: nn.Module,
        sentence_branch: nn.Module,
        similarity: Similarity,
        head: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.image = nn.ModuleDict({"branch": image_branch})
        self.sentence = nn.ModuleDict({"branch": sentence_branch})
        self.similarity = similarity
        self.head = head
        # Moves with the network: one without weights stands somewhere, too.
        self.register_buffer("_place", torch.empty(0), persistent=False)

    @property
    def device(self) -> torch.device:
        """Where the network stands."""
        return self._place.device

    def embed_images(self, features: Tensor) -> Tensor:
        """(B, F) float32 -> (B, D) float32."""
        return self.comparable(self.image["branch"](features))

    def embed_sentences(self, features: Tensor) -> Tensor:
        """(C, F) float32, or (C, T) int64 tokens -> (C, D) float32."""
        return self.comparable(self.sentence["branch"](features))

    def comparable(self, projections: Tensor) -> Tensor:
        """What a branch gives, as it is compared: unit rows for `cosine`; (N, D) -> (N, D)."""
        return torch.nn.functional.normalize(projections, eps=1e-10) if self.similarity == "cosine" else projections

    def score_tile(self, images: Tensor, sentences: Tensor) -> Tensor:
        """The head's logits of all pairs: (b, D) and (c, D) embeddings -> (b, c).

        Raises:
            TypeError: if the network has no head.
        """
        if self.head is None:
            raise TypeError("this network compares embeddings; it has no head that scores pairs")
        b, c = len(images), len(sentences)
        logits: Tensor = self.head(
            images.repeat_interleave(c, 0),  # (b * c, D)
            sentences.repeat(b, 1),  # (b * c, D)
        )
        return logits.view(b, c)

    def part(self, name: str) -> nn.Module:
        """A part by its name in a recipe, for example `image.branch`."""
        return self.get_submodule(name)

    def part_names(self) -> list[str]:
        """The names of all parts that a step may train."""
        return ["image.branch", "sentence.branch", *(["head"] if self.head is not None else [])]
