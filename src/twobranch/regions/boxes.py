"""Functions of boxes: overlap, union, area, clipping, suppression of near duplicates.

A box is a row (x0, y0, x1, y1): 0-based and end-exclusive, so that its width is x1 - x0 and no function adds 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating]


def as_boxes(values: ArrayLike, where: str = "boxes") -> Floats:
    """Check boxes (R, 4) of finite numbers; whole numbers become float32, an empty list (0, 4).

    Raises:
        TwobranchError: for another shape, a number that is not finite, or a box that ends before it begins.

    Example:
        >>> as_boxes([[0, 0, 2, 1]]).dtype, as_boxes([]).shape
        (dtype('float32'), (0, 4))
    """
    boxes = np.asarray(values)
    if boxes.dtype.kind != "f":
        boxes = boxes.astype(np.float32)
    if boxes.shape == (0,):
        boxes = boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise TwobranchError(where, "boxes have shape (R, 4)", found=boxes.shape, remedy="Give x0, y0, x1, y1 per row.")
    if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
        wrong = np.flatnonzero(~np.isfinite(boxes).all(1) | (boxes[:, 2:] < boxes[:, :2]).any(1))[0]
        rule = "a box has finite numbers with x0 <= x1 and y0 <= y1"
        raise TwobranchError(f"{where}, row {wrong}", rule, found=boxes[wrong].tolist(), remedy="Mend the box.")
    return boxes


def area(boxes: Floats) -> Floats:
    """Area of each box.

    Args:
        boxes: (R, 4).

    Returns:
        (R,) in square pixels.

    Example:
        >>> area(np.array([[0.0, 0.0, 3.0, 2.0]]))
        array([6.])
    """
    sides = boxes[:, 2:] - boxes[:, :2]  # (R, 2)
    areas: Floats = sides[:, 0] * sides[:, 1]
    return areas


def iou(boxes: Floats, others: Floats) -> Floats:
    """Intersection over union of each box with each other one; 0 where both are empty.

    Args:
        boxes: (R, 4).
        others: (P, 4).

    Returns:
        (R, P) in 0..1.

    Example:
        >>> iou(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0], [2.0, 0.0, 4.0, 2.0]]))
        array([[0.33333333, 0.        ]])
    """
    # Column by column: at thousands of boxes this is several times as fast as one (R, P, 2) array.
    width = np.minimum(boxes[:, 2, None], others[:, 2]) - np.maximum(boxes[:, 0, None], others[:, 0])  # (R, P)
    height = np.minimum(boxes[:, 3, None], others[:, 3]) - np.maximum(boxes[:, 1, None], others[:, 1])
    common = np.maximum(width, 0) * np.maximum(height, 0)
    union = area(boxes)[:, None] + area(others) - common
    overlap: Floats = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return overlap


def union_box(boxes: Floats) -> Floats:
    """The smallest box that holds all boxes, (4,): what "two dogs" names where each dog has a box.

    Raises:
        TwobranchError: if there is no box.

    Example:
        >>> union_box(np.array([[0.0, 2.0, 1.0, 3.0], [4.0, 0.0, 5.0, 1.0]]))
        array([0., 0., 5., 3.])
    """
    if not len(boxes):
        raise TwobranchError("boxes", "a union needs at least one box", found="none", remedy="Leave the phrase out.")
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def union_of_pairs(boxes: Floats, apart: float) -> Floats:
    """The smallest boxes that hold two boxes each, for every two that lie apart.

    Args:
        boxes: (R, 4).
        apart: largest IoU of two boxes that are joined.

    Returns:
        (at most R (R - 1) / 2, 4), in the order of the pairs (0, 1), (0, 2), ..., (1, 2), ...

    Example:
        >>> union_of_pairs(np.array([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.0], [3.0, 1.0, 4.0, 2.0]]), 0.1)
        array([[0., 0., 4., 2.],
               [0., 0., 4., 2.]])
    """
    first, second = np.triu_indices(len(boxes), 1)
    joined = iou(boxes, boxes)[first, second] <= apart
    one, other = boxes[first[joined]], boxes[second[joined]]
    return np.concatenate([np.minimum(one[:, :2], other[:, :2]), np.maximum(one[:, 2:], other[:, 2:])], axis=1)


def clip(boxes: Floats, size: tuple[float, float]) -> Floats:
    """The part of each box that lies inside a picture; outside of it a box of no area is left.

    Args:
        boxes: (R, 4).
        size: width and height of the picture.

    Example:
        >>> clip(np.array([[-1.0, 2.0, 9.0, 3.0]]), (8, 6))
        array([[0., 2., 8., 3.]])
    """
    width, height = size
    return np.clip(boxes, 0, np.array([width, height, width, height], dtype=boxes.dtype))


def nms(boxes: Floats, threshold: float, limit: int | None = None) -> NDArray[np.int64]:
    """Keep each box that overlaps no better kept one by more than a threshold (non-maximum suppression).

    Args:
        boxes: (R, 4), the best first.
        threshold: largest IoU with a kept box.
        limit: stop after so many boxes.

    Returns:
        Row numbers of the kept boxes, ascending.

    Example:
        >>> nms(np.array([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 4.0, 3.0], [4.0, 0.0, 8.0, 4.0]]), 0.7)
        array([0, 2])
    """
    kept: list[int] = []
    left = np.arange(len(boxes))
    while len(left) and (limit is None or len(kept) < limit):
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[iou(boxes[best : best + 1], boxes[left])[0] <= threshold]
    return np.array(kept, dtype=np.int64)
