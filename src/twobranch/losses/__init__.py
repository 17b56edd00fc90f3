"""Losses: pure functions of a batch's tensors, one file each. To add one, write its file and name it here."""

from twobranch.losses.base import EmbeddingLoss, Loss
from twobranch.losses.bidirectional_ranking import BidirectionalRanking
from twobranch.losses.in_batch_cross_entropy import InBatchCrossEntropy
from twobranch.losses.masks import Masks, PairMask, masks_of_groups
from twobranch.losses.structure import ImageStructure, SentenceStructure

LOSSES: dict[str, type[Loss]] = {
    "bidirectional-ranking": BidirectionalRanking,
    "sentence-structure": SentenceStructure,
    "image-structure": ImageStructure,
    "in-batch-cross-entropy": InBatchCrossEntropy,
}
"""The name of each loss in a recipe."""

__all__ = [
    "LOSSES",
    "BidirectionalRanking",
    "EmbeddingLoss",
    "ImageStructure",
    "InBatchCrossEntropy",
    "Loss",
    "Masks",
    "PairMask",
    "SentenceStructure",
    "masks_of_groups",
]
