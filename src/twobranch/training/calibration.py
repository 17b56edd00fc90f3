"""Fitting the calibration on the validation split, and judging it on groups that it was not fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.evaluation.calibration import probability_metrics
from twobranch.matcher.calibration import Calibration, Direction, Evidence, Evidences, any_match, at_prior
from twobranch.progress import log

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]

REFERENCES = 1000
"""Training items of each side against which a score is placed."""
NON_MATCHES = 200_000
"""Sampled non-matching pairs that the evidence is fitted on."""
FEATURES = ("score", "image_gap", "sentence_gap")
"""Columns of `Calibration.pair_features`, and the weights of an `Evidence`."""
PRIOR = 0.5
"""Share of the galleries that hold a match, in the report."""
SEEN = {"pair": [0, 1, 2], "i2t": [0, 1], "t2i": [0, 2]}
"""The features that each question sees."""
FOLDS = 5
"""Parts of the validation split for cross-fitting."""


SIDES: tuple[Direction, Direction] = ("i2t", "t2i")
GALLERIES = (50, 100)
"""Groups in the galleries that are cut from a fold; the whole fold is one more."""


class Judgment(NamedTuple):
    """What a calibration said of the queries of one gallery, and what was true.

    | field | shape | meaning |
    |---|---|---|
    | pairs, is_match | (Q·N,) | probability of each pair, and whether it matches |
    | present, removed | (Q,) | probability of any match in the gallery, and in what is left without the matches |
    """

    direction: Direction
    size: int
    pairs: Floats
    is_match: NDArray[np.bool_]
    present: Floats
    removed: Floats


@dataclass(frozen=True)
class Embedded:
    """A split in the common space.

    Attributes:
        images: (N, D) embeddings.
        sentences: (M, D) embeddings.
        image_groups: (N,) codes.
        sentence_groups: (M,) codes of the same coding.
    """

    images: Floats
    sentences: Floats
    image_groups: Codes
    sentence_groups: Codes

    def where(self, kept: NDArray[np.bool_], groups: Codes) -> Embedded:
        """The items whose group is kept; `groups` are the distinct codes that `kept` speaks of."""
        chosen = groups[kept]
        images, sentences = np.isin(self.image_groups, chosen), np.isin(self.sentence_groups, chosen)
        return Embedded(
            self.images[images], self.sentences[sentences], self.image_groups[images], self.sentence_groups[sentences]
        )


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
            judgments += _judged(calibration, judged, random)
    return {
        direction: _direction_report([one for one in judgments if one.direction == direction]) for direction in SIDES
    }


def _judged(calibration: Calibration, fold: Embedded, random: np.random.Generator) -> list[Judgment]:
    """Every query of a fold, against all of the fold and against smaller galleries cut from it."""
    groups = random.permutation(np.unique(np.concatenate([fold.image_groups, fold.sentence_groups])))
    judgments = []
    for size in {*(size for size in GALLERIES if size <= len(groups) // 2), len(groups)}:
        for start in range(0, len(groups) - size + 1, size):
            part = fold.where(np.isin(groups, groups[start : start + size]), groups)
            match = part.image_groups[:, None] == part.sentence_groups[None, :]
            scores = part.images @ part.sentences.T  # (N, M)
            i2t = calibration.query_ratios("i2t", scores, part.images)
            t2i = calibration.query_ratios("t2i", scores.T, part.sentences)
            judgments += [_judgment("i2t", size, i2t, match), _judgment("t2i", size, t2i, match.T)]
    return judgments


def _judgment(direction: Direction, size: int, ratios: Floats, match: NDArray[np.bool_]) -> Judgment:
    asked = match.any(1) & ~match.all(1)
    ratios, match = ratios[asked], match[asked]
    present = any_match(ratios, PRIOR)
    removed = any_match(np.where(match, -np.inf, ratios), PRIOR, counts=(~match).sum(1))
    return Judgment(direction, size, at_prior(ratios, float(match.mean())).ravel(), match.ravel(), present, removed)


def _direction_report(judgments: list[Judgment]) -> dict[str, Any]:
    largest = [one for one in judgments if one.size == max(other.size for other in judgments)]
    pairs = probability_metrics(
        np.concatenate([one.pairs for one in largest]), np.concatenate([one.is_match for one in largest])
    )
    by_size = {}
    for size in sorted({one.size for one in judgments}):
        present = np.concatenate([one.present for one in judgments if one.size == size])
        removed = np.concatenate([one.removed for one in judgments if one.size == size])
        holds = np.concatenate([np.ones(len(present), bool), np.zeros(len(removed), bool)])
        by_size[f"{size} groups"] = probability_metrics(np.concatenate([present, removed]), holds)
    return {"pairs": pairs, "any_match": by_size}
