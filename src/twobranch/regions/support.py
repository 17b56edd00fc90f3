"""How much the other proposals of a picture speak for a box: where many agree, there is likely a thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twobranch.regions.boxes import iou

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIKE = (0.5, 0.7, 0.85)
"""IoU from which on a proposal is counted as like a box."""


def support(boxes: NDArray[np.float32], proposals: NDArray[np.float32]) -> NDArray[np.float32]:
    """The share of a picture's proposals that are like each box, at several thresholds.

    Args:
        boxes: (R, 4).
        proposals: (Q, 4) of the same picture, in the same units.

    Returns:
        (R, 3) float32, square roots of the shares, which spread out the small ones; zero without proposals.

    Example:
        >>> boxes = np.array([[0, 0, 2, 2], [0, 0, 2, 1.5], [5, 5, 6, 6]], np.float32)
        >>> support(boxes, boxes)[0].round(2)
        array([0.82, 0.82, 0.58], dtype=float32)
    """
    overlap = iou(boxes, proposals)  # (R, Q)
    shares = np.stack(
        [(overlap >= threshold).mean(1) if len(proposals) else np.zeros(len(boxes)) for threshold in LIKE]
    )
    roots: NDArray[np.float32] = np.sqrt(shares.T).astype(np.float32)
    return roots
