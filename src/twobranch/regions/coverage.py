"""An order of boxes in which the first few cover as much as possible of what might be asked for.

Each hypothesis is a box that could be the one that a phrase names, with a weight. A candidate covers a hypothesis when
their IoU reaches a threshold. The next box is always the one that covers the most weight that no earlier box covers;
this greedy choice is within 1 - 1/e of the best cover there is (Nemhauser, Wolsey and Fisher 1978). Several thresholds
are counted together: the low ones spread the first boxes over the picture, the high ones go on when all is covered
roughly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from twobranch.regions.boxes import iou

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

THRESHOLDS = (0.55, 0.65, 0.75)

_WEIGHT = 2**20
"""The weights add up to about this, as whole numbers: sums in float32 are then exact, and the order is the same with
every library of matrix products."""


FINE = (0.85, 0.95)
"""What is left is ordered by these: nearly equal to a box that stands before it, so that it hardly adds anything."""


def by_coverage(candidates: Floats, hypotheses: Floats, weights: Floats, budget: int) -> Floats:
    """The candidates in their order of coverage, the budget always used up.

    Args:
        candidates: (R, 4) boxes.
        hypotheses: (H, 4) boxes.
        weights: (H,) not negative.
        budget: candidates at most.

    Returns:
        (min(R, budget), 4) of the candidates.

    Example:
        >>> boxes = np.array([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 4.0, 3.9], [5.0, 0.0, 6.0, 6.0]])
        >>> by_coverage(boxes, boxes, np.ones(3), 3)[:, 3]
        array([4. , 6. , 3.9])
    """
    overlap = iou(hypotheses, candidates)  # (H, R)
    order = coverage_order(overlap, weights, budget)
    left = np.setdiff1d(np.arange(len(candidates)), order)
    fine = left[coverage_order(overlap[:, left], weights, budget - len(order), FINE)]
    last = np.setdiff1d(left, fine)
    chosen: Floats = candidates[np.concatenate([order, fine, last])[:budget]]
    return chosen


def coverage_order(
    overlap: Floats, weights: Floats, budget: int, thresholds: Sequence[float] = THRESHOLDS
) -> NDArray[np.int64]:
    """Candidates in the order in which they cover the most new weight.

    Args:
        overlap: (H, R) IoU of each hypothesis with each candidate.
        weights: (H,) not negative.
        budget: candidates at most.
        thresholds: IoU at which a candidate covers a hypothesis; each counts alike.

    Returns:
        Row numbers of at most `budget` candidates; fewer where nothing is left to cover. Of equals, the first.

    Example:
        >>> overlap = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]])
        >>> coverage_order(overlap, np.ones(3), 2, [0.5])
        array([0, 2])
    """
    whole = np.rint(weights * (_WEIGHT / max(float(weights.sum()), 1e-30))).astype(np.float32)
    covers = [overlap >= threshold for threshold in thresholds]  # (H, R) each
    open_ = [whole > 0 for _ in thresholds]  # (H,) what no chosen box covers yet
    gain = np.zeros(overlap.shape[1], np.float32)
    for cover in covers:
        gain += _covered(whole, cover, np.flatnonzero(whole > 0))
    chosen: list[int] = []
    while len(chosen) < min(budget, overlap.shape[1]):
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        chosen.append(best)
        for cover, left in zip(covers, open_, strict=True):
            rows = np.flatnonzero(cover[:, best] & left)
            gain -= _covered(whole, cover, rows)
            left[rows] = False
    return np.array(chosen, dtype=np.int64)


def _covered(weights: Floats, cover: NDArray[np.bool_], rows: NDArray[np.int64], block: int = 512) -> Floats:
    """The weight that each candidate covers among some hypotheses, (R,); in blocks, to need little memory."""
    total = np.zeros(cover.shape[1], np.float32)
    for start in range(0, len(rows), block):
        some = rows[start : start + block]
        total += weights[some] @ cover[some].astype(np.float32)
    return total
