"""Where all matches of each sentence stand in the gallery: what average precision needs beyond the best match's rank.

The rank of a match is 1 + the matches before it + the non-matches whose score is greater than *or equal to* its own, so
that ties count against the query as in `twobranch.evaluation.ranks`. Nothing is sorted but the few scores of a query's
matches: the gallery is only compared with them, in strips of some queries against all images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.evaluation.ranks import DEFAULT_TILE, ScoreTile, checked_scores, group_codes
from twobranch.evaluation.tiles import ALIGNMENT, Tile, cut, match_positions
from twobranch.progress import counted

STRIP_SCORES = 2**21
"""Scores of a strip: 8 MB. A strip holds at least `ALIGNMENT` queries, however many images there are."""
COMPARED = 64
"""Matches up to which each is compared with the whole gallery; where a query has more, a binary search is faster."""


@dataclass(frozen=True)
class QueryRanks:
    """How each query's matches are ranked; 0 everywhere where the gallery holds none.

    Attributes:
        first: (M,) int64, rank of the best-ranked match, from 1.
        precision: (M,) average precision, in [0, 1].
        inverse_penalty: (M,) number of matches over the rank of the last of them, in [0, 1].
    """

    first: NDArray[np.int64]
    precision: NDArray[np.float64]
    inverse_penalty: NDArray[np.float64]


def query_ranks(
    score_tile: ScoreTile, image_groups: Any, sentence_groups: Any, *, tile: tuple[int, int] = DEFAULT_TILE
) -> QueryRanks:
    """Rank the whole gallery for each sentence; a non-match with the score of a match stands before it.

    Average precision is the mean, over the matches of a query, of the share of matches down to each one: the
    standard form, not the trapezoidal one of the dual path's code (methods.md 5.1). Each score is computed once.

    Args:
        score_tile: scores images (rows) against sentences (columns).
        image_groups: (N,) identity of each image.
        sentence_groups: (M,) identity that each sentence describes.
        tile: largest tile, images and sentences.

    Raises:
        TwobranchError: if a side is empty, a tile has another shape than asked for, or a score is not finite.

    Example:
        >>> scores = np.array([[0.9, 0.5], [0.9, 0.4], [0.1, 0.6]])
        >>> ranks = query_ranks(lambda images, sentences: scores[images, sentences], [7, 8, 7], [7, 8])
        >>> ranks.first, ranks.precision.round(3)  # image 8 ties with an image of person 7, which counts against it
        (array([2, 3]), array([0.583, 0.333]))
    """
    images, sentences = group_codes(image_groups, sentence_groups)
    first = np.zeros(len(sentences), np.int64)
    precision, inverse_penalty = np.zeros(len(sentences)), np.zeros(len(sentences))
    rows = cut(len(images), tile[0])
    width = max(ALIGNMENT, STRIP_SCORES // len(images) // ALIGNMENT * ALIGNMENT)
    strips = cut(len(sentences), min(width, tile[1]))
    for columns in counted("ranking, in strips of queries", strips, len(strips)):
        strip = _strip(score_tile, rows, columns)  # (b, N)
        ranks = match_ranks(strip, *match_positions(sentences[columns.new], images))  # (b, k)
        matches = (ranks > 0).sum(axis=1)  # (b,)
        own = np.flatnonzero(matches)
        ranks, matches, queries = ranks[own], matches[own], columns.new.start + own
        if not len(own):
            continue
        shares = np.arange(1, ranks.shape[1] + 1) / np.where(ranks, ranks, np.inf)  # 0 where there is no match
        first[queries] = ranks[:, 0]
        precision[queries] = shares.sum(axis=1) / matches
        inverse_penalty[queries] = matches / ranks.max(axis=1)
    return QueryRanks(first, precision, inverse_penalty)


def match_ranks(scores: Any, queries: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ranks of the matches of each query, the best first, filled up with 0.

    Args:
        scores: (b, N) tensor: each query's score of each image; those of the matches are overwritten.
        queries: (P,) row of each match, in order.
        positions: (P,) column of each match.

    Returns:
        (b, k) for the k matches of the query that has most.

    Example:
        >>> import torch
        >>> scores = torch.tensor([[0.9, 0.9, 0.1, 0.2], [0.3, 0.3, 0.2, 0.1]])
        >>> match_ranks(scores, np.array([0, 0, 1]), np.array([0, 2, 3]))
        array([[2, 4],
               [4, 0]])
    """
    import torch

    counts = np.bincount(queries, minlength=len(scores))  # (b,)
    number = np.arange(len(queries)) - np.repeat(np.cumsum(counts) - counts, counts)  # (P,) 0, 1, ... in each query
    row, column, place = (torch.from_numpy(at).to(scores.device) for at in (queries, positions, number))
    best = scores.new_full((len(scores), int(counts.max())), -torch.inf)
    best[row, place] = scores[row, column]
    best = best.sort(dim=1, descending=True).values  # (b, k)
    scores[row, column] = -torch.inf  # matches reach no match's score
    reached = _compared(scores, best) if best.shape[1] <= COMPARED else _searched(scores, best)
    above = reached.to(torch.int64).cpu().numpy() + np.arange(1, best.shape[1] + 1)
    ranks: NDArray[np.int64] = np.where(np.arange(best.shape[1]) < counts[:, None], above, 0)
    return ranks


def _strip(score_tile: ScoreTile, rows: list[Tile], columns: Tile) -> Any:
    """The scores of some queries against the whole gallery, (b, N); from the same products as all others."""
    import torch

    strip = torch.empty(0)
    for r in rows:
        scores = checked_scores(score_tile, r, columns)  # (new images, b)
        if r is rows[0]:
            strip = scores.new_empty((scores.shape[1], rows[-1].stop))
        strip[:, r.new] = scores.T
    return strip


def _compared(scores: Any, best: Any) -> Any:
    """How many scores (b, N) reach each of the matches' scores (b, k), as floats: see `ranks._count`."""
    import torch

    counts = torch.empty_like(best)
    reached = torch.empty_like(scores)
    for k in range(best.shape[1]):
        torch.ge(scores, best[:, k : k + 1], out=reached)
        counts[:, k] = reached.sum(dim=1)
    return counts


def _searched(scores: Any, best: Any) -> Any:
    """The same in a time that hardly grows with k."""
    import torch

    width = best.shape[1] + 1
    place = torch.searchsorted(-best, -scores)  # (b, N): the first match's score that is reached, k if none is
    place += width * torch.arange(len(best), device=best.device)[:, None]
    found = torch.bincount(place.view(-1), minlength=len(best) * width).view(len(best), width)
    return found.cumsum(dim=1)[:, :-1]
