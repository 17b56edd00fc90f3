"""What a random order would find."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def random_success(right: Any, proposals: Any, k: int) -> Floats:
    """The chance, in percent, that a random order of the proposals has a right one among the first K.

    The K first are drawn without replacement: 1 - C(n - r, K) / C(n, K) for r right ones among n.

    Args:
        right: (P,) number of right proposals.
        proposals: (P,) number of proposals.
        k: the cutoff.

    Example:
        >>> random_success([1, 0, 2], [4, 4, 2], 1)
        array([ 25.,   0., 100.])
    """
    right, proposals = np.asarray(right, np.float64), np.asarray(proposals, np.float64)
    missed = np.ones(right.shape)
    for drawn in range(k):
        left = np.maximum(proposals - drawn, 1)  # where all are drawn, nothing is missed or everything was
        missed *= np.where(proposals > drawn, np.maximum(proposals - right - drawn, 0) / left, 1.0)
    chance: Floats = 100.0 * (1.0 - missed)
    return chance
