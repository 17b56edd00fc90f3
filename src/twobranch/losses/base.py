"""What every loss is: a frozen config that is called on tensors. A loss never owns a model."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor

from twobranch.config import Config
from twobranch.losses.masks import Masks

LossKind = Literal["embedding"]
"""What a loss is computed on; the training step hands each kind its arguments."""


class Loss(Config):
    """The base of all losses: options are fields, `kind` says which arguments the call takes."""

    kind: ClassVar[LossKind]
    weight: float = Field(default=1.0, ge=0, description="factor of this loss in the sum of its step")


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
