"""Metrics of probabilities: whether a stated probability comes true as often as it says, and whether it tells anything.

A predictor that always answers the base rate is perfectly calibrated and useless. Its calibration error is 0, so that
number alone proves nothing; its Brier skill is 0 and its AUROC 0.5, which is where it fails visibly.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError


def probability_metrics(probabilities: Any, outcomes: Any, *, bins: int = 10) -> dict[str, Any]:
    """Brier score and skill, AUROC, and the calibration error with its table.

    Args:
        probabilities: (Q,) predicted probabilities in [0, 1].
        outcomes: (Q,) what happened: booleans, or 0 and 1.
        bins: number of bins of about equal mass; equal probabilities share a bin, so that there may be fewer.

    Returns:
        A dictionary with
        count: Q; base_rate: mean outcome;
        brier: mean squared error of the probabilities; brier_constant: of the constant base rate;
        brier_skill: 1 - brier / brier_constant: 0 for the constant, below 0 if worse, 1 if perfect; None if the
        outcomes are all alike;
        auroc: probability that a positive is above a negative, ties half (midranks); None if the outcomes are alike;
        calibration_error: mean over the predictions of the distance between mean probability and rate of their bin;
        bins: rows of low, high, count, probability (mean), rate (mean outcome), for the plot.

    Raises:
        TwobranchError: if the lengths differ, nothing is given, or a value is out of its range.

    Example:
        >>> constant = probability_metrics([0.25] * 4, [True, False, False, False])
        >>> constant["brier_skill"], constant["auroc"], constant["calibration_error"]
        (0.0, 0.5, 0.0)
        >>> good = probability_metrics([0.9, 0.1, 0.2, 0.1], [True, False, False, False])
        >>> good["auroc"], round(good["brier_skill"], 2)
        (1.0, 0.91)
    """
    p, y = _checked(probabilities, outcomes, bins)
    base_rate = float(y.mean())
    brier, constant = float(((p - y) ** 2).mean()), float(((base_rate - y) ** 2).mean())
    table = _table(p, y, bins)
    error = sum(row["count"] * abs(row["probability"] - row["rate"]) for row in table) / len(p)
    return {
        "count": len(p),
        "base_rate": base_rate,
        "brier": brier,
        "brier_constant": constant,
        "brier_skill": 1.0 - brier / constant if constant > 0 else None,
        "auroc": auroc(p, y),
        "calibration_error": float(error),
        "bins": table,
    }


def auroc(scores: np.ndarray, outcomes: np.ndarray) -> float | None:
    """Area under the ROC curve by midranks: P(positive above negative) + P(equal) / 2; None without both outcomes.

    Example:
        >>> auroc(np.array([0.1, 0.5, 0.5]), np.array([0, 1, 0]))
        0.75
    """
    positive = np.asarray(outcomes).astype(bool)
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    midrank = np.cumsum(counts) - (counts - 1) / 2.0
    wins = midrank[inverse][positive].sum() - positives * (positives + 1) / 2.0
    return float(wins / (positives * negatives))


def _checked(probabilities: Any, outcomes: Any, bins: int) -> tuple[np.ndarray, np.ndarray]:
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    if p.ndim != 1 or p.shape != y.shape or len(p) == 0:
        raise TwobranchError(
            "outcomes", f"there must be one outcome per probability and at least one, for shape {p.shape}",
            found=f"shape {y.shape}", remedy="Flatten both arrays in the same order.",
        )  # fmt: skip
    if not ((p >= 0) & (p <= 1)).all():  # false for NaN as well
        at = int(np.flatnonzero(~((p >= 0) & (p <= 1)))[0])
        raise TwobranchError(
            f"probabilities, item {at}", "a probability must lie in [0, 1]", found=p[at],
            remedy="Give probabilities, not scores or percent.",
        )  # fmt: skip
    if not np.isin(y, (0.0, 1.0)).all():
        at = int(np.flatnonzero(~np.isin(y, (0.0, 1.0)))[0])
        raise TwobranchError(f"outcomes, item {at}", "an outcome must be 0 or 1", found=y[at], remedy="Give booleans.")
    if bins < 1:
        raise TwobranchError("bins", "there must be at least one bin", found=bins, remedy="Use the default, 10.")
    return p, y


def _table(p: np.ndarray, y: np.ndarray, bins: int) -> list[dict[str, Any]]:
    """Bins of about equal mass whose borders do not part equal probabilities."""
    order = np.argsort(p, kind="stable")
    p, y = p[order], y[order]
    borders = np.searchsorted(p, p[np.arange(1, bins) * len(p) // bins], "left")  # back to the first equal value
    borders = np.unique(np.concatenate([[0], borders, [len(p)]]))
    return [
        {
            "low": float(p[start]),
            "high": float(p[stop - 1]),
            "count": int(stop - start),
            "probability": float(p[start:stop].mean()),
            "rate": float(y[start:stop].mean()),
        }
        for start, stop in pairwise(borders)
    ]
