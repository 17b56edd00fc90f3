"""Asking a scorer of regions for every phrase of a split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.evaluation.localization import localization_metrics, no_phrase
from twobranch.evaluation.phrase_ranks import THRESHOLD, GroundTruth, PhraseRanks, phrase_ranks
from twobranch.features.decoding import image_size
from twobranch.regions.extract import Proposals
from twobranch.regions.phrase_boxes import PhraseBoxes

ScorePhrases = Callable[[int, NDArray[np.int64]], Any]
"""`score(image, phrases) -> (P, R)`: the scores of some phrases of an image, given by their number among the asked
ones, with all proposals of the image."""


def localize(
    asked: PhraseBoxes,
    proposals: Proposals,
    score: ScorePhrases,
    *,
    split: str,
    ground_truth: GroundTruth = "union",
    threshold: float = THRESHOLD,
    suppress: float | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Ask a scorer for every phrase of a split; the document of `twobranch evaluate --task localization --json`.

    Args:
        asked: the phrases of the split that have boxes.
        proposals: of the images of the same corpus, in its order; an image without any finds nothing.
        score: scores the phrases of one image with its proposals.
        split: name of the split, for the document.
        ground_truth: "union" of a phrase's boxes, or "any" of them.
        threshold: IoU from which on a box is right.
        suppress: IoU above which a box is dropped from a phrase's list for a better one; None drops none.
        bootstrap: resamples of images for the intervals; 0 leaves the intervals out.
        seed: of the resampling.

    Raises:
        TwobranchError: if no phrase has a box, or the scorer gives another shape or a number that is not finite.
    """
    if len(proposals) != len(asked.corpus.image_ids):
        raise TwobranchError(
            "proposals", f"there must be one list of boxes per image, {len(asked.corpus.image_ids)}",
            found=len(proposals), remedy="Propose regions for the images of the corpus that is measured.",
        )  # fmt: skip
    if not len(asked):
        raise no_phrase(split)
    whole, ranks, order = [], [], []
    rule: dict[str, Any] = {"ground_truth": ground_truth, "threshold": threshold}
    for image in np.unique(asked.images).tolist():
        rows = np.flatnonzero(asked.images == image)
        truth = [asked.boxes[asked.offsets[row] : asked.offsets[row + 1]] for row in rows]
        boxes = proposals[image]
        scores = score(image, rows) if len(boxes) else np.zeros((len(rows), 0))
        ranks.append(phrase_ranks(boxes, scores, truth, suppress=suppress, **rule))
        whole.append(_whole(asked.corpus.image_paths[image], truth, rule))
        order.append(rows)
    rows = np.concatenate(order)
    types = asked.types
    return localization_metrics(
        PhraseRanks.joined(ranks),
        asked.images[rows],
        [types[row] for row in rows],
        whole=np.concatenate(whole),
        split=split,
        corpus=asked.corpus.fingerprint,
        ground_truth=ground_truth,
        threshold=threshold,
        suppress=suppress,
        excluded=asked.without,
        bootstrap=bootstrap,
        seed=seed,
    )


def _whole(path: str, truth: Sequence[Any], rule: dict[str, Any]) -> NDArray[np.bool_]:
    """Whether the whole image is right for each of its phrases; a picture that cannot be read is right for none."""
    try:
        width, height = image_size(path)
    except TwobranchError:
        return np.zeros(len(truth), dtype=bool)
    return phrase_ranks([[0, 0, width, height]], np.zeros((len(truth), 1)), truth, **rule).reachable
