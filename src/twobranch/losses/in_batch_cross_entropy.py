"""In-batch cross-entropy with several positives per row."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor

from twobranch.losses.base import EmbeddingLoss
from twobranch.losses.masks import Masks
from twobranch.losses.softmax import softmax_over_non_matches


class InBatchCrossEntropy(EmbeddingLoss):
    """Each match must win a softmax against the non-matches of its row, and of its column.

        L = mean over matches (x, y) of  -log exp(s(x, y)/t) / (exp(s(x, y)/t) + sum_{y'} exp(s(x, y')/t))
          + the same over the non-matching images x' of y

    | symbol | option | |
    |---|---|---|
    | t | temperature | |
    | s | | inner product of the embeddings |

    The contrastive loss of CLIP (Radford et al. 2021), for rows with several matches: the other matches of a
    row are left out of its softmax, since they are no mistakes. It converges in fewer steps than the ranking
    loss, because every non-match pulls and not the nearest ones only.
    """

    temperature: float = Field(default=0.05, gt=0, description="small values weigh the nearest non-matches more")

    def __call__(self, image_embeddings: Tensor, sentence_embeddings: Tensor, masks: Masks) -> Tensor:
        """The loss of a batch; see the class.

        Example:
            >>> import torch
            >>> from twobranch.losses.masks import masks_of_groups
            >>> masks = masks_of_groups(torch.tensor([0, 1]), torch.tensor([0, 1]))
            >>> round(InBatchCrossEntropy(temperature=1.0)(torch.eye(2), torch.eye(2), masks).item(), 4)
            0.6265
        """
        logits = (image_embeddings / self.temperature) @ sentence_embeddings.T  # (B, C)
        mask = masks.image_sentence
        return softmax_over_non_matches(logits, mask) + softmax_over_non_matches(logits.T, mask.transposed())
