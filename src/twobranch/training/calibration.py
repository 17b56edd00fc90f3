"""Fitting the calibration on the validation split, and judging it on groups that it was not fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.evaluation.judging import Embedded, Judgment, judge, judgment_report
from twobranch.matcher.calibration import Calibration, Evidence, Evidences
from twobranch.progress import log

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]

REFERENCES = 1000
"""Training items of each side against which a score is placed."""
NON_MATCHES = 200_000
"""Sampled non-matching pairs that the evidence is fitted on."""
FEATURES = ("score", "image_gap", "sentence_gap")
"""Columns of `Calibration.pair_features`, and the weights of an `Evidence`."""
SEEN = {"pair": [0, 1, 2], "i2t": [0, 1], "t2i": [0, 2]}
"""The features that each question sees."""
FOLDS = 5
"""Parts of the validation split for cross-fitting."""


def reference_rows(images: int, sentences: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Random training rows of both sides, against whose embeddings scores are placed: (M,) each, sorted."""
    random = np.random.default_rng(seed)
    rows = [np.sort(random.choice(count, min(REFERENCES, count), replace=False)) for count in (images, sentences)]
    return rows[0], rows[1]


def fit_calibration(
    val: Embedded, reference_images: Floats, reference_sentences: Floats, seed: int
) -> Calibration | None:
    """A calibration fitted on all pairs of a split, or None where it has no match or no non-match.

    Args:
        val: the validation split, embedded.
        reference_images: (M, D) training embeddings.
        reference_sentences: (M, D) training embeddings.
        seed: of the sample of non-matching pairs.
    """
    nothing = Evidence(intercept=0.0, score=0.0)
    blank = Calibration(Evidences(pair=nothing, i2t=nothing, t2i=nothing), reference_images, reference_sentences)
    image, sentence, is_match = _pairs(val, np.random.default_rng(seed))
    if is_match.all() or not is_match.any():
        return None
    features = blank.pair_features(val.images, val.sentences, image, sentence)  # (P, 3)
    evidences = {name: _evidence(features, is_match, columns) for name, columns in SEEN.items()}
    return Calibration(Evidences(**evidences), reference_images, reference_sentences)


def _evidence(features: NDArray[np.float64], is_match: NDArray[np.bool_], columns: list[int]) -> Evidence:
    """A logistic model on some of the features."""
    from sklearn.linear_model import LogisticRegression

    seen = features[:, columns]
    mean, deviation = seen.mean(0), np.maximum(seen.std(0), 1e-9)
    model = LogisticRegression(C=1.0, max_iter=1000).fit((seen - mean) / deviation, is_match)
    weights = np.zeros(len(FEATURES))
    weights[columns] = model.coef_[0] / deviation
    # The sample's share of matches is not the world's: taking its log odds off leaves the likelihood ratio.
    log_odds = np.log(is_match.sum() / (~is_match).sum())
    intercept = float(model.intercept_[0] - weights[columns] @ mean - log_odds)
    return Evidence(intercept=intercept, **dict(zip(FEATURES, weights.tolist(), strict=True)))


def _pairs(val: Embedded, random: np.random.Generator) -> tuple[Codes, Codes, NDArray[np.bool_]]:
    """All matching pairs and a sample of the others: rows of images, rows of sentences, whether they match."""
    order = np.argsort(val.sentence_groups, kind="stable")
    groups = val.sentence_groups[order]
    first, last = np.searchsorted(groups, val.image_groups), np.searchsorted(groups, val.image_groups, side="right")
    image = np.repeat(np.arange(len(val.images)), last - first)
    sentence = np.concatenate([order[a:b] for a, b in zip(first, last, strict=True)] or [order[:0]])
    drawn_images = random.integers(len(val.images), size=NON_MATCHES)
    drawn_sentences = random.integers(len(val.sentences), size=NON_MATCHES)
    other = val.image_groups[drawn_images] != val.sentence_groups[drawn_sentences]
    return (
        np.concatenate([image, drawn_images[other]]),
        np.concatenate([sentence, drawn_sentences[other]]),
        np.concatenate([np.ones(len(image), bool), np.zeros(int(other.sum()), bool)]),
    )


def cross_fitted_report(
    val: Embedded, reference_images: Floats, reference_sentences: Floats, seed: int
) -> dict[str, Any]:
    """How well the probability predicts, on groups that it was not fitted on.

    The validation split is cut by group into folds. For each fold a calibration is fitted on the others; then
    every query of the fold is asked against galleries cut from the fold, once as they are and once with the
    query's matches removed. The larger a gallery, the less its one match shows: so there are several sizes.

    Returns:
        Per direction, `pairs`: metrics of the pair probability at the base rate of a fold; `any_match`: by number
        of groups in the gallery, metrics of "the gallery holds a match", which half of them do.
        Empty where the split is too small to be cut.
    """
    groups = np.unique(np.concatenate([val.image_groups, val.sentence_groups]))
    if len(groups) < 10 * FOLDS:
        log.warning("too few validation groups (%d) to judge the probability; %d are needed", len(groups), 10 * FOLDS)
        return {}
    random = np.random.default_rng(seed)
    fold = random.permutation(len(groups)) % FOLDS
    judgments: list[Judgment] = []
    for number in range(FOLDS):
        fitted, judged = val.where(fold != number, groups), val.where(fold == number, groups)
        calibration = fit_calibration(fitted, reference_images, reference_sentences, seed)
        if calibration is not None:
            judgments += judge(calibration, judged, random)
    return judgment_report(judgments)
