"""Exact ranks of both retrieval directions from tiles of scores, with pessimistic ties.

The rank of a query is 1 + the number of non-matching gallery items whose score is greater than *or equal to* the score
of its best match. Ties count against the query: a collapsed model, which scores every pair alike, gets the worst rank
there is, where an order that `argsort` leaves to chance would flatter it. Images and sentences match when their group
is the same; a group may hold several of both.

Two passes over the tiles. The first visits only the tiles that hold matches and keeps, for both directions, the score
of each query's best match. The second visits all tiles and counts what reaches that score. Tiles of the first pass are
kept for the second as far as `KEPT_BYTES` allows, so that each tile is computed about once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.evaluation.tiles import EmbeddingScores, Tile, as_tensor, cut, match_positions, tiles_with_matches
from twobranch.progress import counted

ScoreTile = Callable[[slice, slice], Any]
"""`score_tile(images, sentences) -> (b, c)`: the scores of a tile, as numpy array or torch tensor on any device.

The array is used before the next call and never written to, so a scorer may reuse its memory. The same tile must get
the same scores each time (a network in evaluation mode)."""

KEPT_BYTES = 36 * 2**20
"""Memory for tiles that the first pass leaves to the second."""

DEFAULT_TILE = (512, 512)
"""Images and sentences of a tile: large enough for the matrix product, small enough for the cache."""
_BLOCK_SCORES = 2**18
"""Scores that are counted at once, so that they stay in the L2 cache however large the caller's tiles are."""


@dataclass(frozen=True)
class Ranks:
    """Ranks of all queries, from 1; 0 where the gallery holds no match (such a query is left out and counted).

    Args:
        i2t: (N,) int64: image queries, sentences ranked.
        t2i: (M,) int64: sentence queries, images ranked.
    """

    i2t: np.ndarray
    t2i: np.ndarray


def retrieval_ranks(
    score_tile: ScoreTile,
    image_groups: Any,
    sentence_groups: Any,
    *,
    tile: tuple[int, int] = DEFAULT_TILE,
    exclude_self: bool = False,
) -> Ranks:
    """Rank both directions with any scorer of tiles: embeddings, pair networks, re-rankers, ensembles.

    Positions in slices are those of the groups given here. Where a tile is expensive, hand in both sides sorted with
    `by_group`: then matches lie in few tiles and each tile is computed about once, at worst twice. Tiles of a side
    have one length; the last overlaps the one before rather than be shorter.

    Args:
        score_tile: scores images (rows) against sentences (columns).
        image_groups: (N,) group of each image, integers or strings.
        sentence_groups: (M,) group of each sentence.
        tile: largest tile, images and sentences; multiples of 16 keep the rounding of matrix products uniform.
        exclude_self: item k of one side is item k of the other, and not its own match (retrieval within a view).

    Returns:
        The ranks, in the order given.

    Raises:
        TwobranchError: if a score is not finite, a tile has another shape than asked for, or a side is empty.

    Example:
        >>> scores = np.array([[0.9, 0.5, 0.9], [0.1, 0.2, 0.8]])
        >>> ranks = retrieval_ranks(lambda images, sentences: scores[images, sentences], [7, 8], [7, 7, 8])
        >>> ranks.i2t, ranks.t2i  # image 7 ties with a sentence of image 8, which counts against it
        (array([2, 1]), array([1, 1, 2]))
    """
    import torch

    if min(tile) < 1:
        raise TwobranchError("tile", "a tile must have at least one row and column", found=tile, remedy="Enlarge it.")
    images, sentences = group_codes(image_groups, sentence_groups)
    rows, columns = cut(len(images), tile[0]), cut(len(sentences), tile[1])
    with_matches = tiles_with_matches(images, sentences, rows, columns)

    best: list[Any] = []  # per direction: score of each query's best match
    kept: dict[tuple[int, int], Any] = {}
    room = KEPT_BYTES
    first_pass = sorted(with_matches, key=lambda place: place[::-1])
    for row, column in counted("scoring matches, in tiles", first_pass, len(first_pass)):
        r, c = rows[row], columns[column]
        scores = checked_scores(score_tile, r, c)
        best = best or [scores.new_full((len(side),), -torch.inf) for side in (images, sentences)]
        own_row, own_column = match_positions(images[r.new], sentences[c.new])
        if exclude_self:
            other = own_row + r.new.start != own_column + c.new.start
            own_row, own_column = own_row[other], own_column[other]
        at_row, at_column = (torch.from_numpy(at).to(scores.device) for at in (own_row, own_column))
        values = scores[at_row, at_column]
        best[0][r.new].scatter_reduce_(0, at_row, values, "amax")
        best[1][c.new].scatter_reduce_(0, at_column, values, "amax")
        if scores.nbytes <= room:
            kept[row, column] = _without_matches(scores, images[r.new], sentences[c.new])
            room -= scores.nbytes
    if not best:
        return Ranks(np.zeros(len(images), dtype=np.int64), np.zeros(len(sentences), dtype=np.int64))

    # A query without a match asks for more than any finite score, so that nothing is counted for it.
    unmatched = [side == -torch.inf for side in best]
    for side, none in zip(best, unmatched, strict=True):
        side[none] = torch.inf
    counts = [torch.zeros(len(side), dtype=torch.int64, device=side.device) for side in best]
    places = [(row, column) for column in range(len(columns)) for row in range(len(rows))]
    for row, column in counted("ranking, in tiles", places, len(places)):
        r, c = rows[row], columns[column]
        scores = kept.pop((row, column), None)
        if scores is None:
            scores = checked_scores(score_tile, r, c)
            if (row, column) in with_matches:
                scores = _without_matches(scores, images[r.new], sentences[c.new])
        _count(scores, best[0][r.new], best[1][c.new], counts[0][r.new], counts[1][c.new])
    i2t, t2i = ((count + 1).masked_fill(none, 0).cpu().numpy() for count, none in zip(counts, unmatched, strict=True))
    return Ranks(i2t, t2i)


