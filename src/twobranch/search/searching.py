"""Answer a query: filter, rank, fuse, judge, re-rank, and cut out what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.search.fusion import DEPTH, fuse
from twobranch.search.probability import PRIORS, check_min_probability, query_probabilities
from twobranch.search.query import Query
from twobranch.search.query_encoder import QueryEncoder
from twobranch.search.ranking import Ranking, rank
from twobranch.search.reranking import rerank_hits
from twobranch.search.result import Hit, SearchResult

if TYPE_CHECKING:
    from twobranch.matcher.calibration import Calibration
    from twobranch.matcher.matcher import Matcher
    from twobranch.search.matrix import Snapshot
    from twobranch.search.store import Store

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Gallery:
    """What is searched: the images of an index at one version.

    Attributes:
        name: the index folder, for messages.
        identity: identity of the index at this version.
        snapshot: the images.
        store: opens the store at this version; it is asked only where a query needs it.
        views: views of a picture that are averaged.
        encoder: embeds the query.
    """

    name: str
    identity: str
    snapshot: Snapshot
    store: Callable[[], Store]
    views: Sequence[str]
    encoder: QueryEncoder


@dataclass(frozen=True, eq=False)
class _Order:
    """Rows in the order of the hits, with their scores, and what stands beside them after a search for words."""

    rows: NDArray[np.intp]
    scores: Floats
    text_scores: dict[int, float] | None = None
    fused_scores: NDArray[np.float64] | None = None


def answer(gallery: Gallery, query: Query, matcher: Matcher | None) -> SearchResult:
    """Find the images of a gallery that a query asks for.

    Args:
        gallery: the images.
        query: what is asked for.
        matcher: encodes; None where the query is an image of the gallery.

    Raises:
        TwobranchError: if the condition is not valid, a probability is asked for that the matcher cannot give, or the
            gallery has no text to search.
    """
    snapshot = gallery.snapshot
    calibration = matcher.calibration if matcher is not None and query.kind == "sentence" else None
    if query.min_probability is not None:
        check_min_probability(query.min_probability, calibration is not None)
    rows = None if query.where is None else snapshot.rows_of(gallery.store().filter(query.where))
    embedding = _embedding(gallery, query, matcher)
    ranking = rank(snapshot, embedding, rows, _depth(query))
    if not (np.isfinite(ranking.scores).all() and np.isfinite(ranking.seen).all()):
        raise TwobranchError(
            gallery.name, "the embeddings of an index are finite numbers", found="others",
            remedy="Delete the folder derived in it; if that does not help, make the index anew.",
        )  # fmt: skip
    _, any_match = query_probabilities(calibration, "t2i", ranking.seen, embedding, ranking.weights)
    order = _with_text(gallery, query, embedding, ranking) if query.text else _Order(ranking.rows, ranking.scores)
    hits = _hits(snapshot, order, query, calibration, embedding)
    reranking = None
    if query.rerank is not None and query.sentence is not None:
        hits, reranking = rerank_hits(hits, query.sentence, query.rerank)
    if query.min_probability is not None:  # after re-ranking, so that a bound drops hits and never changes their order
        hits = [hit for hit in hits if hit.probability is not None and hit.probability >= query.min_probability]
    return SearchResult(
        query=query.name,
        kind=query.kind,
        hits=hits[query.offset : query.end],
        any_match=any_match,
        priors=None if any_match is None else PRIORS,
        no_good_match=not hits,
        min_probability=query.min_probability,
        candidates=ranking.images,
        images=len(snapshot),
        index=gallery.identity,
        reranking=reranking,
        offset=query.offset,
        text=query.text,
    )


def _depth(query: Query) -> int:
    """How many images of the order by score are needed: those that are fused, and as many after them."""
    if not query.text:
        return query.depth
    return DEPTH if query.depth <= DEPTH else DEPTH + query.depth


def _embedding(gallery: Gallery, query: Query, matcher: Matcher | None) -> Floats:
    if matcher is None:
        return np.asarray(gallery.snapshot.embedding_of(str(query.like)))
    if query.sentence is not None:
        return gallery.encoder.sentence(matcher, query.sentence)
    return gallery.encoder.picture(matcher, query.image, gallery.views)  # type: ignore[arg-type]  # no sentence: it is one


def _with_text(gallery: Gallery, query: Query, embedding: Floats, ranking: Ranking) -> _Order:
    """The order of both: embeddings and stored words."""
    snapshot = gallery.snapshot
    row_ids, text_scores = gallery.store().text_search(str(query.sentence), DEPTH, query.where)
    by_text = snapshot.positions_of(row_ids)
    rows, sums = fuse(ranking.rows, by_text)
    rows, sums = rows[: query.depth], sums[: query.depth]
    return _Order(
        rows,
        np.asarray(snapshot.embeddings(rows) @ embedding),
        dict(zip(by_text.tolist(), text_scores.tolist(), strict=True)),
        sums,
    )


def _hits(
    snapshot: Snapshot, order: _Order, query: Query, calibration: Calibration | None, embedding: Floats
) -> list[Hit]:
    probabilities, _ = query_probabilities(calibration, "t2i", order.scores, embedding)
    hits = []
    for place, row in enumerate(order.rows.tolist()):
        facts = snapshot.facts(row)
        text = order.text_scores
        hit = Hit(
            id=facts["id"],
            path=facts["path"],
            score=float(order.scores[place]),
            probability=None if probabilities is None else float(probabilities[place]),
            width=facts["width"],
            height=facts["height"],
            metadata={name: facts[name] for name in snapshot.metadata_columns},
            text_score=None if text is None else text.get(row),
            fused_score=None if order.fused_scores is None else float(order.fused_scores[place]),
        )
        hits.append(hit)
    return hits
