"""The instance loss without a classifier: the groups of the batch are the classes."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import normalize

from twobranch.losses.base import EmbeddingLoss
from twobranch.losses.masks import Masks, PairMask
from twobranch.losses.softmax import softmax_over_non_matches


class InBatchInstance(EmbeddingLoss):
    """Each image and each sentence must be classified into its group among the groups of the batch.

        L = mean over images x and their prototypes p of  -log exp(x·p/t) / (exp(x·p/t) + sum_{p'} exp(x·p'/t))
          + the same over the sentences

    | symbol | option | |
    |---|---|---|
    | x | | unit vector of the embedding |
    | p | | a prototype per image: unit vector of the sum of its x, of the images and the sentences that match it |
    | p' | | the prototypes of non-matching images |
    | t | temperature | 1 / gamma of the code |

    The prototypes stand for the rows of the instance loss's classifier, whose memory grows with the corpus
    (methods.md 4.7 [C2]). An image matches its own prototype and those of its group's other images, which
    are the same vector. An image that matches nothing in the batch is not classified, since it is its own
    prototype; it still counts as a non-match of the others.

    Deviation: the code classifies the merged vectors of a batch among themselves, which pushes groups apart
    but does not hold the two sides of a group together. Here every item is classified among the merged
    vectors, as the classifier of the instance loss does. An item is a part of its own prototype, which makes
    it easy: below a temperature of 0.1 the loss is soon near zero and teaches nothing more.
    """

    temperature: float = Field(default=0.1, gt=0, description="small values weigh the nearest non-matches more")

    def __call__(self, image_embeddings: Tensor, sentence_embeddings: Tensor, masks: Masks) -> Tensor:
        """The loss of a batch; see the class.

        Example:
            >>> from twobranch.losses.masks import masks_of_groups
            >>> masks = masks_of_groups(torch.tensor([0, 1]), torch.tensor([0, 1]))
            >>> round(InBatchInstance(temperature=1.0)(torch.eye(2), torch.eye(2), masks).item(), 4)
            0.6265
        """
        images, sentences = normalize(image_embeddings, dim=1), normalize(sentence_embeddings, dim=1)
        of_images, of_sentences = masks.image_image, masks.image_sentence
        itself = torch.eye(len(images), dtype=torch.bool, device=images.device)
        # (B, B) and (B, C): which items make up the prototype of each image
        merged_images, merged_sentences = of_images.match | itself, of_sentences.match
        sums = merged_images.to(images.dtype) @ images + merged_sentences.to(images.dtype) @ sentences  # (B, D)
        prototypes = normalize(sums, dim=1)
        classified = of_images.match.any(1) | of_sentences.match.any(1)  # (B,)
        image_mask = PairMask(merged_images & classified[:, None], of_images.non_match & ~itself)
        by_image = softmax_over_non_matches(images @ prototypes.T / self.temperature, image_mask)
        by_sentence = softmax_over_non_matches(sentences @ prototypes.T / self.temperature, of_sentences.transposed())
        return by_image + by_sentence
