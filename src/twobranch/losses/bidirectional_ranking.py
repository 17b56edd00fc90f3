"""The bi-directional ranking loss of the two-branch networks."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor

from twobranch.losses.base import EmbeddingLoss
from twobranch.losses.hinge import euclidean_distances, top_k_hinge
from twobranch.losses.masks import Masks


class BidirectionalRanking(EmbeddingLoss):
    """Every non-match must be farther than the match by a margin, from both sides.

        L = w_s · mean [m + d(x, y) - d(x', y)]₊  +  w_i · mean [m + d(x, y) - d(x, y')]₊

    over the matching pairs (x, y) and the K nearest non-matching images x' of the sentence, or sentences
    y' of the image.

    | symbol | option | |
    |---|---|---|
    | m | margin | |
    | K | top_k | |
    | w_s | sentence_anchor | 0 gives the single-direction loss |
    | w_i | image_anchor | |

    Wang et al. 2019, section 3.1; values and top-K from the official code, methods.md 1.2 [C]. It keeps the
    margin on Euclidean distances, as the code does. Deviation: masks come from group ids, so that a second
    sentence of the same image is never a negative (methods.md 1.3).
    """

    margin: float = Field(default=0.05, gt=0, description="by how much farther a non-match must be")
    top_k: int = Field(default=10, ge=1, description="nearest non-matches that count per pair")
    sentence_anchor: float = Field(default=1.5, ge=0, description="weight of the term whose negatives are images")
    image_anchor: float = Field(default=1.0, ge=0, description="weight of the term whose negatives are sentences")

    def __call__(self, image_embeddings: Tensor, sentence_embeddings: Tensor, masks: Masks) -> Tensor:
        """The loss of a batch; see the class.

        Example:
            >>> import torch
            >>> from twobranch.losses.masks import masks_of_groups
            >>> groups = torch.tensor([0, 1])
            >>> loss = BidirectionalRanking(margin=0.1)
            >>> round(loss(torch.eye(2), torch.eye(2), masks_of_groups(groups, groups)).item(), 4)
            0.0
            >>> round(loss(torch.eye(2), torch.eye(2).flip(0), masks_of_groups(groups, groups)).item(), 2)
            3.76
        """
        distances = euclidean_distances(image_embeddings, sentence_embeddings)  # (B, C)
        image, sentence = masks.image_sentence.match.nonzero(as_tuple=True)  # (P,), (P,)
        positive = distances[image, sentence]
        non_match = masks.image_sentence.non_match
        by_image = top_k_hinge(positive, image, distances, non_match, self.margin, self.top_k)
        by_sentence = top_k_hinge(positive, sentence, distances.T, non_match.T, self.margin, self.top_k)
        return self.sentence_anchor * by_sentence + self.image_anchor * by_image
