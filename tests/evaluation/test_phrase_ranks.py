"""Ranks of the first right box: a table worked out by hand, and a naive twin."""

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.evaluation.phrase_ranks import ERRORS, PhraseRanks, phrase_ranks

BOXES = [[0, 0, 10, 10], [0, 0, 10, 5], [20, 0, 30, 10], [0, 0, 40, 40]]
"""IoU with the first: 1, 0.5, 0, 1/16."""


def twin_iou(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def twin(boxes, scores, truth, ground_truth, threshold, suppress):
    """(rank, reachable) of one phrase, with wrong boxes before right ones where scores are equal."""
    if ground_truth == "union":
        truth = [
            [min(t[0] for t in truth), min(t[1] for t in truth), max(t[2] for t in truth), max(t[3] for t in truth)]
        ]
    right = [any(twin_iou(box, t) >= threshold for t in truth) for box in boxes]
    listed = sorted(range(len(boxes)), key=lambda row: (-scores[row], right[row]))
    if suppress is not None:
        kept = []
        for row in listed:
            if all(twin_iou(boxes[row], boxes[other]) <= suppress for other in kept):
                kept.append(row)
        listed = kept
    for rank, row in enumerate(listed, start=1):
        if right[row]:
            return rank, True
    return 0, any(right)


@pytest.mark.parametrize("ground_truth", ["union", "any"])
@pytest.mark.parametrize("suppress", [None, 0.3, 0.7])
def test_ranks_are_those_of_the_twin(rng, ground_truth, suppress):
    for _ in range(30):
        corners = rng.integers(0, 8, (12, 2))
        boxes = np.concatenate([corners, corners + rng.integers(1, 6, (12, 2))], axis=1).astype(float)
        truth = [
            boxes[rng.integers(0, 12, rng.integers(1, 4))] + rng.integers(0, 2, 4) * [0, 0, 1, 1] for _ in range(4)
        ]
        scores = rng.integers(0, 4, (4, 12)).astype(float)
        found = phrase_ranks(boxes, scores, truth, ground_truth=ground_truth, suppress=suppress)
        expected = [twin(boxes, scores[p], truth[p], ground_truth, 0.5, suppress) for p in range(4)]
        assert list(zip(found.rank.tolist(), found.reachable.tolist(), strict=True)) == expected


def test_a_table_by_hand():
    truth = [[[0, 0, 10, 10]], [[0, 0, 10, 4]], [[0, 0, 10, 10], [20, 0, 30, 10]], [[90, 90, 95, 95]]]
    scores = [[0.1, 0.2, 0.3, 0.4], [0.9, 0.8, 0.1, 0.0], [0.1, 0.0, 0.9, 0.2], [0.1, 0.2, 0.3, 0.4]]
    found = phrase_ranks(BOXES, scores, truth)
    # 1: right are boxes 0 and 1 (IoU 1 and exactly 0.5); box 1 stands third.
    # 2: right is box 1 (IoU 0.8); box 0 has IoU 0.4 and stands before it.
    # 3: the union is (0, 0, 30, 10); box 0 and box 2 have IoU 1/3, box 3 has 300 / 1600: nothing is right.
    # 4: nothing is near.
    assert found.rank.tolist() == [3, 2, 0, 0]
    assert found.right.tolist() == [2, 1, 0, 0]
    assert found.reachable.tolist() == [True, True, False, False]
    # First boxes: 3 lies around the first truth; box 0 is right for the first phrase; box 2 lies inside; box 3 nowhere.
    assert [ERRORS[kind] for kind in found.error] == ["around", "other phrase", "inside", "elsewhere"]
    any_box = phrase_ranks(BOXES, scores, truth, ground_truth="any")
    assert any_box.rank.tolist() == [3, 2, 1, 0]
    assert any_box.error[2] == -1


def test_a_collapsed_scorer_finds_nothing_first():
    found = phrase_ranks(BOXES, np.zeros((1, 4)), [[[0, 0, 10, 10]]])
    assert found.rank.tolist() == [3]  # two boxes are right, so two wrong ones stand before them


def test_suppression_may_drop_the_right_box_and_leaves_the_upper_bound():
    boxes, truth = [[0, 0, 10, 10], [0, 0, 10, 6]], [[[0, 0, 10, 5]]]
    assert phrase_ranks(boxes, [[0.9, 0.1]], truth, threshold=0.6).rank.tolist() == [2]
    found = phrase_ranks(boxes, [[0.9, 0.1]], truth, threshold=0.6, suppress=0.5)
    assert found.rank.tolist() == [0]
    assert found.reachable.tolist() == [True]


def test_an_image_without_proposals():
    found = phrase_ranks(np.zeros((0, 4)), np.zeros((2, 0)), [[[0, 0, 1, 1]]] * 2)
    assert found.rank.tolist() == [0, 0]
    assert found.proposals.tolist() == [0, 0]
    assert found.error.tolist() == [-1, -1]
    assert len(PhraseRanks.joined([found, found]).rank) == 4


@pytest.mark.parametrize(
    ("scores", "truth", "message"),
    [
        (np.zeros((1, 3)), [[[0, 0, 1, 1]]], r"scores: there is a row per phrase and a column per box, \(1, 4\)"),
        (np.array([[0, np.nan, 0, 0]]), [[[0, 0, 1, 1]]], "scores, phrase 0, box 1: every score must be a finite"),
        (np.zeros((1, 4)), [[]], "ground truth 0: a phrase has at least one box"),
        (np.zeros((1, 4)), [[[0, 0, 1]]], "ground truth 0: boxes have shape"),
    ],
)
def test_unusable_input_is_refused(scores, truth, message):
    with pytest.raises(TwobranchError, match=message):
        phrase_ranks(BOXES, scores, truth)
