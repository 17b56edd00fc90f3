"""The losses of the modality classifier: one that it learns from, one that opposes it."""

from __future__ import annotations

from pydantic import model_validator
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from twobranch.losses.base import ModalityLoss


class ModalityClassification(ModalityLoss):
    """A classifier must tell from an embedding whether it came from an image or from a sentence.

        L = -1/2 [ mean over images of log P(image | e)  +  mean over sentences of log (1 - P(image | e)) ]

    Both modalities weigh the same, because a batch has more sentences than images. A classifier that knows
    nothing has log 2 = 0.6931.

    Methods.md 3.2 (MITE). Without `reversal` it trains the classifier; with it the training step passes the
    embeddings through `gradient_reversal` first, and the branches learn what the classifier cannot tell.
    """

    def __call__(self, logits: Tensor, is_image: Tensor) -> Tensor:
        """The loss of a batch; see the class. A modality that is not there adds zero.

        Example:
            >>> import torch
            >>> is_image = torch.tensor([True, False, False])
            >>> round(ModalityClassification()(torch.zeros(3), is_image).item(), 4)
            0.6931
        """
        return _balanced_cross_entropy(logits, is_image, is_image)


class InvertedModality(ModalityLoss):
    """`ModalityClassification` with the labels inverted: embeddings must look like the other modality.

        L = -1/2 [ mean over images of log (1 - P(image | e))  +  mean over sentences of log P(image | e) ]

    For the step that trains the branches, in turn with a step that trains the classifier on the true labels
    (methods.md 3.2). Where the classifier is sure, its gradient stays large while that of the reversal fades.
    """

    @model_validator(mode="after")
    def _opposes_once(self) -> InvertedModality:
        if self.reversal:
            raise ValueError("inverted labels oppose the classifier already; reversal would undo it")
        return self

    def __call__(self, logits: Tensor, is_image: Tensor) -> Tensor:
        """The loss of a batch; see the class. A modality that is not there adds zero.

        Example:
            >>> import torch
            >>> is_image = torch.tensor([True, False, False])
            >>> round(InvertedModality()(torch.tensor([5.0, -5.0, -5.0]), is_image).item(), 4)
            5.0067
        """
        return _balanced_cross_entropy(logits, ~is_image, is_image)


def _balanced_cross_entropy(logits: Tensor, labels: Tensor, is_image: Tensor) -> Tensor:
    """The mean of both modalities' mean cross-entropies: all three arguments are (N,)."""
    values = binary_cross_entropy_with_logits(logits, labels.to(logits.dtype), reduction="none")  # (N,)
    means = [(values * of).sum() / of.sum().clamp_min(1) for of in (is_image, ~is_image)]
    return (means[0] + means[1]) / 2
