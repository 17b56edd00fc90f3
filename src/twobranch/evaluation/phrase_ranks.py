"""Where the first right box stands in the ranked boxes of a phrase, and what the first box is when it is wrong.

A box is right when its IoU with the ground truth reaches a threshold (methods.md 5.5). The ground truth of a phrase
with several boxes is either their union, as in the first papers, or any one of them, as in many later ones: numbers of
the two conventions cannot be compared. Ties count against the phrase: of boxes with equal scores the wrong ones stand
first, so that a collapsed scorer finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.regions.boxes import area, as_boxes, iou, nms, union_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

GroundTruth = Literal["union", "any"]
"""One box around all boxes of a phrase, or each of them."""

THRESHOLD = 0.5

ErrorKind = Literal["other phrase", "inside", "around", "elsewhere"]
ERRORS: tuple[ErrorKind, ...] = get_args(ErrorKind)
"""The first box, where it is wrong: right for another phrase of the image; inside the ground truth; around it; or none
of these, with too little overlap. The first that fits counts."""

_CONTAINED = 0.9
"""Share of its area from which on a box counts as inside another: annotators and proposals differ by some pixels."""


@dataclass(frozen=True)
class PhraseRanks:
    """What was found for P phrases.

    Attributes:
        rank: (P,) int64 position of the first right box, from 1; 0 where no box of the list is right.
        reachable: (P,) bool, whether any proposal is right, before any suppression: the upper bound.
        right: (P,) int64 number of right proposals.
        proposals: (P,) int64 number of proposals.
        error: (P,) int64 number in `ERRORS` of the first box; -1 where it is right, or there is none.
    """

    rank: NDArray[np.int64]
    reachable: NDArray[np.bool_]
    right: NDArray[np.int64]
    proposals: NDArray[np.int64]
    error: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[PhraseRanks]) -> PhraseRanks:
        """The phrases of several images, one after the other."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def phrase_ranks(
    boxes: Any,
    scores: Any,
    truth: Sequence[Any],
    *,
    ground_truth: GroundTruth = "union",
    threshold: float = THRESHOLD,
    suppress: float | None = None,
) -> PhraseRanks:
    """Rank the boxes of one image for each of its phrases.

    Args:
        boxes: (R, 4) proposals in pixels.
        scores: (P, R) of each phrase with each box; higher is better.
        truth: P arrays (G, 4) of ground-truth boxes, at least one each.
        ground_truth: "union" or "any".
        threshold: IoU from which on a box is right.
        suppress: IoU above which a box is dropped from a phrase's list for a better one; None drops none.

    Raises:
        TwobranchError: if shapes do not fit, a score is not finite, or a phrase has no ground truth.

    Example:
        >>> found = phrase_ranks([[0, 0, 9, 9], [20, 0, 30, 10]], [[0.9, 0.1]], [[[20, 0, 30, 9]]])
        >>> found.rank, found.reachable, ERRORS[found.error[0]]
        (array([2]), array([ True]), 'elsewhere')
    """
    boxes, scores = as_boxes(boxes), np.asarray(scores, dtype=np.float64)
    _check(boxes, scores, truth)
    targets = [_target(as_boxes(own, f"ground truth {p}"), ground_truth) for p, own in enumerate(truth)]
    overlaps = [iou(boxes, target).max(axis=1) for target in targets]  # P times (R,)
    rank, error = np.zeros(len(targets), np.int64), np.full(len(targets), -1, np.int64)
    right = np.array([int((overlap >= threshold).sum()) for overlap in overlaps], np.int64)
    for p, overlap in enumerate(overlaps if len(boxes) else ()):
        hits = overlap >= threshold
        order = np.lexsort((hits, -scores[p]))  # of equal scores the wrong boxes first
        if suppress is not None:
            order = order[nms(boxes[order], suppress)]
        found = np.flatnonzero(hits[order])
        rank[p] = found[0] + 1 if len(found) else 0
        if rank[p] != 1:
            best, others = int(order[0]), [o for q, o in enumerate(overlaps) if q != p]
            confused = any(other[best] >= threshold for other in others)
            error[p] = ERRORS.index("other phrase" if confused else _error(boxes[best], targets[p]))
    return PhraseRanks(rank, right > 0, right, np.full(len(targets), len(boxes), np.int64), error)


def _target(boxes: Floats, ground_truth: GroundTruth) -> Floats:
    return union_box(boxes)[None] if ground_truth == "union" else boxes


def _error(box: Floats, target: Floats) -> ErrorKind:
    """How a wrong box lies to the ground-truth boxes (G, 4): of several to the one it overlaps most."""
    own = target[int(iou(box[None], target)[0].argmax())]
    low, high = np.maximum(box[:2], own[:2]), np.minimum(box[2:], own[2:])
    common = float(np.prod(np.maximum(high - low, 0)))
    box_area, own_area = (float(area(one[None])[0]) for one in (box, own))
    if common and common >= _CONTAINED * box_area:
        return "inside"
    return "around" if common and common >= _CONTAINED * own_area else "elsewhere"


def _check(boxes: Floats, scores: Floats, truth: Sequence[Any]) -> None:
    wanted = (len(truth), len(boxes))
    if scores.shape != wanted:
        raise TwobranchError(
            "scores", f"there is a row per phrase and a column per box, {wanted}", found=scores.shape,
            remedy="Score each phrase of the image with each of its proposals.",
        )  # fmt: skip
    if not np.isfinite(scores).all():
        phrase, box = np.argwhere(~np.isfinite(scores))[0].tolist()
        raise TwobranchError(
            f"scores, phrase {phrase}, box {box}", "every score must be a finite number", found=scores[phrase, box],
            remedy="Check the scorer on this pair; a network that has diverged gives NaN.",
        )  # fmt: skip
    for phrase, own in enumerate(truth):
        if not len(own):
            raise TwobranchError(
                f"ground truth {phrase}", "a phrase has at least one box", found="none",
                remedy="Leave phrases without boxes out.",
            )  # fmt: skip
