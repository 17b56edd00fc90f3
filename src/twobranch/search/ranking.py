"""The images of a gallery for a query, best first, with what judges whether any of them matches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twobranch.search.approximate import ApproximateIndex
from twobranch.search.exact import best
from twobranch.search.matrix import SAMPLE, Snapshot
from twobranch.search.membership import among
from twobranch.search.threads import threads_for

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]


SHORTLIST = 500
"""Candidates of approximate search. It does not depend on the hits asked for: pages are parts of one order."""

FEW = 1 << 24
"""Numbers in the rows that pass a filter up to which all are looked at: 32,768 images of 512."""


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

    Exact, unless the snapshot is large enough to have an approximate index and more than `FEW` numbers are to be looked
    at. After the candidates of approximate search all other images follow in their exact order.

    Args:
        snapshot: the images.
        query: (D,) embedding.
        rows: the rows that may be found, ascending; all if None.
        count: how many.
    """
    few = rows is not None and len(rows) * snapshot.dim <= FEW
    if snapshot.approximate is None or few:
        return _exact(snapshot, query, rows, count)
    first = _approximate(snapshot, snapshot.approximate, query, rows)
    if count <= len(first.rows) or len(first.rows) == first.images:
        return replace(first, rows=first.rows[:count], scores=first.scores[:count])
    whole = _exact(snapshot, query, rows, count + len(first.rows))
    others = ~among(whole.rows, first.rows)
    return replace(
        whole,
        rows=np.concatenate([first.rows, whole.rows[others]])[:count],
        scores=np.concatenate([first.scores, whole.scores[others]])[:count],
    )


def _exact(snapshot: Snapshot, query: Floats, rows: Rows | None, count: int) -> Ranking:
    if rows is None and len(snapshot.gone):
        rows = snapshot.present_rows
    with threads_for(snapshot.matrix.size):
        scores = snapshot.scores(query, rows)
    found = best(scores, count)
    return Ranking(found if rows is None else rows[found], scores[found], scores, None, len(scores))


def _approximate(snapshot: Snapshot, approximate: ApproximateIndex, query: Floats, rows: Rows | None) -> Ranking:
    """The best of the candidates and of all images that the approximate index lacks, by their true scores."""
    covered = len(approximate)
    if rows is None:
        allowed = snapshot.present[:covered] if len(snapshot.gone) else None
        lacking = covered + np.flatnonzero(snapshot.present[covered:])
    else:
        split = int(np.searchsorted(rows, covered))
        allowed, lacking = np.zeros(covered, np.bool_), rows[split:]
        allowed[rows[:split]] = True
    known = np.concatenate([approximate.search(query, SHORTLIST, allowed), lacking])
    with threads_for(0):
        scores = snapshot.scores(query, known)
        seen, weights = _spread(snapshot, query, rows, known, scores)
    order = best(scores, SHORTLIST)
    return Ranking(known[order], scores[order], seen, weights, len(snapshot) if rows is None else len(rows))


def _spread(snapshot: Snapshot, query: Floats, rows: Rows | None, known: Rows, scores: Floats) -> tuple[Floats, Floats]:
    """Scores that stand for those of all images, and how many each stands for.

    A stratified sample: the known images stand for themselves, and others, drawn evenly, for all the rest.
    """
    if rows is None:
        total, (drawn, embeddings) = len(snapshot), snapshot.sample
    else:
        total = len(rows)
        drawn = rows[np.sort(np.random.default_rng(0).permutation(total)[:SAMPLE])]
        embeddings = snapshot.embeddings(drawn)
    others = ~among(drawn, known)
    of_others: Floats = (embeddings @ query)[others]
    shares = np.ones(len(scores) + len(of_others), np.float32)
    shares[len(scores) :] = (total - len(known)) / max(len(of_others), 1)
    return np.concatenate([scores, of_others]), shares
