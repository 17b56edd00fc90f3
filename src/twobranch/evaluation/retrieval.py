"""The retrieval protocol: embeddings and groups in, the JSON document of `twobranch evaluate` out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.evaluation.intervals import percentile_interval, resampled_groups
from twobranch.evaluation.metrics import Metrics
from twobranch.evaluation.rank_metrics import CUTOFFS, rank_metrics, rank_replicates
from twobranch.evaluation.ranks import Ranks, embedding_ranks, group_codes

DIRECTIONS = ("i2t", "t2i")
"""Image query with ranked sentences, sentence query with ranked images."""


def retrieval_metrics(
    image_embeddings: Any,
    sentence_embeddings: Any,
    image_groups: Any,
    sentence_groups: Any,
    *,
    split: str | None = None,
    corpus: str | None = None,
    folds: int = 1,
    bootstrap: int = 1000,
    seed: int = 0,
    device: Any = None,
) -> Metrics:
    """Image-sentence retrieval in both directions, with 95 % intervals by bootstrap over groups.

    Embeddings are used as given: the score is the dot product, which is the cosine where rows have length 1. R@K is
    success at K in percent, the best-ranked match decides; it is not the recall of information retrieval, which
    counts how many of the matches are found. Ties are pessimistic, see `twobranch.evaluation.ranks`. MedR is
    floor(median of 0-based ranks) + 1. An image may have any number of sentences, a group any number of images.

    Args:
        image_embeddings: (N, D), numpy array or torch tensor.
        sentence_embeddings: (M, D).
        image_groups: (N,) group of each image, integers or strings.
        sentence_groups: (M,) group of each sentence; it matches the images of the same group.
        split: name of the split, for the document.
        corpus: fingerprint of the corpus, for the document.
        folds: 1, or the number of consecutive blocks of images that are evaluated each on its own with their
            sentences and averaged (5 for the COCO 1K protocol). The averages of MedR then need not be integers.
        bootstrap: number of resamples; 0 leaves the intervals out, for use inside a training loop.
        seed: of the resamples.
        device: the torch device that ranks; that of the embeddings if None.

    Returns:
        The document: task, split, corpus, images, sentences, tie_rule, i2t, t2i, rsum, rsum_interval,
        unmatched_queries, and folds if there is more than one.

    Raises:
        TwobranchError: if shapes do not fit, a number is not finite, or no image has a sentence.

    Example:
        >>> document = retrieval_metrics(np.eye(2), np.eye(2)[[0, 0, 1]], [0, 1], [0, 0, 1])
        >>> document["i2t"]["R@1"], document["rsum"], document["rsum_interval"]
        (100.0, 600.0, [600.0, 600.0])
    """

    def rank(rows: tuple[Any, Any]) -> Ranks:
        return embedding_ranks(
            *_rows(image_embeddings, sentence_embeddings, rows),
            *_rows(np.asarray(image_groups), np.asarray(sentence_groups), rows),
            device=device,
        )

    return metrics_of_ranking(
        rank, image_groups, sentence_groups, split=split, corpus=corpus, folds=folds, bootstrap=bootstrap, seed=seed
    )


def metrics_of_ranking(
    rank: Callable[[tuple[Any, Any]], Ranks],
    image_groups: Any,
    sentence_groups: Any,
    *,
    split: str | None = None,
    corpus: str | None = None,
    folds: int = 1,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Metrics:
    """The document of `retrieval_metrics` for anything that ranks: pair scorers, re-rankers, ensembles.

    Args:
        rank: ranks of the gallery that some rows of the images and of the sentences form.
        image_groups: see `retrieval_metrics`, as all others.
        sentence_groups: see there.
        split: see there.
        corpus: see there.
        folds: see there.
        bootstrap: see there.
        seed: see there.
    """
    images, sentences = group_codes(image_groups, sentence_groups)
    blocks = fold_rows(images, sentences, folds)
    ranks = [rank(rows) for rows in blocks]
    groups = [(images[rows[0]], sentences[rows[1]]) for rows in blocks]
    document: dict[str, Any] = {
        "task": "retrieval",
        "split": split,
        "corpus": corpus,
        "images": len(images),
        "sentences": len(sentences),
        "tie_rule": "pessimistic",
        **metrics_from_ranks(ranks, groups, bootstrap=bootstrap, seed=seed),
    }
    return Metrics(document if folds == 1 else {**document, "folds": folds})


def metrics_from_ranks(
    ranks: Sequence[Ranks], groups: Sequence[tuple[Any, Any]], *, bootstrap: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """The metrics of ranks, averaged over folds: i2t, t2i, rsum, rsum_interval, unmatched_queries.

    Both directions and rsum are computed on the same resamples of groups; folds are resampled independently.

    Args:
        ranks: of each fold; a list of one where there are no folds.
        groups: of each fold, the groups of its images (N,) and of its sentences (M,).
        bootstrap: number of resamples; 0 leaves the intervals out.
        seed: of the resamples.

    Raises:
        TwobranchError: if a fold has no match at all.

    Example:
        >>> metrics = metrics_from_ranks([Ranks(np.array([1, 0]), np.array([2]))], [([5, 6], [5])])
        >>> metrics["i2t"]["R@1"], metrics["t2i"]["R@1"], metrics["t2i"]["MedR"], metrics["unmatched_queries"]
        (100.0, 0.0, 2, 1)
    """
    points: list[dict[str, dict[str, float | int]]] = []
    replicates: list[dict[str, dict[str, np.ndarray]]] = []
    unmatched = 0
    for fold, (fold_ranks, fold_groups) in enumerate(zip(ranks, groups, strict=True)):
        queries, count = _matched(fold_ranks, fold_groups, fold)
        unmatched += sum(len(side) for side in (fold_ranks.i2t, fold_ranks.t2i)) - sum(len(q[0]) for q in queries)
        points.append({name: rank_metrics(query[0]) for name, query in zip(DIRECTIONS, queries, strict=True)})
        if bootstrap:
            replicates.append(_replicates(queries, count, bootstrap, seed + fold))

    directions = {name: _mean([point[name] for point in points]) for name in DIRECTIONS}
    rsum = sum(directions[name][f"R@{k}"] for name in DIRECTIONS for k in CUTOFFS)
    if not bootstrap:
        return {**directions, "rsum": rsum, "unmatched_queries": unmatched}
    averaged = {name: {key: np.mean([r[name][key] for r in replicates], axis=0) for key in replicates[0][name]}
                for name in DIRECTIONS}  # fmt: skip
    for name in DIRECTIONS:
        directions[name]["interval"] = {key: percentile_interval(values) for key, values in averaged[name].items()}
    sums = np.sum([averaged[name][f"R@{k}"] for name in DIRECTIONS for k in CUTOFFS], axis=0)
    return {**directions, "rsum": rsum, "rsum_interval": percentile_interval(sums), "unmatched_queries": unmatched}


def fold_rows(images: np.ndarray, sentences: np.ndarray, folds: int) -> list[tuple[Any, Any]]:
    """Rows of images and of sentences of each fold: consecutive blocks in the order of the images, groups kept whole.

    Args:
        images: (N,) group codes as `group_codes` numbers them: in the order of the images, then of the sentences.
        sentences: (M,) group codes.
        folds: number of blocks.

    Raises:
        TwobranchError: if there are fewer groups with an image than folds.

    Example:
        >>> fold_rows(np.array([0, 1, 2, 3]), np.array([0, 1, 2, 3, 3]), 2)
        [(array([0, 1]), array([0, 1])), (array([2, 3]), array([2, 3, 4]))]
    """
    if folds == 1:
        return [(slice(None), slice(None))]
    with_image, total = int(images.max()) + 1, int(max(images.max(), sentences.max())) + 1
    if not 1 <= folds <= with_image:
        raise TwobranchError(
            "folds", f"there must be between 1 and {with_image} folds, the number of groups with an image", found=folds,
            remedy="Choose 1, or 5 for the COCO 1K protocol.",
        )  # fmt: skip
    fold_of = np.empty(total, dtype=np.int64)
    for start, stop in ((0, with_image), (with_image, total)):  # groups without an image are spread alike
        for fold, block in enumerate(np.array_split(np.arange(start, stop), folds)):
            fold_of[block] = fold
    return [
        (np.flatnonzero(fold_of[images] == fold), np.flatnonzero(fold_of[sentences] == fold)) for fold in range(folds)
    ]


def _rows(image_embeddings: Any, sentence_embeddings: Any, rows: tuple[Any, Any]) -> tuple[Any, Any]:
    if isinstance(rows[0], slice):  # the whole matrix, not copied
        return image_embeddings, sentence_embeddings
    return image_embeddings[rows[0]], sentence_embeddings[rows[1]]


def _matched(ranks: Ranks, groups: tuple[Any, Any], fold: int) -> tuple[list[tuple[np.ndarray, np.ndarray]], int]:
    """Per direction the ranks and group numbers of the queries that have a match, and the number of their groups."""
    codes = group_codes(*groups)
    kept = [(side[side > 0], code[side > 0]) for side, code in zip((ranks.i2t, ranks.t2i), codes, strict=True)]
    if not all(len(query[0]) for query in kept):
        raise TwobranchError(
            f"fold {fold + 1}" if fold else "the split", "at least one image and one sentence must share a group",
            remedy="Check the column of images or groups: sentences name the images they describe.",
        )  # fmt: skip
    numbers = np.unique(np.concatenate([code for _, code in kept]))
    return [(rank, np.searchsorted(numbers, code)) for rank, code in kept], len(numbers)


def _replicates(
    queries: list[tuple[np.ndarray, np.ndarray]], groups: int, resamples: int, seed: int
) -> dict[str, dict[str, np.ndarray]]:
    width = max(len(rank) for rank, _ in queries)
    chunks: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in DIRECTIONS}
    for drawn in resampled_groups(groups, resamples, seed, width=width):
        for name, (rank, code) in zip(DIRECTIONS, queries, strict=True):
            chunks[name].append(rank_replicates(rank, code, drawn))
    return {name: {key: np.concatenate([chunk[key] for chunk in parts]) for key in parts[0]}
            for name, parts in chunks.items()}  # fmt: skip


def _mean(points: list[dict[str, float | int]]) -> dict[str, Any]:
    if len(points) == 1:
        return dict(points[0])
    return {key: float(np.mean([point[key] for point in points])) for key in points[0]}
