"""Text-based person search: a description asks for all pictures of one person, who is a group.

The protocol of CUHK-PEDES (methods.md 5.4): the sentences of a split are the queries, its images the gallery, and a hit
is an image of the query's identity, whichever image the sentence was written for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.evaluation.intervals import group_sums, percentile_interval, resampled_groups
from twobranch.evaluation.ranks import ScoreTile, group_codes
from twobranch.evaluation.tiles import EmbeddingScores, cut
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.matcher.matcher import Matcher

BLOCK = 256
"""Queries that are ranked at a time."""

CUTOFFS = (1, 5, 10)
"""The k of Rank-k."""


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


def query_ranks(score_tile: ScoreTile, image_groups: Any, sentence_groups: Any) -> QueryRanks:
    """Rank the whole gallery for each sentence; a non-match with the score of a match stands before it.

    Average precision is the mean, over the matches of a query, of the share of matches down to each one: the
    standard form, not the trapezoidal one of the dual path's code (methods.md 5.1).

    Args:
        score_tile: scores images (rows) against sentences (columns).
        image_groups: (N,) identity of each image.
        sentence_groups: (M,) identity that each sentence describes.

    Raises:
        TwobranchError: if a side is empty, or a score is not finite.

    Example:
        >>> scores = np.array([[0.9, 0.5], [0.9, 0.4], [0.1, 0.6]])
        >>> ranks = query_ranks(lambda images, sentences: scores[images, sentences], [7, 8, 7], [7, 8])
        >>> ranks.first, ranks.precision.round(3)  # image 8 ties with an image of person 7, which counts against it
        (array([2, 3]), array([0.583, 0.333]))
    """
    images, sentences = group_codes(image_groups, sentence_groups)
    first = np.zeros(len(sentences), np.int64)
    precision, inverse_penalty = np.zeros(len(sentences)), np.zeros(len(sentences))
    for block in cut(len(sentences), BLOCK):
        scores = np.asarray(score_tile(slice(0, len(images)), block.whole))[:, block.fresh :].T  # (b, N)
        if not np.isfinite(scores).all():
            raise TwobranchError(
                "scores", "must be finite", found="NaN or infinity", remedy="The model or its features are damaged."
            )
        is_match = images[None, :] == sentences[block.new][:, None]
        order = np.lexsort((is_match, -scores), axis=1)  # by score; among equals the non-matches first
        hits = np.take_along_axis(is_match, order, 1)
        matched = np.flatnonzero(hits.any(1))
        hits, rows = hits[matched], np.arange(block.new.start, block.new.stop)[matched]
        ranks = np.arange(1, len(images) + 1)
        first[rows] = hits.argmax(1) + 1
        precision[rows] = (hits.cumsum(1) / ranks * hits).sum(1) / hits.sum(1)
        inverse_penalty[rows] = hits.sum(1) / (len(images) - hits[:, ::-1].argmax(1))
    return QueryRanks(first, precision, inverse_penalty)


def person_search_metrics(
    image_embeddings: Any,
    sentence_embeddings: Any,
    image_groups: Any,
    sentence_groups: Any,
    *,
    split: str,
    corpus: str = "",
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """The document of `twobranch evaluate --task person-search --json`, from embeddings.

    Args:
        image_embeddings: (N, D) float, compared by inner product.
        sentence_embeddings: (M, D) float.
        image_groups: (N,) identity of each image.
        sentence_groups: (M,) identity of each sentence.
        split: name of the split, for the document.
        corpus: fingerprint of the corpus, for the document.
        bootstrap: resamples of identities for the intervals.
        seed: of the resampling.

    Raises:
        TwobranchError: if a side is empty, no query has a match, or a score is not finite.
    """
    scores = EmbeddingScores(np.asarray(image_embeddings), np.asarray(sentence_embeddings))
    ranks = query_ranks(scores, image_groups, sentence_groups)
    return document(ranks, image_groups, sentence_groups, split=split, corpus=corpus, bootstrap=bootstrap, seed=seed)


def evaluate_person_search(
    matcher: Matcher, features: CorpusFeatures, *, split: str, bootstrap: int = 1000
) -> dict[str, Any]:
    """Person search with a matcher on the features of a split, computed with its encoders; pair scorers too."""
    corpus = features.corpus
    images = matcher.embed_image_features(features.images)
    sentences = matcher.embed_sentence_features(features.sentences)
    groups = corpus.image_groups, corpus.sentence_groups
    about: dict[str, Any] = {"split": split, "corpus": corpus.fingerprint, "bootstrap": bootstrap}
    if not matcher.scores_pairs:
        return person_search_metrics(images, sentences, *groups, **about)
    ranks = query_ranks(lambda i, s: matcher.score_embeddings(images[i], sentences[s]), *groups)
    return document(ranks, *groups, **about)


def document(
    ranks: QueryRanks,
    image_groups: Any,
    sentence_groups: Any,
    *,
    split: str,
    corpus: str,
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Metrics of ranked queries with intervals over identities, and what a random order would reach.

    `mINP` is the mean inverse negative penalty of Ye et al. 2022 (TPAMI 44(6)); `chance` the expected Rank-1 of a
    gallery in random order.

    Raises:
        TwobranchError: if no query has a match.
    """
    images, sentences = group_codes(image_groups, sentence_groups)
    matched = ranks.first > 0
    if not matched.any():
        raise TwobranchError(
            f'person search, split "{split}"', "at least one sentence has an image of its identity",
            remedy="Give images and sentences of one person the same group.",
        )  # fmt: skip
    values = {
        **{f"Rank-{k}": 100.0 * (ranks.first[matched] <= k) for k in CUTOFFS},
        "mAP": 100.0 * ranks.precision[matched],
        "mINP": 100.0 * ranks.inverse_penalty[matched],
    }
    identities = sentences[matched]
    of_query = np.bincount(images, minlength=max(images.max(), sentences.max()) + 1)[identities]
    return {
        "task": "person-search",
        "split": split,
        "corpus": corpus,
        "images": len(images),
        "sentences": len(sentences),
        "identities": len(np.unique(identities)),
        "tie_rule": "pessimistic",
        **{name: float(value.mean()) for name, value in values.items()},
        "MedR": int(np.median(ranks.first[matched])),
        "chance": {"Rank-1": float(100.0 * (of_query / len(images)).mean())},
        "interval": _intervals(values, identities, bootstrap, seed),
        "unmatched_queries": int((~matched).sum()),
    }


def _intervals(values: dict[str, Any], identities: Any, resamples: int, seed: int) -> dict[str, list[float]]:
    """95 % intervals; all metrics see the same resamples of identities."""
    sums = {name: group_sums(value, identities) for name, value in values.items()}
    counts = next(iter(sums.values()))[1]
    replicates: dict[str, list[NDArray[np.float64]]] = {name: [] for name in values}
    for drawn in resampled_groups(len(counts), resamples, seed) if resamples else ():
        for name, (total, _) in sums.items():
            replicates[name].append((drawn @ total) / (drawn @ counts))
    return {name: percentile_interval(np.concatenate(found)) for name, found in replicates.items() if found}
