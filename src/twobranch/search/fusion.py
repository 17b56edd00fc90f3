"""Two orders of the same images made into one: what the embeddings say, and what the stored words say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]

DEPTH = 500
"""Images of each order that are fused. It does not depend on the hits asked for: pages are parts of one order."""

SMOOTHING = 60
"""The constant of reciprocal rank fusion: the larger, the less the first few ranks stand out."""


def fuse(by_score: Rows, by_text: Rows) -> tuple[Rows, NDArray[np.float64]]:
    """Reciprocal rank fusion: the order by the sum of 1 / (60 + rank) over both orders.

    Only ranks count, so that scores on any scale can be fused. An image that one order does not name gets nothing from
    it. Of equal sums, the image that stands first in `by_score` comes first.

    Source: Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods", SIGIR 2009.

    Args:
        by_score: rows, best first; those beyond `DEPTH` follow the fused ones in this order.
        by_text: rows, best first, at most `DEPTH`; those that are not in `by_score` may be among them.

    Returns:
        All rows of both, best first, and their sums; a row that was not fused has 0.

    Example:
        >>> rows, sums = fuse(np.array([4, 7, 9]), np.array([9, 2]))
        >>> rows.tolist(), sums.round(4).tolist()
        ([9, 4, 2, 7], [0.0323, 0.0164, 0.0161, 0.0161])
    """
    rows = np.concatenate([by_score, by_text[~np.isin(by_text, by_score)]])
    sums = np.zeros(len(rows))
    head = min(len(by_score), DEPTH)
    sums[:head] = 1 / (SMOOTHING + np.arange(1, head + 1))
    order = np.argsort(rows)
    places = order[np.searchsorted(rows, by_text, sorter=order)]
    sums[places] += 1 / (SMOOTHING + np.arange(1, len(by_text) + 1))
    best_first = np.argsort(-sums, kind="stable")
    return rows[best_first], sums[best_first]
