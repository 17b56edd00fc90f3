"""Two opinions of the same images made into one: what the embeddings say, and what the stored words say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twobranch.search.reranking import standardized

DEPTH = 500
"""Images that each side names. It does not depend on the hits asked for: pages are parts of one order."""


def fuse(scores: NDArray[np.floating], words: NDArray[np.floating], has_text: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The sum of both scores, each standardized over the images at hand, as re-ranking adds scores.

    An image without text is not one whose words say no: nothing is known of them. So it counts with its embedding
    twice, as if its words said the same. Measured (`benchmarks/hybrid.py`): without this, no image without sentences
    is among the ten best of a collection half of whose images have some; reciprocal rank fusion, too, finds less.

    Args:
        scores: (n,) similarities of embeddings.
        words: (n,) BM25 of the stored words; 0 where none of the query's is among them.
        has_text: (n,) whether an image has any words.

    Returns:
        (n,) float64, higher is better.

    Example:
        >>> fuse(np.array([3.0, 1.0, 1.0]), np.array([0.0, 0.0, 4.0]), np.array([False, True, True])).round(2).tolist()
        [2.83, -1.71, 0.29]
    """
    of_scores = standardized(scores)
    of_words = of_scores.copy()
    if words.any():  # if no image has any word of the query, the words say nothing of any
        of_words[has_text] = standardized(words[has_text])
    return of_scores + of_words
