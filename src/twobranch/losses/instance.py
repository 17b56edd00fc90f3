"""The instance loss."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy

from twobranch.losses.base import ClassLoss


class Instance(ClassLoss):
    """Each item of one side must be classified into its group: an image and its sentences are one class.

        L = mean over items e of  -log softmax(W e)[group of e]

    | symbol | option | |
    |---|---|---|
    | W | | the classifier over groups, (groups, D); both sides share it |
    | e | side | embeddings of the images or of the sentences, (N, D) |

    Zheng et al. 2020; methods.md 4.3 [C]. A step that uses it names it twice, once per side. The
    two sides meet because the classifier is shared: both are drawn to the same row of W.

    `candidates` serves corpora with very many groups. None: the logits are over all groups. Otherwise the
    training step hands over the logits of the batch's own groups and of that many drawn ones, already
    corrected for how likely each was to be there; the loss itself is plain cross-entropy on what it is given.
    """

    def __call__(self, logits: Tensor, classes: Tensor) -> Tensor:
        """The loss of one side; see the class. Zero where there is no item.

        Example:
            >>> import torch
            >>> loss = Instance(side="image")
            >>> round(loss(torch.zeros(2, 4), torch.tensor([0, 3])).item(), 4)  # log 4: no better than a guess
            1.3863
        """
        if len(classes) == 0:
            return logits.sum() * 0.0
        return cross_entropy(logits, classes)