def embedding_ranks(
    image_embeddings: Any,
    sentence_embeddings: Any,
    image_groups: Any,
    sentence_groups: Any,
    *,
    device: Any = None,
    **options: Any,
) -> Ranks:
    """Rank both directions by the dot product of embeddings; both sides are sorted by group inside.

    Embeddings stay where they are, in memory, on disk (a memory map) or on a device; only the rows of a tile are
    brought to the device that computes, and to float32.

    Args:
        image_embeddings: (N, D), numpy array or torch tensor; unit rows where similarity is cosine.
        sentence_embeddings: (M, D).
        image_groups: (N,) group of each image.
        sentence_groups: (M,) group of each sentence.
        device: the torch device that computes; that of the embeddings if None. Larger tiles suit an accelerator.
        options: `tile` and `exclude_self` of `retrieval_ranks`.

    Raises:
        TwobranchError: if shapes do not fit or a number is not finite.

    Example:
        >>> embedding_ranks(np.eye(2), np.eye(2)[[1, 0, 1]], ["a", "b"], ["a", "a", "c"])
        Ranks(i2t=array([1, 0]), t2i=array([2, 1, 0]))
    """
    images, sentences = group_codes(image_groups, sentence_groups)
    for name, embeddings, groups in (
        ("image_embeddings", image_embeddings, images),
        ("sentence_embeddings", sentence_embeddings, sentences),
    ):
        if len(embeddings) != len(groups):
            raise TwobranchError(
                name, f"there must be one row per group, {len(groups)}", found=len(embeddings),
                remedy="Give the groups of the rows that were embedded.",
            )  # fmt: skip

    def in_order(rows: np.ndarray, columns: np.ndarray) -> ScoreTile:
        already = (bool((order[1:] > order[:-1]).all()) for order in (rows, columns))
        orders = (None if sorted_ else order for order, sorted_ in zip((rows, columns), already, strict=True))
        return EmbeddingScores(image_embeddings, sentence_embeddings, *orders, device=device)

    return ranks_by_group(in_order, images, sentences, **options)


def ranks_by_group(
    score_in_order: Callable[[np.ndarray, np.ndarray], ScoreTile],
    image_groups: Any,
    sentence_groups: Any,
    **options: Any,
) -> Ranks:
    """Rank both directions with both sides sorted by group, so that matches lie in few tiles.

    Args:
        score_in_order: gets the rows of the images and of the sentences in their order by group, and gives the scorer
            of tiles whose slices are positions in that order.
        image_groups: (N,) group of each image.
        sentence_groups: (M,) group of each sentence.
        options: `tile` and `exclude_self` of `retrieval_ranks`.

    Returns:
        The ranks, in the order given.

    Example:
        >>> scores = np.array([[0.1, 0.9], [0.8, 0.2]])
        >>> order = lambda rows, columns: lambda i, s: scores[np.ix_(rows[i], columns[s])]
        >>> ranks_by_group(order, ["b", "a"], ["a", "b"])
        Ranks(i2t=array([1, 1]), t2i=array([1, 1]))
    """
    rows, columns = by_group(image_groups, sentence_groups)
    groups = np.asarray(image_groups)[rows], np.asarray(sentence_groups)[columns]
    ranks = retrieval_ranks(score_in_order(rows, columns), *groups, **options)
    i2t, t2i = np.empty_like(ranks.i2t), np.empty_like(ranks.t2i)
    i2t[rows], t2i[columns] = ranks.i2t, ranks.t2i
    return Ranks(i2t, t2i)


