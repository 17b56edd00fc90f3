"""Naive twins of the box functions: loops over single boxes."""

from __future__ import annotations


def iou_twin(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = width * height if width > 0 and height > 0 else 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    return common / union if union > 0 else 0.0


def nms_twin(boxes, threshold):
    kept = []
    for row, box in enumerate(boxes):
        if all(iou_twin(box, boxes[other]) <= threshold for other in kept):
            kept.append(row)
    return kept
