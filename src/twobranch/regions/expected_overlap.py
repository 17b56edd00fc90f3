"""Which region to answer with: the one that overlaps most, on average, with what may be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twobranch.regions.boxes import iou

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]


def expected_overlap(scores: Floats, boxes: Floats, scale: float) -> NDArray[np.float32]:
    """The expected IoU of each region with the region that a phrase means.

    A softmax of the scores says how likely each region is meant:  e_r = sum_q softmax(a s)_q IoU(r, q).

    The best scored region is often a part of the thing, which is all thing and no ground. Where the score is shared
    among a thing and its parts, the thing overlaps with all of them: answering with the least expected loss is the
    decision rule of minimum Bayes risk (Kumar and Byrne 2004, in translation).

    Args:
        scores: (P, R) of phrases with regions.
        boxes: (R, 4) of the regions, in any unit.
        scale: a, what a score is multiplied by before the softmax.

    Returns:
        (P, R) float32 in 0..1.

    Example:
        >>> boxes = np.array([[0, 0, 4, 2], [0, 0, 2, 2], [2, 0, 4, 2]], np.float32)
        >>> expected_overlap(np.array([[1.0, 1.1, 1.1]]), boxes, 1.0).round(2)
        array([[0.66, 0.5 , 0.5 ]], dtype=float32)
    """
    logits = scale * np.asarray(scores, np.float64)
    chances = np.exp(logits - logits.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    overlaps: NDArray[np.float32] = (chances @ iou(boxes, boxes)).astype(np.float32)
    return overlaps
