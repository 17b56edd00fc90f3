"""When a region matches a phrase, and the masks of a batch of both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from pydantic import Field, model_validator

from twobranch.config import Config
from twobranch.losses.masks import PairMask, without_diagonal
from twobranch.regions.boxes import iou

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]


class Overlap(Config):
    """When a region matches a phrase: by the IoU of its box with the phrase's.

    Thresholds of region-phrase matching, methods.md 1.5 [C2]; what lies between them is ignored.
    """

    match: float = Field(
        default=0.6, gt=0, le=1, description="IoU from which on a region matches; 1: the phrase's own box alone does"
    )
    non_match: float = Field(default=0.3, gt=0, le=1, description="IoU below which a region may be a negative")
    negatives: Literal["image", "batch"] = Field(
        default="image", description="whose regions and phrases may be negatives: those of the same image, or of all"
    )

    @model_validator(mode="after")
    def _apart(self) -> Overlap:
        if self.non_match > self.match:
            raise ValueError("overlap: non_match must not be above match")
        return self


@dataclass(frozen=True)
class OverlapMasks:
    """The relations of a batch of B regions and C phrases, each computed when it is first asked for.

    The same phrase in another image is ignored for that image's regions and phrases, never a negative.

    Attributes:
        overlap: the thresholds.
        boxes: (B, 4) of the regions, shares of width and height.
        images: (B,) image of each region.
        phrase_boxes: (C, 4).
        phrase_images: (C,) image of each phrase.
        texts: (C,) equal codes are equal phrases.
        device: where the masks shall stand.

    Example:
        >>> boxes = np.array([[0, 0, 1, 1], [0, 0, 1, 0.2]], np.float32)
        >>> image, text = np.zeros(2, np.int64), np.arange(2)
        >>> masks = OverlapMasks(Overlap(), boxes, image, boxes, image, text, torch.device("cpu"))
        >>> masks.image_sentence.match.tolist(), masks.image_sentence.non_match.tolist()
        ([[True, False], [False, True]], [[False, True], [True, False]])
    """

    overlap: Overlap
    boxes: NDArray[np.float32]
    images: NDArray[np.int64]
    phrase_boxes: NDArray[np.float32]
    phrase_images: NDArray[np.int64]
    texts: NDArray[np.int64]
    device: torch.device

    @cached_property
    def image_sentence(self) -> PairMask:
        """(B, C): a region matches a phrase of its image where their boxes overlap enough."""
        same = self.images[:, None] == self.phrase_images[None, :]  # (B, C)
        overlap = iou(self.boxes, self.phrase_boxes)
        non_match = same & (overlap < self.overlap.non_match)
        if self.overlap.negatives == "batch":
            non_match |= ~same & ~self._said_of(self.images)
        return self._mask(self._match, non_match)

    @cached_property
    def image_image(self) -> PairMask:
        """(B, B): two regions are neighbors where they match one phrase."""
        phrase = self._match.astype(np.float32)  # (B, C)
        text = (phrase @ self._one_hot) > 0  # (B, V)
        neighbors = (phrase @ phrase.T) > 0
        alike = (text.astype(np.float32) @ text.T.astype(np.float32)) > 0
        same = self.images[:, None] == self.images[None, :]
        apart = same & (iou(self.boxes, self.boxes) < self.overlap.non_match)
        if self.overlap.negatives == "batch":
            apart |= ~same
        mask = self._mask(neighbors, apart & ~neighbors & ~alike)
        return PairMask(without_diagonal(mask.match), mask.non_match)

    @cached_property
    def sentence_sentence(self) -> PairMask:
        """(C, C): two phrases are neighbors where they are said of one region."""
        same = self.phrase_images[:, None] == self.phrase_images[None, :]
        overlap = iou(self.phrase_boxes, self.phrase_boxes)
        neighbors = same & (overlap >= self.overlap.match)
        apart = same & (overlap < self.overlap.non_match)
        if self.overlap.negatives == "batch":
            apart |= ~same
        mask = self._mask(neighbors, apart & (self.texts[:, None] != self.texts[None, :]))
        return PairMask(without_diagonal(mask.match), mask.non_match)

    @cached_property
    def _match(self) -> Bools:
        same = self.images[:, None] == self.phrase_images[None, :]
        found: Bools = same & (iou(self.boxes, self.phrase_boxes) >= self.overlap.match)
        return found

    @cached_property
    def _one_hot(self) -> NDArray[np.float32]:
        """(C, V), the text of each phrase among those of the batch."""
        texts, code = np.unique(self.texts, return_inverse=True)
        return np.eye(len(texts), dtype=np.float32)[code]

    def _said_of(self, images: NDArray[np.int64]) -> Bools:
        """(n, C) whether each phrase's words also stand among the phrases of an image."""
        every, place = np.unique(np.concatenate([images, self.phrase_images]), return_inverse=True)
        said = np.zeros((len(every), self._one_hot.shape[1]), np.float32)  # (I, V)
        np.maximum.at(said, place[len(images) :], self._one_hot)
        found: Bools = (said[place[: len(images)]] @ self._one_hot.T) > 0
        return found

    def _mask(self, match: Bools, non_match: Bools) -> PairMask:
        return PairMask(torch.from_numpy(match).to(self.device), torch.from_numpy(non_match).to(self.device))
