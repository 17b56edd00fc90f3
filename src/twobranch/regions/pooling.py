"""The feature of a box from the grid of a picture: the mean over the cells, weighted by how much of each the box holds.

One pass of the encoder serves all boxes of a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Position = Literal["none", "corners", "bumps"]
"""How a region's feature says where its box is: not at all, in five numbers, or in many that a network tells apart."""

CORNERS = 5
"""Numbers of `corners`."""
BUMPS = 9
"""Bumps along each number of `bumps`."""
_WIDTH = 0.09


def cell_weights(boxes: Floats, grid: tuple[int, int]) -> Floats:
    """The share of each cell in a box.

    A box that lies outside of the picture, or has no area, gets the cell nearest to its middle.

    Args:
        boxes: (R, 4) shares of width and height, 0 to 1.
        grid: H rows and W columns of cells.

    Returns:
        (R, H * W) float32, rows of cells one after the other; each row sums to one.

    Example:
        >>> cell_weights(np.array([[0.0, 0.0, 0.75, 0.5]], np.float32), (2, 2)).round(3)
        array([[0.667, 0.333, 0.   , 0.   ]], dtype=float32)
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise TwobranchError("boxes", "boxes have shape (R, 4)", found=boxes.shape, remedy="Give x0, y0, x1, y1.")
    height, width = grid
    across = _overlap(boxes[:, 0], boxes[:, 2], width)  # (R, W)
    down = _overlap(boxes[:, 1], boxes[:, 3], height)  # (R, H)
    weights: Floats = (down[:, :, None] * across[:, None, :]).reshape(len(boxes), height * width)
    return weights


def pooled(weights: Floats, cells: Floats) -> Floats:
    """The mean over cells for each row of weights: (R, H * W) and (H * W, F) -> (R, F) float32.

    Example:
        >>> pooled(np.array([[0.5, 0.5]], np.float32), np.array([[1.0], [3.0]], np.float32))
        array([[2.]], dtype=float32)
    """
    # By torch, which keeps to the threads that it was given; the library behind NumPy's product takes all of them, and
    # for products as small as these they mostly wait for each other.
    means: Floats = (torch.from_numpy(weights) @ torch.from_numpy(cells)).numpy()
    return means


def _overlap(low: Floats, high: Floats, cells: int) -> Floats:
    """(R,) ends of intervals in 0..1 -> (R, cells), each cell's share in the interval; rows sum to one."""
    edges = np.arange(cells + 1, dtype=np.float32) / cells
    common = np.minimum(high[:, None], edges[1:]) - np.maximum(low[:, None], edges[:-1])  # (R, cells)
    common = np.maximum(common, 0)
    total = common.sum(1, keepdims=True)
    empty = total[:, 0] <= 0
    if empty.any():
        middle = np.clip((low[empty] + high[empty]) / 2 * cells, 0, cells - 1).astype(np.int64)
        common[empty] = np.eye(cells, dtype=np.float32)[middle]
        total = common.sum(1, keepdims=True)
    shares: Floats = (common / total).astype(np.float32)
    return shares


def corners(boxes: Floats) -> Floats:
    """Where boxes are: left, top, right, bottom and area, as shares of the picture.

    The spatial feature of region-phrase matching (methods.md 1.6 [C2]).

    Args:
        boxes: (R, 4) shares of width and height.

    Returns:
        (R, 5) float32.

    Example:
        >>> corners(np.array([[0.0, 0.0, 0.5, 0.5]], np.float32))
        array([[0.  , 0.  , 0.5 , 0.5 , 0.25]], dtype=float32)
    """
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return np.concatenate([boxes, areas[:, None]], axis=1).astype(np.float32)


def bumps(boxes: Floats) -> Floats:
    """Where boxes are, spread over many numbers: corners, middle, sides, area and its root, each as nine smooth bumps.

    A network on five numbers has to bend them itself; of bumps it takes what it needs, so that it learns sooner which
    places and sizes a phrase has.

    Args:
        boxes: (R, 4) shares of width and height.

    Returns:
        (R, 90) float32: of each of ten numbers from 0 to 1, how near it is to each of nine places.

    Example:
        >>> bumps(np.array([[0.0, 0.0, 0.5, 1.0]], np.float32))[0, :3].round(2)
        array([1.  , 0.38, 0.02], dtype=float32)
    """
    sides = boxes[:, 2:] - boxes[:, :2]  # (R, 2)
    area = sides.prod(1, keepdims=True)  # (R, 1)
    numbers = np.concatenate([boxes, (boxes[:, :2] + boxes[:, 2:]) / 2, sides, area, np.sqrt(area)], axis=1)  # (R, 10)
    places = np.linspace(0, 1, BUMPS)
    near = np.exp(-0.5 * ((numbers[:, :, None] - places) / _WIDTH) ** 2)  # (R, 10, 9)
    code: Floats = np.asarray(near.reshape(len(boxes), -1), np.float32)
    return code


POSITIONS: dict[Position, tuple[int, Callable[[Floats], Floats]]] = {
    "none": (0, lambda boxes: boxes[:, :0]),
    "corners": (CORNERS, corners),
    "bumps": (10 * BUMPS, bumps),
}
"""Of each way to say where a box is, its length and what computes it."""


def enlarged(boxes: Floats, factor: float) -> Floats:
    """Boxes around the same middle with sides that are longer by a factor, cut at the border of the picture.

    Args:
        boxes: (R, 4) shares of width and height.
        factor: of the sides.

    Example:
        >>> enlarged(np.array([[0.25, 0.0, 0.75, 0.5]], np.float32), 1.5).tolist()
        [[0.125, 0.0, 0.875, 0.625]]
    """
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) * (factor / 2)
    larger: Floats = np.clip(np.concatenate([middle - half, middle + half], axis=1), 0, 1).astype(np.float32)
    return larger
