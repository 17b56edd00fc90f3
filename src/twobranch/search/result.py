"""What a search answers."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Hit:
    """An image that was found.

    Attributes:
        id: its id: the path relative to the images folder.
        path: where the file is.
        score: similarity with the query.
        probability: that it matches the sentence; None without a calibration, and for a query by picture.
        width: pixels of the original.
        height: pixels of the original.
        metadata: the user's columns.
        rerank_score: the re-ranker's score with the sentence, comparable within one answer; None without re-ranking,
            and where the file could not be read.
        combined_score: what orders the hits after re-ranking: `score` and `rerank_score`, each standardized over the
            candidates, added; None where there is no `rerank_score`.
        text_score: BM25 of the sentence with the stored words; None where they share none, or words were not searched.
        fused_score: what orders the hits of a search for words, too: the sum of the reciprocal ranks; None otherwise.
    """

    id: str
    path: str
    score: float
    probability: float | None
    width: int
    height: int
    metadata: dict[str, Any] = field(default_factory=dict)
    rerank_score: float | None = None
    combined_score: float | None = None
    text_score: float | None = None
    fused_score: float | None = None


@dataclass(frozen=True)
class Reranking:
    """How the best hits of a search were put into another order.

    Attributes:
        matcher: identity of the re-ranker.
        recipe: name or file of its recipe.
        scored: images that it scored.
        failures: why an image could not be scored, by id; such images stand after those that were.
    """

    matcher: str
    recipe: str
    scored: int
    failures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SearchResult:
    """The best images for a query.

    Attributes:
        query: the sentence, or the name of the picture.
        kind: "sentence" or "image".
        hits: best first.
        any_match: probability that the gallery holds a match at all; None where it is not known.
        priors: probabilities before looking, of an item and of any match; None where there is no calibration.
        no_good_match: no hit is left: every one is below `min_probability`, or no image passed the filter.
        min_probability: the bound that was asked for.
        candidates: images that were compared with the query.
        images: images of the index.
        index: identity of the index.
        reranking: how the hits were put into another order; None where there was none.
        offset: better hits that were passed over.
        text: whether stored words were searched, too.
    """

    query: str
    kind: str
    hits: list[Hit]
    any_match: float | None
    priors: dict[str, float] | None
    no_good_match: bool
    min_probability: float | None
    candidates: int
    images: int
    index: str
    reranking: Reranking | None = None
    offset: int = 0
    text: bool = False

    @property
    def ordered_by(self) -> str:
        """What the hits are ordered by: "score", "combined_score" after re-ranking, "fused_score" with words."""
        if self.text:
            return "fused_score"
        return "score" if self.reranking is None else "combined_score"

    def to_json(self) -> dict[str, Any]:
        """The document of `twobranch search --json`."""
        return {
            "query": self.query,
            "kind": self.kind,
            "index": self.index,
            "images": self.images,
            "candidates": self.candidates,
            "no_good_match": self.no_good_match,
            "any_match": self.any_match,
            "priors": self.priors,
            "min_probability": self.min_probability,
            "ordered_by": self.ordered_by,
            "offset": self.offset,
            "reranking": None if self.reranking is None else dict(vars(self.reranking)),
            "results": [
                {
                    "rank": rank,
                    "id": hit.id,
                    "path": hit.path,
                    "score": hit.score,
                    "probability": hit.probability,
                    "rerank_score": hit.rerank_score,
                    "combined_score": hit.combined_score,
                    "text_score": hit.text_score,
                    "fused_score": hit.fused_score,
                    "width": hit.width,
                    "height": hit.height,
                    "metadata": {name: _plain(value) for name, value in hit.metadata.items()},
                }
                for rank, hit in enumerate(self.hits, start=self.offset + 1)
            ],
        }


def _plain(value: Any) -> Any:
    """A metadata value as JSON knows it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime.date):  # datetime is a date
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
