"""Which rows of features begin a new image, where an image's row is repeated for each of its sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 64 << 20
"""Bytes that are compared at a time."""


def begins_image(features: Any) -> NDArray[np.bool_]:
    """Whether each row differs from the one before it, (N,) bool; the first always does.

    Rows are compared bit by bit, so that a row of NaN equals its copy. Sets of vectors are equal where their first and
    their last vectors are: the whole of such a file may be larger than memory by far.

    Args:
        features: (N, F) or (N, R, F), usually memory-mapped.

    Example:
        >>> begins_image(np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 2.0]]))
        array([ True, False,  True])
    """
    begins = np.ones(len(features), bool)
    parts = [features] if features.ndim == 2 else [features[:, 0], features[:, -1]]
    block = max(2, BLOCK_BYTES // max(1, parts[0][0].nbytes if len(features) else 1))
    for start in range(1, len(features), block):
        end = min(start + block, len(features))
        changed = np.zeros(end - start, bool)
        for part in parts:
            read = _bits(part[start - 1 : end])
            changed |= (read[1:] != read[:-1]).any(1)
        begins[start:end] = changed
    return begins


def _bits(rows: Any) -> NDArray[np.uint8]:
    """The bytes of rows, (n, ...) -> (n, bytes)."""
    packed = np.ascontiguousarray(rows)
    return packed.view(np.uint8).reshape(len(packed), -1)
