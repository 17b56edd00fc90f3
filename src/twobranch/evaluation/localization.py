"""Phrase localization: for how many phrases a right box is among the first K that were found for it.

A query is one occurrence of a phrase in a sentence of an image (methods.md 5.5). Phrases without a box are no queries;
they are counted. R@K is success at K in percent, and cannot exceed the upper bound, the share of phrases for which any
proposal is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.evaluation.chance import random_success
from twobranch.evaluation.intervals import mean_intervals
from twobranch.evaluation.metrics import Metrics
from twobranch.evaluation.phrase_ranks import ERRORS, THRESHOLD, GroundTruth, PhraseRanks
from twobranch.evaluation.rank_metrics import CUTOFFS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]


def localization_metrics(
    found: PhraseRanks,
    images: Any,
    types: Sequence[Sequence[str]],
    *,
    whole: Any = None,
    split: str,
    corpus: str = "",
    ground_truth: GroundTruth = "union",
    threshold: float = THRESHOLD,
    suppress: float | None = None,
    excluded: int = 0,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Metrics:
    """The document of localization, from the ranks of P phrases.

    `by_type` counts a phrase with several types in each of them. `errors` are shares of all phrases, in percent.
    `baselines` are what the whole image as the only box reaches, and what a random order of the proposals reaches on
    average.

    Args:
        found: what `phrase_ranks` says of the phrases.
        images: (P,) the image of each phrase; intervals draw whole images.
        types: the types of each phrase.
        whole: (P,) bool, whether the whole image is right; None leaves that baseline out.
        split: name of the split, for the document.
        corpus: fingerprint of the corpus, for the document.
        ground_truth: as in `phrase_ranks`, for the document; so are `threshold` and `suppress`.
        threshold: IoU from which on a box is right.
        suppress: IoU above which a box is dropped for a better one.
        excluded: phrases without a box, for the document.
        bootstrap: resamples of images for the intervals; 0 leaves the intervals out.
        seed: of the resampling.

    Raises:
        TwobranchError: if there is no phrase, or lengths differ.

    Example:
        >>> from twobranch.evaluation.phrase_ranks import phrase_ranks
        >>> hit = phrase_ranks([[0, 0, 8, 8], [0, 0, 2, 2]], [[0.1, 0.7]], [[[0, 0, 8, 7]]])
        >>> document = localization_metrics(hit, [0], [("people",)], split="val")
        >>> document["R@1"], document["R@5"], document["upper_bound"], document["errors"]["inside"]
        (0.0, 100.0, 100.0, 100.0)
        >>> document["baselines"]["random proposal"]["R@1"]
        50.0
    """
    columns = {f"R@{k}": 100.0 * ((found.rank > 0) & (found.rank <= k)) for k in CUTOFFS}
    columns["upper_bound"] = 100.0 * found.reachable
    codes = _codes(images, types, len(found.rank), split)
    baselines = {"random proposal": {f"R@{k}": random_success(found.right, found.proposals, k) for k in CUTOFFS}}
    if whole is not None:
        baselines["whole image"] = {"R@1": 100.0 * np.asarray(whole)}
    document = {
        "task": "localization",
        "split": split,
        "corpus": corpus,
        "images": int(codes.max()) + 1,
        "phrases": len(found.rank),
        "ground_truth": ground_truth,
        "iou": threshold,
        "suppress": suppress,
        "tie_rule": "pessimistic",
        "proposals": int(found.proposals.max()),
        **_means(columns),
        "by_type": _by_type(columns, codes, types, bootstrap, seed),
        "errors": {name: 100.0 * float((found.error == number).mean()) for number, name in enumerate(ERRORS)},
        "baselines": {
            name: {**_means(values), **_interval(values, codes, bootstrap, seed)} for name, values in baselines.items()
        },
        "excluded_phrases": excluded,
        **_interval(columns, codes, bootstrap, seed),
    }
    return Metrics(document)


def _means(columns: dict[str, Any]) -> dict[str, float]:
    return {name: float(values.mean()) for name, values in columns.items()}


def _by_type(
    columns: dict[str, Any], codes: NDArray[np.int64], types: Sequence[Sequence[str]], resamples: int, seed: int
) -> dict[str, Any]:
    """The metrics of each type, the most frequent first."""
    members: dict[str, list[int]] = {}
    for row, names in enumerate(types):
        for name in dict.fromkeys(names):
            members.setdefault(name, []).append(row)
    parts = {}
    for name, rows in sorted(members.items(), key=lambda item: (-len(item[1]), item[0])):
        own = {key: values[rows] for key, values in columns.items()}
        parts[name] = {"phrases": len(rows), **_means(own), **_interval(own, codes[rows], resamples, seed)}
    return parts


def _interval(columns: dict[str, Any], codes: NDArray[np.int64], resamples: int, seed: int) -> dict[str, Any]:
    """95 % intervals; all metrics see the same resamples of images, whose phrases are drawn whole."""
    return {"interval": mean_intervals(columns, codes, resamples=resamples, seed=seed)} if resamples else {}


def _codes(images: Any, types: Sequence[Any], phrases: int, split: str) -> NDArray[np.int64]:
    if not phrases:
        raise no_phrase(split)
    images = np.asarray(images)
    if images.shape != (phrases,) or len(types) != phrases:
        raise TwobranchError(
            "images and types", f"there must be one per phrase, {phrases}", found=f"{images.shape}, {len(types)}",
            remedy="Give the image and the types of each phrase that was ranked.",
        )  # fmt: skip
    codes: NDArray[np.int64] = np.unique(images, return_inverse=True)[1]
    return codes


def no_phrase(split: str) -> TwobranchError:
    """The error for a split without a phrase that has a box."""
    return TwobranchError(
        f'localization, split "{split}"', "at least one phrase has a box", found="none",
        remedy="Measure a split whose phrases have boxes (docs/data.md).",
    )  # fmt: skip
