"""Which pairs of a batch are compared: non-matches drawn at random, and balanced pairs for a pair scorer."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from twobranch.losses.masks import PairMask


class Pairs(NamedTuple):
    """Chosen pairs of a batch of B images and C sentences.

    | field | shape, dtype | meaning |
    |---|---|---|
    | image | (P,) int64 | row of the image in the batch |
    | sentence | (P,) int64 | row of the sentence in the batch |
    | is_match | (P,) bool | match or non-match; an ignored pair is never among them |
    """

    image: Tensor
    sentence: Tensor
    is_match: Tensor


def draw_non_matches(non_match: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Draw k of each row's non-matches, uniformly and without replacement, from torch's global generator.

    Args:
        non_match: (R, C) bool, what may be drawn.
        k: how many; fewer where a row has fewer.

    Returns:
        (R, K) int64 columns and (R, K) bool, whether the column was drawn or only fills the row up; K is at
        most k. The columns of a row stand in random order.

    Example:
        >>> columns, drawn = draw_non_matches(torch.tensor([[True, False, True], [False, True, False]]), k=2)
        >>> sorted(columns[0].tolist()), drawn.tolist()
        ([0, 2], [[True, True], [True, False]])
    """
    # The k largest of independent uniform keys are a uniform draw without replacement.
    keys = torch.rand(non_match.shape, device=non_match.device).masked_fill(~non_match, -1.0)  # (R, C)
    largest = keys.topk(min(k, non_match.shape[1]), dim=1)  # (R, K)
    return largest.indices, largest.values >= 0


def draw_pairs(mask: PairMask, negatives: int) -> Pairs:
    """Every matching pair of the batch, and for each one some non-matching pairs that share an item with it.

    Stratified sampling for the similarity network: half of a match's negatives are its image with a wrong
    sentence, half its sentence with a wrong image, so that neither side alone tells the label. Of an odd
    number the last one is a wrong sentence for half of the matches, drawn at random, and a wrong image for
    the others. Each match draws for itself: two matches may draw the same non-matching pair.

    Methods.md 1.5: a fixed number of negatives per positive, as the code of `cite` intends (2 there, [C2]);
    for whole images the negatives are random in-batch pairs. Ignored pairs are never drawn.

    Args:
        mask: (B, C), the relation of the batch.
        negatives: non-matching pairs for each matching one; fewer where its image or its sentence has fewer.

    Returns:
        The matching pairs in row-major order, then the others. It draws from torch's global generator.

    Example:
        >>> eye = torch.eye(2, dtype=torch.bool)
        >>> pairs = draw_pairs(PairMask(eye, ~eye), negatives=2)
        >>> list(zip(pairs.image.tolist(), pairs.sentence.tolist(), pairs.is_match.tolist()))
        [(0, 0, True), (1, 1, True), (0, 1, False), (1, 0, False), (1, 0, False), (0, 1, False)]
    """
    image, sentence = mask.match.nonzero(as_tuple=True)  # (P,), (P,)
    one_more = torch.randperm(len(image), device=image.device) % 2 * (negatives % 2)  # (P,) 1: a wrong sentence more
    wrong_sentences = negatives // 2 + one_more  # (P,)
    row, wrong_sentence = _draw(mask.non_match[image], wrong_sentences)  # (Q,), (Q,)
    column, wrong_image = _draw(mask.non_match.T[sentence], negatives - wrong_sentences)
    return Pairs(
        torch.cat([image, image[row], wrong_image]),
        torch.cat([sentence, wrong_sentence, sentence[column]]),
        torch.arange(len(image) + len(row) + len(column), device=image.device) < len(image),
    )


def _draw(non_match: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Draw as many non-matches of each row as `counts` says: (Q,) their rows and (Q,) their columns."""
    if len(counts) == 0:
        return counts, counts
    columns, drawn = draw_non_matches(non_match, int(counts.max()))  # (P, K)
    drawn = drawn & (torch.arange(columns.shape[1], device=columns.device) < counts[:, None])
    return drawn.nonzero(as_tuple=True)[0], columns[drawn]
