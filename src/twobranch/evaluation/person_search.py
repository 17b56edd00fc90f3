"""Text-based person search: a description asks for all pictures of one person, who is a group.

The protocol of CUHK-PEDES (methods.md 5.4): the sentences of a split are the queries, its images the gallery, and a hit
is an image of the query's identity, whichever image the sentence was written for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.evaluation.evaluate import embedded
from twobranch.evaluation.intervals import percentile_interval, resampled_groups
from twobranch.evaluation.metrics import Metrics
from twobranch.evaluation.person_ranks import QueryRanks, query_ranks
from twobranch.evaluation.rank_metrics import CUTOFFS, rank_metrics, rank_replicates
from twobranch.evaluation.ranks import group_codes
from twobranch.evaluation.tiles import EmbeddingScores
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.matcher.matcher import PAIR_TILE, Matcher


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
) -> Metrics:
    """The document of `twobranch evaluate --task person-search --json`, from embeddings.

    Args:
        image_embeddings: (N, D) float, compared by inner product.
        sentence_embeddings: (M, D) float.
        image_groups: (N,) identity of each image.
        sentence_groups: (M,) identity of each sentence.
        split: name of the split, for the document.
        corpus: fingerprint of the corpus, for the document.
        bootstrap: resamples of identities for the intervals; 0 leaves the intervals out.
        seed: of the resampling.

    Raises:
        TwobranchError: if a side is empty or has another number of groups than of embeddings, no query has a match,
            or a number is not finite.

    Example:
        >>> found = person_search_metrics(np.eye(2), np.eye(2)[[0, 0, 1]], ["a", "b"], ["a", "b", "b"], split="test")
        >>> round(found["Rank-1"], 1), round(found["mAP"], 1), found["interval"]["Rank-1"], found["chance"]
        (66.7, 83.3, [50.0, 100.0], {'Rank-1': 50.0})
    """
    _check_groups(image_embeddings, image_groups, "image_groups")
    _check_groups(sentence_embeddings, sentence_groups, "sentence_groups")
    scores = EmbeddingScores(image_embeddings, sentence_embeddings)
    ranks = query_ranks(scores, image_groups, sentence_groups)
    return document(ranks, image_groups, sentence_groups, split=split, corpus=corpus, bootstrap=bootstrap, seed=seed)


def evaluate_person_search(matcher: Matcher, features: CorpusFeatures, *, split: str, bootstrap: int = 1000) -> Metrics:
    """Person search with a matcher on the features of a split, computed with its encoders; pair scorers too."""
    return ranked_person_search(matcher, features, split=split, bootstrap=bootstrap)[0]


def ranked_person_search(
    matcher: Matcher, features: CorpusFeatures, *, split: str, bootstrap: int = 1000
) -> tuple[Metrics, QueryRanks]:
    """The document of `evaluate_person_search`, and the ranks of all queries.

    Args:
        matcher: the matcher.
        features: features of the split, computed with the matcher's encoders.
        split: name of the split, for the document.
        bootstrap: resamples of identities for the intervals; 0 leaves the intervals out.
    """
    corpus = features.corpus
    images, sentences = embedded(matcher, features)
    groups = corpus.image_groups, corpus.sentence_groups
    if matcher.scores_pairs:
        ranks = query_ranks(lambda i, s: matcher.score_embeddings(images[i], sentences[s]), *groups, tile=PAIR_TILE)
    else:
        ranks = query_ranks(EmbeddingScores(images, sentences), *groups)
    return document(ranks, *groups, split=split, corpus=corpus.fingerprint, bootstrap=bootstrap), ranks


def document(
    ranks: QueryRanks,
    image_groups: Any,
    sentence_groups: Any,
    *,
    split: str,
    corpus: str,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Metrics:
    """Metrics of ranked queries with intervals over identities, and what a random order would reach.

    `mINP` is the mean inverse negative penalty of Ye et al. 2022 (TPAMI 44(6)); `chance` the expected Rank-1 of a
    gallery in random order.

    Raises:
        TwobranchError: if no query has a match.
    """
    images, sentences = group_codes(image_groups, sentence_groups)
    matched = ranks.first > 0
    if not matched.any():
        raise _no_match(f'person search, split "{split}"')
    identities = sentences[matched]
    means = {"mAP": 100.0 * ranks.precision[matched], "mINP": 100.0 * ranks.inverse_penalty[matched]}
    best = rank_metrics(ranks.first[matched])
    return Metrics(
        {
            "task": "person-search",
            "split": split,
            "corpus": corpus,
            "images": len(images),
            "sentences": len(sentences),
            "identities": len(np.unique(identities)),
            "tie_rule": "pessimistic",
            **{f"Rank-{k}": best[f"R@{k}"] for k in CUTOFFS},
            **{name: float(value.mean()) for name, value in means.items()},
            "MedR": best["MedR"],
            "chance": {"Rank-1": chance(images, sentences)},
            "interval": _intervals(ranks.first[matched], means, identities, bootstrap, seed),
            "unmatched_queries": int((~matched).sum()),
        }
    )


def chance(image_groups: Any, sentence_groups: Any) -> float:
    """The expected Rank-1, in percent, of a gallery in random order: the mean share of matches in it.

    Args:
        image_groups: (N,) identity of each image.
        sentence_groups: (M,) identity of each sentence; those without an image are left out, as in the metrics.

    Raises:
        TwobranchError: if a side is empty, or no sentence has an image.

    Example:
        >>> chance(["a", "a", "b", "c"], ["a", "b", "d"])
        37.5
    """
    images, sentences = group_codes(image_groups, sentence_groups)
    matches = np.bincount(images, minlength=sentences.max() + 1)[sentences]  # (M,)
    if not matches.any():
        raise _no_match()
    return float(100.0 * (matches[matches > 0] / len(images)).mean())


def _intervals(
    first: NDArray[np.int64], means: dict[str, NDArray[np.float64]], identities: Any, resamples: int, seed: int
) -> dict[str, list[float]]:
    """95 % intervals; all metrics see the same resamples of identities, whose queries are drawn whole."""
    if not resamples:
        return {}
    numbers, codes = np.unique(identities, return_inverse=True)
    counts = np.bincount(codes)  # (G,)
    sums = {name: np.bincount(codes, weights=values) for name, values in means.items()}
    parts: list[dict[str, NDArray[np.float64]]] = []
    for drawn in resampled_groups(len(numbers), resamples, seed, width=len(codes)):
        best = rank_replicates(first, codes, drawn)
        averages = {name: (drawn @ total) / (drawn @ counts) for name, total in sums.items()}
        parts.append({**{f"Rank-{k}": best[f"R@{k}"] for k in CUTOFFS}, **averages, "MedR": best["MedR"]})
    return {name: percentile_interval(np.concatenate([part[name] for part in parts])) for name in parts[0]}


def _no_match(where: str = "person search") -> TwobranchError:
    return TwobranchError(
        where, "at least one sentence has an image of its identity",
        remedy="Give images and sentences of one person the same group.",
    )  # fmt: skip


def _check_groups(embeddings: Any, groups: Any, name: str) -> None:
    if len(embeddings) != len(groups):
        raise TwobranchError(
            name, f"there must be one per embedding, {len(embeddings)}", found=len(groups),
            remedy="Give the groups of the rows that were embedded.",
        )  # fmt: skip
