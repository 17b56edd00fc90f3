"""Which rows, or ids of rows, are among others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def among(values: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each value (N,) is one of the others (M,): as `numpy.isin` says of whole numbers, in less time.

    Numbers of rows are in order, or nearly so; then sorting and searching are quicker than a hash table.

    Example:
        >>> among(np.array([3, 5, 9]), np.array([9, 4, 3]))
        array([ True, False,  True])
    """
    if not len(others):
        return np.zeros(len(values), np.bool_)
    others = np.sort(others)
    found: NDArray[np.bool_] = others[np.minimum(np.searchsorted(others, values), len(others) - 1)] == values
    return found
