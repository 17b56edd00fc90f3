"""The pairwise sigmoid loss."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor
from torch.nn.functional import softplus

from twobranch.losses.base import EmbeddingLoss
from twobranch.losses.masks import Masks


class Sigmoid(EmbeddingLoss):
    """Every pair of the batch is a decision of its own: match or not.

        L = 1/P · sum over pairs (x, y) of  -log sigmoid(z (s(x, y)/t + b))

    | symbol | option | |
    |---|---|---|
    | t | temperature | |
    | b | bias | about the log-odds of a match before anything is seen |
    | s | | inner product of the embeddings |
    | z | | +1 for a match, -1 for a non-match; ignored pairs are left out |
    | P | | matching pairs of the batch |

    Zhai et al. 2023 (SigLIP). Unlike the softmax losses it pulls a match whatever the other pairs do.
    Deviations: the sum is divided by the matching pairs, since an image may have several; temperature and
    bias stay fixed, because a loss owns no parameters. There they are trained, from a temperature of 0.1 and
    a bias of -10.
    """

    temperature: float = Field(default=0.05, gt=0, description="small values make decisions sharper")
    bias: float = Field(default=-10.0, description="added to the logits; low, since nearly all pairs are non-matches")

    def __call__(self, image_embeddings: Tensor, sentence_embeddings: Tensor, masks: Masks) -> Tensor:
        """The loss of a batch; see the class. Zero where there is no match.

        Example:
            >>> import torch
            >>> from twobranch.losses.masks import masks_of_groups
            >>> masks = masks_of_groups(torch.tensor([0, 1]), torch.tensor([0, 1]))
            >>> round(Sigmoid(temperature=1.0, bias=0.0)(torch.eye(2), torch.eye(2), masks).item(), 4)
            1.0064
        """
        logits = image_embeddings @ sentence_embeddings.T / self.temperature + self.bias  # (B, C)
        match, non_match = masks.image_sentence
        matches = match.sum()
        if matches == 0:
            return logits.sum() * 0.0
        loss: Tensor = (softplus(-logits) * match + softplus(logits) * non_match).sum() / matches
        return loss
