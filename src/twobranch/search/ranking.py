"""The images of a gallery for a query, best first, with what judges whether any of them matches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twobranch.search.exact import best, gallery_scores
from twobranch.search.matrix import Snapshot
from twobranch.search.threads import threads_for

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Ranking:
    """The best images for a query.

    Attributes:
        rows: (K,) rows of the snapshot, best first.
        scores: (K,) their scores.
        seen: (M,) scores that stand for the whole gallery.
        weights: (M,) how many images each of `seen` stands for; None where `seen` are all of them.
        images: images among which these are the best.
    """

    rows: Rows
    scores: Floats
    seen: Floats
    weights: Floats | None
    images: int


def rank(snapshot: Snapshot, query: Floats, rows: Rows | None, count: int) -> Ranking:
    """The `count` best images for a query.

    Args:
        snapshot: the images.
        query: (D,) embedding.
        rows: the rows that may be found, ascending; all if None.
        count: how many.
    """
    with threads_for(snapshot.matrix.size):
        scores = gallery_scores(snapshot.matrix, query, rows)
    found = best(scores, count)
    return Ranking(found if rows is None else rows[found], scores[found], scores, None, len(scores))
