"""Exact search: one matrix-vector product over the gallery, then the K best rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def gallery_scores(matrix: Floats, query: Floats, rows: NDArray[np.intp] | None = None) -> Floats:
    """Similarity of a query with each row of the gallery.

    Args:
        matrix: (N, D) embeddings; unit rows where the similarity is cosine.
        query: (D,) embedding.
        rows: candidates, ascending; all N if None.

    Returns:
        Scores (N,) or (len(rows),) float32.
    """
    if rows is None:
        scores: Floats = matrix @ query  # (N, D) (D,) -> (N,)
    elif len(rows) * 4 < len(matrix):
        scores = matrix[rows] @ query  # few rows: gathering them is cheaper than scoring all
    else:
        scores = (matrix @ query)[rows]
    return scores


def best(scores: Floats, k: int) -> NDArray[np.intp]:
    """Positions of the K largest scores, best first; of equal scores the earlier position comes first.

    Example:
        >>> best(np.array([0.1, 0.7, 0.7, 0.3], dtype=np.float32), 3).tolist()
        [1, 2, 3]
    """
    if k < len(scores):
        threshold = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(len(scores))
    order = np.argsort(-scores[candidates], kind="stable")
    best_first: NDArray[np.intp] = candidates[order][:k]
    return best_first
