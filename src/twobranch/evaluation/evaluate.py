"""Metrics of a matcher on the features of a corpus."""

from __future__ import annotations

from typing import Any

from twobranch.evaluation.retrieval import retrieval_metrics
from twobranch.evaluation.within_view import within_view_metrics
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.matcher.matcher import Matcher


def evaluate_retrieval(
    matcher: Matcher, features: CorpusFeatures, *, split: str, bootstrap: int = 1000, folds: int = 1
) -> dict[str, Any]:
    """Both directions with intervals, as `twobranch evaluate --json` prints them.

    Args:
        matcher: the matcher.
        features: features of the split, computed with the matcher's encoders.
        split: name of the split, for the document.
        bootstrap: resamples of groups for the intervals; 0 leaves the intervals out.
        folds: 5 for the protocol of COCO 1K.
    """
    corpus = features.corpus
    return retrieval_metrics(
        matcher.embed_image_features(features.images),
        matcher.embed_sentence_features(features.sentences),
        corpus.image_groups,
        corpus.sentence_groups,
        split=split,
        corpus=corpus.fingerprint,
        bootstrap=bootstrap,
        folds=folds,
    )


def evaluate_within_view(matcher: Matcher, features: CorpusFeatures, *, split: str) -> dict[str, Any]:
    """Retrieval of the other sentences of the same image: the evidence for neighborhood terms (Wang et al. 2019).

    Args:
        matcher: the matcher.
        features: features of the split, computed with the matcher's encoders.
        split: name of the split, for the document.
    """
    corpus = features.corpus
    embeddings = matcher.embed_sentence_features(features.sentences)
    return within_view_metrics(embeddings, corpus.sentence_groups, split=split, corpus=corpus.fingerprint)
