"""Losses: pure functions of a batch's tensors, one file each. To add one, write its file and name it here."""

from twobranch.losses.base import ClassLoss, EmbeddingLoss, Loss, ModalityLoss, PairLoss, ScoreLoss, WordLoss
from twobranch.losses.bidirectional_ranking import BidirectionalRanking
from twobranch.losses.global_ranking import GlobalRanking
from twobranch.losses.gradient_reversal import gradient_reversal
from twobranch.losses.in_batch_cross_entropy import InBatchCrossEntropy
from twobranch.losses.in_batch_instance import InBatchInstance
from twobranch.losses.instance import Instance
from twobranch.losses.logistic_pairs import LogisticPairs
from twobranch.losses.masks import GroupMasks, Masks, PairMask, masks_of_groups
from twobranch.losses.modality import InvertedModality, ModalityClassification
from twobranch.losses.pairs import Pairs, draw_pairs
from twobranch.losses.sigmoid import Sigmoid
from twobranch.losses.softmax_over_regions import SoftmaxOverRegions
from twobranch.losses.structure import ImageStructure, SentenceStructure
from twobranch.losses.word_vector_pull import WordVectorPull

LOSSES: dict[str, type[Loss]] = {
    "bidirectional-ranking": BidirectionalRanking,
    "sentence-structure": SentenceStructure,
    "image-structure": ImageStructure,
    "global-ranking": GlobalRanking,
    "in-batch-cross-entropy": InBatchCrossEntropy,
    "sigmoid": Sigmoid,
    "instance": Instance,
    "in-batch-instance": InBatchInstance,
    "softmax-over-regions": SoftmaxOverRegions,
    "logistic-pairs": LogisticPairs,
    "modality": ModalityClassification,
    "inverted-modality": InvertedModality,
    "word-vector-pull": WordVectorPull,
}
"""The name of each loss in a recipe."""

__all__ = [
    "LOSSES",
    "BidirectionalRanking",
    "ClassLoss",
    "EmbeddingLoss",
    "GlobalRanking",
    "GroupMasks",
    "ImageStructure",
    "InBatchCrossEntropy",
    "InBatchInstance",
    "Instance",
    "InvertedModality",
    "LogisticPairs",
    "Loss",
    "Masks",
    "ModalityClassification",
    "ModalityLoss",
    "PairLoss",
    "PairMask",
    "Pairs",
    "ScoreLoss",
    "SentenceStructure",
    "Sigmoid",
    "SoftmaxOverRegions",
    "WordLoss",
    "WordVectorPull",
    "draw_pairs",
    "gradient_reversal",
    "masks_of_groups",
]
