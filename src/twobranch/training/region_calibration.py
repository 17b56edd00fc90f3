"""Fitting the calibration of regions on the validation split, and judging it on images that it was not fitted on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.evaluation.calibration import probability_metrics
from twobranch.evaluation.localize import region_scorer
from twobranch.evaluation.phrase_ranks import THRESHOLD
from twobranch.matcher.matcher import Matcher
from twobranch.matcher.region_calibration import RegionCalibration, RegionEvidence, region_features
from twobranch.progress import log
from twobranch.regions.boxes import iou
from twobranch.regions.corpus_regions import CorpusRegions

BEST = 10
"""Boxes of each phrase that the evidence is fitted on: those that a user may be shown."""
FOLDS = 5
"""Parts of the validation split for cross-fitting."""


class Answers(NamedTuple):
    """The best boxes of phrases.

    | field | shape | meaning |
    |---|---|---|
    | features | (N, 2) | of a box, as `region_features` gives them |
    | is_right | (N,) bool | whether its IoU with the phrase's box is at least 0.5 |
    | is_first | (N,) bool | whether it is the best of its phrase |
    | images | (N,) int64 | where it is |
    """

    features: NDArray[np.float64]
    is_right: NDArray[np.bool_]
    is_first: NDArray[np.bool_]
    images: NDArray[np.int64]


def answers(matcher: Matcher, val: CorpusRegions) -> Answers:
    """The best boxes of every phrase of a split."""
    score, parts = region_scorer(matcher, val), []
    for image in np.unique(val.asked.images).tolist():
        phrases, proposed = np.flatnonzero(val.asked.images == image), val.table.proposed(image)
        if not len(proposed):
            continue
        scores = score(image, phrases)  # (P, R)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :BEST]  # (P, K)
        right = iou(val.boxes[phrases], val.table.boxes[proposed]) >= THRESHOLD  # (P, R)
        first = np.zeros(best.shape, bool)
        first[:, 0] = True
        seen = np.take_along_axis(region_features(scores), best[:, :, None], 1)  # (P, K, 2)
        parts.append(
            Answers(
                seen.reshape(-1, 2),
                np.take_along_axis(right, best, 1).ravel(),
                first.ravel(),
                np.full(best.size, image),
            )
        )
    return Answers(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def fit_region_calibration(found: Answers) -> RegionCalibration | None:
    """A calibration fitted on answers, or None where all of them are right, or none is."""
    if found.is_right.all() or not found.is_right.any():
        return None
    from sklearn.linear_model import LogisticRegression

    mean, deviation = found.features.mean(0), np.maximum(found.features.std(0), 1e-9)
    model = LogisticRegression(C=1.0, max_iter=1000).fit((found.features - mean) / deviation, found.is_right)
    weights = model.coef_[0] / deviation
    intercept = float(model.intercept_[0] - weights @ mean)
    return RegionCalibration(RegionEvidence(intercept=intercept, score=float(weights[0]), height=float(weights[1])))


def cross_fitted_region_report(found: Answers, seed: int) -> dict[str, Any]:
    """How well the probability of a phrase's first box predicts that it is right, on images it was not fitted on.

    Returns:
        `first_box`: metrics of that probability. Empty where there are too few images, or no fold could be fitted.
    """
    images = np.unique(found.images)
    if len(images) < 10 * FOLDS:
        log.warning("too few images (%d) to judge the probability; %d are needed", len(images), 10 * FOLDS)
        return {}
    fold = np.random.default_rng(seed).permutation(len(images)) % FOLDS
    of_answer = fold[np.searchsorted(images, found.images)]
    probabilities, truth = [], []
    for number in range(FOLDS):
        kept, judged = of_answer != number, (of_answer == number) & found.is_first
        calibration = fit_region_calibration(Answers(*(column[kept] for column in found)))
        if calibration is not None:
            probabilities.append(calibration.evidence_probability(found.features[judged]))
            truth.append(found.is_right[judged])
    if not probabilities:
        return {}
    return {"first_box": probability_metrics(np.concatenate(probabilities), np.concatenate(truth))}
