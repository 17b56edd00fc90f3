"""The two towers of a matcher as networks of their own: pixels, or tokens, to embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from twobranch.errors import TwobranchError
from twobranch.export.readings import Reading
from twobranch.export.text_forms import exportable
from twobranch.features.network_images import NetworkImages
from twobranch.features.views import MIRRORED
from twobranch.matcher import Matcher


@dataclass(frozen=True)
class Shown:
    """What an image tower is given of a picture, and what it makes of it.

    Attributes:
        parts: views that the caller cuts out of the picture, none of them turned around.
        views: for each view that is averaged the number of its part, and whether the tower turns it around.

    Example:
        >>> Shown.of(("image", "mirror", "crop-center"))
        Shown(parts=('image', 'crop-center'), views=((0, False), (0, True), (1, False)))
    """

    parts: tuple[str, ...]
    views: tuple[tuple[int, bool], ...]

    @classmethod
    def of(cls, views: Sequence[str]) -> Shown:
        """Of the views of a matcher."""
        parts = tuple(dict.fromkeys(MIRRORED.get(view, view) for view in views))
        return cls(parts, tuple((parts.index(MIRRORED.get(view, view)), view in MIRRORED) for view in views))


class Embedding(nn.Module):
    """A branch, and the length 1 of its rows where the matcher compares by cosine."""

    def __init__(self, branch: nn.Module, *, unit: bool) -> None:
        super().__init__()
        self.branch, self.unit = branch, unit

    def forward(self, features: Tensor) -> Tensor:
        """(N, F), or (N, T) int64 -> (N, D)."""
        found: Tensor = self.branch(features)
        return nn.functional.normalize(found, eps=1e-10) if self.unit else found


class ImageTower(nn.Module):
    """Pixels to embeddings: the mean over the views' features, then the branch.

    Args:
        encoder: pixels (B, size, size, 3) uint8 -> a tuple that begins with (B, F); it normalizes the colors itself.
        views: see `Shown`.
        embedding: (B, F) -> (B, D).
    """

    def __init__(self, encoder: nn.Module, views: Sequence[tuple[int, bool]], embedding: nn.Module) -> None:
        super().__init__()
        self.encoder, self.views, self.embedding = encoder, tuple(views), embedding

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, parts, size, size, 3) uint8 -> (B, D)."""
        shown = [pixels[:, part].flip(2) if mirrored else pixels[:, part] for part, mirrored in self.views]
        features: Tensor = self.encoder(torch.cat(shown))[0]  # (views * B, F)
        features = features.view(len(self.views), -1, features.shape[1]).mean(0)
        result: Tensor = self.embedding(features)
        return result


class SentenceTower(nn.Module):
    """Tokens to embeddings.

    Args:
        reading: ids (C, T), mask (C, T) -> (C, F), or (C, T) int64.
        embedding: what the reading gives -> (C, D).
    """

    def __init__(self, reading: nn.Module, embedding: nn.Module) -> None:
        super().__init__()
        self.reading, self.embedding = reading, embedding

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Ids and mask (C, T) int64, 1 for a token and 0 for padding -> (C, D)."""
        result: Tensor = self.embedding(self.reading(ids, mask))
        return result


def image_tower(matcher: Matcher) -> ImageTower:
    """The image side of a matcher.

    Raises:
        TwobranchError: if its encoder is no network that reads pixels.
    """
    encoder = matcher.image_encoder
    if not isinstance(encoder, NetworkImages):
        raise TwobranchError(
            f'encoder "{encoder.name}"',
            "must be a network that reads pixels for a tower from pixels to embeddings",
            remedy="Export a matcher that was trained on pictures.",
        )
    branch = exportable(matcher.network.part("image.branch"))
    tower = ImageTower(encoder.network.build(), Shown.of(matcher.views).views, _embedding(matcher, branch))
    return tower.eval().requires_grad_(False)


def sentence_tower(matcher: Matcher, reading: Reading) -> SentenceTower:
    """The sentence side of a matcher.

    Args:
        matcher: the matcher.
        reading: of its sentence encoder.
    """
    branch = exportable(matcher.network.part("sentence.branch"))
    return SentenceTower(reading.build(), _embedding(matcher, branch)).eval().requires_grad_(False)


def _embedding(matcher: Matcher, branch: nn.Module) -> Embedding:
    return Embedding(branch, unit=matcher.similarity == "cosine")
