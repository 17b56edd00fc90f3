"""Box functions against naive twins."""

from __future__ import annotations

import numpy as np
import pytest

from tests.regions.naive import iou_twin, nms_twin
from twobranch.errors import TwobranchError
from twobranch.regions.boxes import area, as_boxes, clip, iou, nms, union_box, union_of_pairs


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def some_boxes(rng, count, dtype=np.float64):
    """Whole numbers in a small square: many boxes touch, repeat or have no area."""
    corners = np.sort(rng.integers(0, 9, (count, 2, 2)), axis=1)
    return corners.reshape(count, 4).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_iou_is_that_of_the_twin(rng, dtype):
    boxes, others = some_boxes(rng, 60, dtype), some_boxes(rng, 50, dtype)
    found = iou(boxes, others)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, [[iou_twin(a, b) for b in others] for a in boxes], rtol=1e-6)
    np.testing.assert_allclose(found, iou(others, boxes).T)


def test_iou_does_not_add_one():
    left, right = np.array([[0.0, 0, 10, 10]]), np.array([[10.0, 0, 20, 10]])
    assert iou(left, right) == 0  # end-exclusive: they touch and share no pixel
    assert iou(left, left) == 1
    assert iou(left, np.array([[0.0, 0, 10, 5]])) == 0.5
    assert iou(np.zeros((0, 4)), left).shape == (0, 1)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.8, 1.0])
def test_nms_is_that_of_the_twin(rng, threshold):
    boxes = some_boxes(rng, 120)
    kept = nms(boxes, threshold)
    assert kept.tolist() == nms_twin(boxes, threshold)
    assert nms(boxes, threshold, limit=3).tolist() == kept[:3].tolist()


def test_nms_of_nothing():
    assert nms(np.zeros((0, 4)), 0.5).tolist() == []


@pytest.mark.parametrize("apart", [0.0, 0.3])
def test_pairs_are_the_unions_of_two(rng, apart):
    boxes = some_boxes(rng, 12)
    pairs = [(i, j) for i in range(12) for j in range(i + 1, 12) if iou_twin(boxes[i], boxes[j]) <= apart]
    assert union_of_pairs(boxes, apart).tolist() == [union_box(boxes[list(pair)]).tolist() for pair in pairs]
    assert union_of_pairs(boxes[:1], apart).shape == (0, 4)


def test_union_area_and_clip(rng):
    boxes = some_boxes(rng, 30)
    x0, y0, x1, y1 = boxes.T
    assert union_box(boxes).tolist() == [min(x0), min(y0), max(x1), max(y1)]
    assert union_box(boxes[:1]).tolist() == boxes[0].tolist()
    assert area(boxes).tolist() == [(d - b) * (c - a) for a, b, c, d in boxes]
    clipped = clip(boxes - 2, (4, 3))
    for (a, b, c, d), (e, f, g, h) in zip(boxes - 2, clipped, strict=True):
        assert (e, f, g, h) == (min(max(a, 0), 4), min(max(b, 0), 3), min(max(c, 0), 4), min(max(d, 0), 3))
    with pytest.raises(TwobranchError, match="at least one box"):
        union_box(np.zeros((0, 4)))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[0, 0, 1]], r"boxes have shape \(R, 4\), but found \(1, 3\)"),
        ([0, 0, 1, 1], r"boxes have shape"),
        ([[0, 0, 1, 1], [0, 0, float("nan"), 1]], "boxes, row 1: a box has finite numbers"),
        ([[2, 0, 1, 1]], "boxes, row 0: .*x0 <= x1"),
    ],
)
def test_what_is_no_box_is_refused(values, message):
    with pytest.raises(TwobranchError, match=message):
        as_boxes(values)
