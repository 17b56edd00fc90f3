"""The structure losses: neighbors of one view stay closer to each other than to the rest."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from twobranch.losses.base import EmbeddingLoss
from twobranch.losses.hinge import euclidean_distances, top_k_hinge
from twobranch.losses.masks import Masks, PairMask


def structure_loss(embeddings: Tensor, mask: PairMask, margin: float, top_k: int) -> Tensor:
    """Within one view, the farthest neighbor must be nearer than every non-neighbor by a margin.

        L = mean over anchors a of [m + max_{b in N(a)} d(a, b) - d(a, c)]₊ , c the K nearest non-neighbors

    Wang et al. 2019, section 3.1; the maximum over neighbors and the top-K from the official code,
    methods.md 1.2 [C]. Anchors without a neighbor in the batch are left out (the official code would count
    an anchor as its own neighbor at distance 0.01).

    Args:
        embeddings: (R, D) float.
        mask: (R, R), neighbors and non-neighbors; the diagonal is neither.
        margin: by how much farther a non-neighbor must be.
        top_k: nearest non-neighbors that count.

    Returns:
        A scalar; zero where no anchor has a neighbor.
    """
    distances = euclidean_distances(embeddings, embeddings)  # (R, R)
    anchor = mask.match.any(1).nonzero()[:, 0]  # (P,)
    farthest = distances.masked_fill(~mask.match, -torch.inf)[anchor].amax(1) if len(anchor) else distances.new_zeros(0)
    return top_k_hinge(farthest, anchor, distances, mask.non_match, margin, top_k)


class SentenceStructure(EmbeddingLoss):
    """`structure_loss` among sentences: the sentences of one group are neighbors.

    It needs at least two sentences of a group in the batch, which neighborhood sampling provides.
    """

    weight: float = Field(default=0.05, ge=0, description="factor of this loss in the sum of its step")
    margin: float = Field(default=0.05, gt=0, description="by how much farther a non-neighbor must be")
    top_k: int = Field(default=10, ge=1, description="nearest non-neighbors that count per anchor")

    def __call__(self, image_embeddings: Tensor, sentence_embeddings: Tensor, masks: Masks) -> Tensor:
        """The loss of a batch; see `structure_loss`."""
        return structure_loss(sentence_embeddings, masks.sentence_sentence, self.margin, self.top_k)


class ImageStructure(EmbeddingLoss):
    """`structure_loss` among images: the images of one group are neighbors.

    Where every image is a group of its own it is zero: whole-image data has no image neighborhoods
    (methods.md 1.2), and this loss does not make any up.
    """

    weight: float = Field(default=0.05, ge=0, description="factor of this loss in the sum of its step")
    margin: float = Field(default=0.05, gt=0, description="by how much farther a non-neighbor must be")
    top_k: int = Field(default=10, ge=1, description="nearest non-neighbors that count per anchor")

    def __call__(self, image_embeddings: Tensor, sentence_embeddings: Tensor, masks: Masks) -> Tensor:
        """The loss of a batch; see `structure_loss`."""
        return structure_loss(image_embeddings, masks.image_image, self.margin, self.top_k)
