"""Retrieval within one view: whether a sentence finds the other sentences of its image.

The neighborhood terms of the two-branch network (TPAMI 2019, section 3) pull the sentences of one image together.
This is the evidence whether they do: with the terms, these numbers rise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.evaluation.intervals import percentile_interval, resampled_groups
from twobranch.evaluation.metrics import Metrics
from twobranch.evaluation.rank_metrics import rank_metrics, rank_replicates
from twobranch.evaluation.ranks import embedding_ranks


def within_view_metrics(
    embeddings: Any,
    groups: Any,
    *,
    split: str | None = None,
    corpus: str | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Metrics:
    """Rank all other items of the same view for each item; a match is another item of its group.

    Success at K, ties and MedR are those of `retrieval_metrics`. The query itself is not in its gallery. An item whose
    group has no other item is left out and counted as unmatched, but stays in the gallery of the others.

    Args:
        embeddings: (M, D) of sentences, or of the images of groups that hold several.
        groups: (M,) group of each item.
        split: name of the split, for the document.
        corpus: fingerprint of the corpus, for the document.
        bootstrap: number of resamples of groups; 0 leaves the intervals out.
        seed: of the resamples.

    Returns:
        The document: task, split, corpus, items, tie_rule, s2s (the metrics and their interval), unmatched_queries.

    Raises:
        TwobranchError: if shapes do not fit, a number is not finite, or no group has two items.

    Example:
        >>> sentences = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
        >>> document = within_view_metrics(sentences, ["a", "a", "b"])
        >>> document["s2s"]["R@1"], document["unmatched_queries"], document["s2s"]["interval"]["R@1"]
        (100.0, 1, [100.0, 100.0])
    """
    ranks = embedding_ranks(embeddings, embeddings, groups, groups, exclude_self=True).i2t
    matched = ranks > 0
    if not matched.any():
        raise TwobranchError(
            "groups", "retrieval within a view needs a group with at least two items",
            remedy="Evaluate it on a corpus with several sentences per image.",
        )  # fmt: skip
    metrics: dict[str, Any] = dict(rank_metrics(ranks[matched]))
    if bootstrap:
        numbers, codes = np.unique(np.asarray(groups)[matched], return_inverse=True)
        chunks = [
            rank_replicates(ranks[matched], codes, drawn)
            for drawn in resampled_groups(len(numbers), bootstrap, seed, width=len(codes))
        ]
        metrics["interval"] = {
            key: percentile_interval(np.concatenate([chunk[key] for chunk in chunks])) for key in chunks[0]
        }
    return Metrics(
        {
            "task": "within-view",
            "split": split,
            "corpus": corpus,
            "items": len(ranks),
            "tie_rule": "pessimistic",
            "s2s": metrics,
            "unmatched_queries": int((~matched).sum()),
        }
    )