def group_codes(image_groups: Any, sentence_groups: Any) -> tuple[np.ndarray, np.ndarray]:
    """Number the groups of both sides alike, in the order of their first image, then of their first sentence.

    Raises:
        TwobranchError: if a side is empty or not one-dimensional, or one side has text and the other numbers.

    Example:
        >>> group_codes(["x", "b", "x"], ["b", "a"])
        (array([0, 1, 0]), array([1, 2]))
    """
    sides = np.asarray(image_groups), np.asarray(sentence_groups)
    for name, side in zip(("image_groups", "sentence_groups"), sides, strict=True):
        if side.ndim != 1 or len(side) == 0:
            raise TwobranchError(
                name, "groups must be one-dimensional and not empty", found=f"shape {side.shape}",
                remedy="Check that the split holds images and sentences.",
            )  # fmt: skip
    if (sides[0].dtype.kind in "iu") != (sides[1].dtype.kind in "iu"):
        raise TwobranchError(
            "sentence_groups", f"both sides must have groups of one kind, here {sides[0].dtype}", found=sides[1].dtype,
            remedy="Give group ids as integers on both sides or as text on both sides.",
        )  # fmt: skip
    _, first, inverse = np.unique(np.concatenate(sides), return_index=True, return_inverse=True)
    code = np.empty(len(first), dtype=np.int64)
    code[np.argsort(first)] = np.arange(len(first))
    codes = code[inverse]
    return codes[: len(sides[0])], codes[len(sides[0]) :]


def by_group(image_groups: Any, sentence_groups: Any) -> tuple[np.ndarray, np.ndarray]:
    """The permutations that sort images and sentences by group, both in the same order of groups.

    Example:
        >>> by_group([5, 6], [6, 5, 6])
        (array([0, 1]), array([1, 0, 2]))
    """
    images, sentences = group_codes(image_groups, sentence_groups)
    return np.argsort(images, kind="stable"), np.argsort(sentences, kind="stable")


def _without_matches(scores: Any, image_codes: np.ndarray, sentence_codes: np.ndarray) -> Any:
    """A copy in which matches reach no threshold."""
    import torch

    own_row, own_column = (
        torch.from_numpy(at).to(scores.device) for at in match_positions(image_codes, sentence_codes)
    )
    masked = scores.clone()
    masked[own_row, own_column] = -torch.inf
    return masked


def checked_scores(score_tile: ScoreTile, r: Tile, c: Tile) -> Any:
    """The new part of one tile as a float32 or float64 tensor, shape and values checked."""
    import torch

    scores = as_tensor(score_tile(r.whole, c.whole))
    wanted = (r.stop - r.start, c.stop - c.start)
    if tuple(scores.shape) != wanted:
        raise TwobranchError(
            "score_tile", f"a tile must have the shape asked for, {wanted}", found=tuple(scores.shape),
            remedy="Return one row per image and one column per sentence of the two slices.",
        )  # fmt: skip
    # A finite sum proves finite scores; an infinite one may be an overflow.
    if not math.isfinite(float(scores.sum())) and not bool(torch.isfinite(scores).all()):
        row, column = torch.nonzero(~torch.isfinite(scores))[0].tolist()
        raise TwobranchError(
            f"scores, image {r.start + row}, sentence {c.start + column}", "every score must be a finite number",
            found=float(scores[row, column]),
            remedy="Check the scorer on this pair; a network that has diverged gives NaN.",
        )  # fmt: skip
    return scores[r.fresh :, c.fresh :]


def _count(scores: Any, best_i2t: Any, best_t2i: Any, count_i2t: Any, count_t2i: Any) -> None:
    """Add, per row and per column of a tile, the number of scores that reach the row's and the column's best match.

    The comparison writes 0 and 1 as floats of the scores' own type: torch has vector instructions for that, and none
    for writing booleans, which takes three times as long. Sums of ones in float32 are exact up to 2**24.
    """
    import torch

    step = max(1, _BLOCK_SCORES // scores.shape[1])
    for top in range(0, len(scores), step):
        block = scores[top : top + step]  # (b, c)
        reached = torch.empty_like(block)
        torch.ge(block, best_i2t[top : top + step, None], out=reached)
        count_i2t[top : top + step] += reached.sum(dim=1).long()
        torch.ge(block, best_t2i, out=reached)
        count_t2i += reached.sum(dim=0).long()
