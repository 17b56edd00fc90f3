"""The global ranking objective on inner products, with the choice of negatives as its knob."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from twobranch.losses.base import EmbeddingLoss
from twobranch.losses.masks import Masks
from twobranch.losses.pairs import draw_non_matches


class GlobalRanking(EmbeddingLoss):
    """Every match must score higher than its negatives by a margin, in inner products.

        L = mean over matches (x, y) of  sum_{y'} [m - s(x, y) + s(x, y')]₊  +  sum_{x'} [m - s(x, y) + s(x', y)]₊

    | symbol | option | |
    |---|---|---|
    | m | margin | |
    | s | | inner product of the embeddings as they are |
    | y', x' | negatives, choice, k | wrong sentences of the image, wrong images of the sentence |

    Methods.md 2.2, after the objective of Karpathy, Joulin and Fei-Fei 2014. The modes of Baqapuri 2015 are
    two questions, which side the wrong items come from and which of them count:

    | mode | negatives | choice | |
    |---|---|---|---|
    | `sentence` | sentence | in-batch | should favor annotation (i2t) |
    | `image` | image | in-batch | should favor search (t2i) |
    | `both` | both | in-batch | |
    | `in-batch` | both | in-batch | the same loss as `both`, named by the other question |
    | `random-k` | both | random-k | |
    | `hard` | both | hard | |

    Deviation: random negatives come from the batch, which is a random sample of the training split, and not
    from the whole split.

    On unit rows with a small margin it is the triplet loss of MITE (methods.md 3.2). With `choice: hard`,
    `k: 1`, `margin: 0.2` it is the hardest-negative hinge of VSE++ (Faghri et al. 2018), whose sum over the
    batch is a mean here.
    """

    margin: float = Field(default=1.0, gt=0, description="by how much higher a match must score")
    negatives: Literal["sentence", "image", "both"] = Field(
        default="both", description="side of the wrong items: sentences of a fixed image, images of a fixed sentence"
    )
    choice: Literal["in-batch", "random-k", "hard"] = Field(
        default="in-batch", description="all non-matches of the batch, k of them drawn at random, or the k best scored"
    )
    k: int = Field(default=10, ge=1, description="negatives per match and side, for random-k and hard")

    def __call__(self, image_embeddings: Tensor, sentence_embeddings: Tensor, masks: Masks) -> Tensor:
        """The loss of a batch; see the class. `random-k` draws from torch's global generator.

        Example:
            >>> from twobranch.losses.masks import masks_of_groups
            >>> masks = masks_of_groups(torch.tensor([0, 1]), torch.tensor([0, 1]))
            >>> GlobalRanking(margin=1.5)(torch.eye(2), torch.eye(2), masks).item()
            1.0
            >>> GlobalRanking(margin=1.5, negatives="image")(torch.eye(2), torch.eye(2), masks).item()
            0.5
        """
        scores = image_embeddings @ sentence_embeddings.T  # (B, C)
        match, non_match = masks.image_sentence
        image, sentence = match.nonzero(as_tuple=True)  # (P,), (P,)
        if len(image) == 0:
            return scores.sum() * 0.0
        positive = scores[image, sentence]
        loss = scores.new_zeros(())
        if self.negatives != "image":
            loss = loss + self._violations(positive, image, scores, non_match)
        if self.negatives != "sentence":
            loss = loss + self._violations(positive, sentence, scores.T, non_match.T)
        return loss / len(positive)

    def _violations(self, positive: Tensor, anchor: Tensor, scores: Tensor, non_match: Tensor) -> Tensor:
        """The sum of the hinges of all pairs, over the candidates that stand in the rows of their anchors.

        Args:
            positive: (P,) score of each match.
            anchor: (P,) int64, its row of `scores`.
            scores: (R, C) of anchors and candidates.
            non_match: (R, C) bool.
        """
        candidates = scores.masked_fill(~non_match, -torch.inf)  # a score of minus infinity violates nothing
        if self.choice == "random-k":
            columns, _ = draw_non_matches(non_match[anchor], self.k)  # (P, K)
            negative = candidates[anchor[:, None], columns]
        else:
            if self.choice == "hard":
                # The hinge grows with the score, so the k best scored candidates of an anchor serve all its pairs.
                candidates = candidates.topk(min(self.k, candidates.shape[1]), dim=1, sorted=False).values  # (R, K)
            negative = candidates.index_select(0, anchor)  # (P, K)
        return (self.margin - positive[:, None] + negative).relu().sum()
