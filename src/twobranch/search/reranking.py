"""Re-ranking: a second matcher scores the best candidates of a search with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.search.result import Hit, Reranking

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher

CANDIDATES = 100
"""Images that are scored again if nothing else is said."""


def standardized(scores: Any) -> NDArray[np.float64]:
    """Scores with mean 0 and standard deviation 1 along the last axis; zeros where all are alike.

    Args:
        scores: (..., N) real numbers.

    Returns:
        (..., N) float64.

    Example:
        >>> standardized([1.0, 3.0]).tolist(), standardized([2.0, 2.0]).tolist()
        ([-1.0, 1.0], [0.0, 0.0])
    """
    given: NDArray[np.float64] = np.asarray(scores, dtype=np.float64)
    if not given.size:
        return given
    centered = given - given.min(-1, keepdims=True)  # equal scores are zeros from here on, without rounding
    centered -= centered.mean(-1, keepdims=True)
    deviation = centered.std(-1, keepdims=True)
    result: NDArray[np.float64] = np.divide(centered, deviation, out=np.zeros_like(centered), where=deviation > 0)
    return result


def candidates_for(kind: str, reranker: Matcher | None, candidates: int | None, k: int) -> int:
    """How many of the best hits of a search are to be scored again; without a re-ranker, the hits that are asked for.

    Args:
        kind: "sentence" or "image", what the query is.
        reranker: the second matcher; None where there is none.
        candidates: what the user asked for; None for `CANDIDATES`, or `k` where that is more.
        k: number of hits.

    Raises:
        TwobranchError: if the query is a picture, candidates are asked for without a re-ranker, or they are fewer than
            the hits.

    Example:
        >>> candidates_for("image", None, None, 10)
        10
    """
    if reranker is None:
        if candidates is not None:
            raise TwobranchError(
                "--candidates",
                "is for re-ranking",
                found="no re-ranker",
                remedy="Leave it out, or give --rerank MODEL.",
            )
        return k
    if kind == "image":
        raise TwobranchError(
            "--rerank",
            "is for sentences: a re-ranker scores pictures with a sentence",
            found="a query by picture",
            remedy="Leave it out, or search with a sentence.",
        )
    if candidates is not None and candidates < k:
        raise TwobranchError(
            "--candidates",
            f"must be at least as many as the hits that are asked for, {k}",
            found=candidates,
            remedy="Ask for more candidates, or for fewer hits with -k.",
        )
    return max(CANDIDATES, k) if candidates is None else candidates


def rerank_hits(hits: Sequence[Hit], sentence: str, reranker: Matcher) -> tuple[list[Hit], Reranking]:
    """Score hits with a second matcher and order them by what both matchers say.

    A hit's `combined_score` is the sum of its two scores, each standardized over the hits, so that their scales do not
    matter: a head gives logits, embeddings give cosines.

    Pictures are read from their files as they are now; features that the re-ranker's cache holds are not computed
    again. One that cannot be read, for example because its file vanished, stands after those that could be scored.

    Args:
        hits: candidates, best first.
        sentence: the query.
        reranker: a matcher that scores pairs, or one with embeddings.

    Returns:
        The hits with `rerank_score` and `combined_score`, best first, and what was done.
    """
    if not hits:
        return [], Reranking(reranker.identity, reranker.recipe_name, 0)
    scores, failures = reranker.try_score([hit.path for hit in hits], [sentence])  # (N, 1)
    scored = np.setdiff1d(np.arange(len(hits)), list(failures))
    second = scores[scored, 0]
    combined = standardized([hits[row].score for row in scored]) + standardized(second)
    ordered = [
        replace(hits[scored[at]], rerank_score=float(second[at]), combined_score=float(combined[at]))
        for at in np.argsort(-combined, kind="stable")  # of equal ones the better candidate comes first
    ]
    told = {hits[row].id: message for row, message in sorted(failures.items())}
    last = [hits[row] for row in sorted(failures)]
    return ordered + last, Reranking(reranker.identity, reranker.recipe_name, len(ordered), told)
