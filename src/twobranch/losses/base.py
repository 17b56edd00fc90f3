"""What every loss is: a frozen config that is called on tensors. A loss never owns a model."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from twobranch.config import Config
from twobranch.losses.masks import Masks, PairMask

LossKind = Literal["embedding", "score", "pair", "class", "modality", "words"]
"""What a loss is computed on; the training step hands each kind its arguments."""


class Loss(Config):
    """The base of all losses: options are fields, `kind` says which arguments the call takes."""

    kind: ClassVar[LossKind]
    weight: float = Field(default=1.0, ge=0, description="factor of this loss in the sum of its step")
    ramp: bool = Field(default=False, description="let the weight grow from zero over the stage")

    def weight_at(self, progress: float) -> float:
        """The weight at a point of the stage.

        With `ramp` it is `weight` times 2 / (1 + exp(-10 progress)) - 1, the course of Ganin et al. 2016, which
        adversarial matching keeps (methods.md 3.2 [C2]).

        Args:
            progress: share of the stage that is done, in [0, 1].
        """
        return self.weight * (2 / (1 + math.exp(-10 * progress)) - 1 if self.ramp else 1.0)

    @property
    def label(self) -> str:
        """Its name in metrics.jsonl."""
        return type(self).__name__


class EmbeddingLoss(Loss):
    """A loss on the embeddings of a batch of images and sentences."""

    kind: ClassVar[LossKind] = "embedding"

    @abstractmethod
    def __call__(self, image_embeddings: Tensor, sentence_embeddings: Tensor, masks: Masks) -> Tensor:
        """The loss of a batch, without its weight.

        Args:
            image_embeddings: (B, D) float.
            sentence_embeddings: (C, D) float.
            masks: the relation between them.

        Returns:
            A scalar tensor.
        """


class ScoreLoss(Loss):
    """A loss on the scores of all pairs of a batch that are a match or a non-match.

    A score is what the matcher ranks by: the inner product of two embeddings, or the logit of its head.
    """

    kind: ClassVar[LossKind] = "score"

    @abstractmethod
    def __call__(self, scores: Tensor, mask: PairMask) -> Tensor:
        """The loss of a batch, without its weight.

        Args:
            scores: (B, C) float; what stands at ignored pairs means nothing.
            mask: the relation between images and sentences.

        Returns:
            A scalar tensor.
        """


class PairLoss(Loss):
    """A loss on the logits that a pair scorer gives to chosen pairs of a batch."""

    kind: ClassVar[LossKind] = "pair"
    negatives: int = Field(default=2, ge=1, description="non-matching pairs that are scored for each matching one")

    @abstractmethod
    def __call__(self, logits: Tensor, is_match: Tensor) -> Tensor:
        """The loss of the pairs, without its weight.

        Args:
            logits: (P,) float, the higher the better the match.
            is_match: (P,) bool.

        Returns:
            A scalar tensor.
        """


class ClassLoss(Loss):
    """A loss on the classification of one side's items into the groups of the training split."""

    kind: ClassVar[LossKind] = "class"
    side: Literal["image", "sentence"] = Field(description="whose items are classified")
    candidates: int | None = Field(
        default=None,
        ge=1,
        description="groups drawn for each batch beside its own, which stand for all others; none: all groups",
    )

    @abstractmethod
    def __call__(self, logits: Tensor, classes: Tensor) -> Tensor:
        """The loss of one side, without its weight.

        Args:
            logits: (N, K) float, a column per group or per candidate.
            classes: (N,) int64, the column of each item's group.

        Returns:
            A scalar tensor.
        """

    @property
    def label(self) -> str:
        """Its name in metrics.jsonl, with the side."""
        return f"{super().label}.{self.side}"


class ModalityLoss(Loss):
    """A loss on a classifier's guess whether an embedding came from an image or from a sentence."""

    kind: ClassVar[LossKind] = "modality"
    reversal: bool = Field(
        default=False, description="turn the gradient around between classifier and branches, so that they oppose it"
    )

    @abstractmethod
    def __call__(self, logits: Tensor, is_image: Tensor) -> Tensor:
        """The loss of a batch, without its weight.

        Args:
            logits: (B + C,) float, of "is an image".
            is_image: (B + C,) bool.

        Returns:
            A scalar tensor.
        """


class WordLoss(Loss):
    """A loss on the table of word vectors of a branch that reads words."""

    kind: ClassVar[LossKind] = "words"

    @abstractmethod
    def __call__(self, vectors: Tensor, start: Tensor) -> Tensor:
        """The loss of the table, without its weight.

        Args:
            vectors: (V, E) float, as they are now.
            start: (V, E) float, as they were before training.

        Returns:
            A scalar tensor.
        """
