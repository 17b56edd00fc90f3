"""Metrics of a matcher on the features of a corpus."""

from __future__ import annotations

from typing import Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.evaluation.metrics import Metrics
from twobranch.evaluation.ranks import Ranks, embedding_ranks, ranks_by_group
from twobranch.evaluation.retrieval import metrics_of_ranking
from twobranch.evaluation.within_view import within_view_metrics
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.matcher.matcher import PAIR_TILE, Floats, Matcher


def evaluate_retrieval(
    matcher: Matcher, features: CorpusFeatures, *, split: str, bootstrap: int = 1000, folds: int = 1
) -> Metrics:
    """Both directions with intervals, as `twobranch evaluate --json` prints them.

    Args:
        matcher: the matcher.
        features: features of the split, computed with the matcher's encoders.
        split: name of the split, for the document.
        bootstrap: resamples of groups for the intervals; 0 leaves the intervals out.
        folds: 5 for the protocol of COCO 1K.
    """
    return ranked_retrieval(matcher, features, split=split, bootstrap=bootstrap, folds=folds)[0]


def ranked_retrieval(
    matcher: Matcher, features: CorpusFeatures, *, split: str, bootstrap: int = 1000, folds: int = 1
) -> tuple[Metrics, Ranks]:
    """The document of `evaluate_retrieval`, and the ranks of all queries, each within its fold.

    Args:
        matcher: the matcher.
        features: features of the split, computed with the matcher's encoders.
        split: name of the split, for the document.
        bootstrap: resamples of groups for the intervals; 0 leaves the intervals out.
        folds: 5 for the protocol of COCO 1K.
    """
    corpus = features.corpus
    images, sentences = embedded(matcher, features)
    ranks = Ranks(np.zeros(len(images), np.int64), np.zeros(len(sentences), np.int64))

    def rank(rows: tuple[Any, Any]) -> Ranks:
        found = embedded_ranks(
            matcher,
            images[rows[0]],
            sentences[rows[1]],
            corpus.image_groups[rows[0]],
            corpus.sentence_groups[rows[1]],
        )
        ranks.i2t[rows[0]], ranks.t2i[rows[1]] = found.i2t, found.t2i
        return found

    document = metrics_of_ranking(
        rank,
        corpus.image_groups,
        corpus.sentence_groups,
        split=split,
        corpus=corpus.fingerprint,
        bootstrap=bootstrap,
        folds=folds,
    )
    return document, ranks


def matcher_ranks(matcher: Matcher, features: CorpusFeatures) -> Ranks:
    """Ranks of both directions on a split.

    Args:
        matcher: the matcher.
        features: features of the split, computed with the matcher's encoders.
    """
    corpus = features.corpus
    return embedded_ranks(matcher, *embedded(matcher, features), corpus.image_groups, corpus.sentence_groups)


def embedded(matcher: Matcher, features: CorpusFeatures) -> tuple[Floats, Floats]:
    """Both sides of a split, embedded: (N, D) and (M, D)."""
    return matcher.embed_image_features(features.images), matcher.embed_sentence_features(features.sentences)


def embedded_ranks(
    matcher: Matcher, images: Floats, sentences: Floats, image_groups: Any, sentence_groups: Any
) -> Ranks:
    """Ranks by the matcher's score of a pair: the inner product of the embeddings, or the logit of its head.

    Args:
        matcher: the matcher.
        images: (N, D) embeddings.
        sentences: (M, D) embeddings.
        image_groups: (N,) group of each image.
        sentence_groups: (M,) group of each sentence.
    """
    if not matcher.scores_pairs:
        return embedding_ranks(images, sentences, image_groups, sentence_groups, device=matcher.network.device)
    return ranks_by_group(
        lambda rows, columns: lambda i, s: matcher.score_embeddings(images[rows[i]], sentences[columns[s]]),
        image_groups,
        sentence_groups,
        tile=PAIR_TILE,
    )


def evaluate_within_view(matcher: Matcher, features: CorpusFeatures, *, split: str) -> Metrics:
    """Retrieval of the other sentences of the same image: the evidence for neighborhood terms (Wang et al. 2019).

    Args:
        matcher: the matcher.
        features: features of the split, computed with the matcher's encoders.
        split: name of the split, for the document.

    Raises:
        TwobranchError: for a pair scorer: it does not compare sentences.
    """
    corpus = features.corpus
    return within_view_metrics(
        sentence_embeddings(matcher, features), corpus.sentence_groups, split=split, corpus=corpus.fingerprint
    )


def within_view_ranks(matcher: Matcher, features: CorpusFeatures) -> np.ndarray:
    """Rank (M,) of the first other sentence of the same group, 0 where there is none; see `within_view_metrics`.

    Raises:
        TwobranchError: for a pair scorer: it does not compare sentences.
    """
    sentences, groups = sentence_embeddings(matcher, features), features.corpus.sentence_groups
    device = matcher.network.device
    return embedding_ranks(sentences, sentences, groups, groups, exclude_self=True, device=device).i2t


def sentence_embeddings(matcher: Matcher, features: CorpusFeatures) -> Floats:
    """The sentences of a split, embedded, where embeddings can be compared.

    Raises:
        TwobranchError: for a pair scorer.
    """
    if matcher.scores_pairs:
        raise TwobranchError(
            "within-view retrieval",
            "compares embeddings, which this matcher does not: it scores pairs",
            remedy="Evaluate a matcher without model.head.",
        )
    return matcher.embed_sentence_features(features.sentences)
