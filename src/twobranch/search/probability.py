"""What the scores of a query mean: a probability for each item, and one that there is a match at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.matcher.calibration import Direction, any_match, at_prior
from twobranch.search.threads import threads_for

if TYPE_CHECKING:
    from twobranch.matcher.calibration import Calibration

Floats = NDArray[np.float32]

PRIORS = {"item": 0.01, "any_match": 0.5}
"""Probabilities before looking, which every answer states: that an item matches, and that the gallery holds a match.

The prior of an item does not depend on the size of the gallery, so that a picture keeps its probability when others
are added.
"""


def query_probabilities(
    calibration: Calibration | None, direction: Direction, scores: Floats, query: Floats, weights: Floats | None = None
) -> tuple[Floats | None, float | None]:
    """Probability that each item matches a query, and that any of them does.

    Args:
        calibration: the matcher's; None gives None twice.
        direction: `t2i` where the query is a sentence, `i2t` where it is an image.
        scores: (N,) of the query with the items.
        query: (D,) embedding of the query.
        weights: (N,) how many items of the gallery each of these stands for, where they are not all of it; one each
            if None.

    Returns:
        (N,) float32, rising with the score, and a number; None where there is no calibration or no item.
    """
    if calibration is None or not len(scores):
        return None, None
    with threads_for(scores.size):
        ratios = calibration.query_ratios(direction, scores[None], query[None])  # (1, N)
    probabilities = at_prior(ratios[0], PRIORS["item"])
    if weights is None:
        return probabilities, float(any_match(ratios, PRIORS["any_match"])[0])
    shares = ratios + np.log(weights)[None]  # an item that stands for w items counts w times
    return probabilities, float(any_match(shares, PRIORS["any_match"], weights.sum(keepdims=True))[0])


def check_min_probability(bound: float, calibrated: bool) -> None:
    """Refuse a bound that is no probability, or one that a matcher without calibration cannot keep.

    Raises:
        TwobranchError: in both cases.
    """
    if not 0 <= bound <= 1:
        raise TwobranchError(
            "--min-probability", "must be between 0 and 1", found=bound, remedy="Write for example 0.5."
        )
    if not calibrated:
        raise TwobranchError(
            "--min-probability",
            "needs a matcher with a calibration",
            found="one that has none",
            remedy="Leave it out, or train the matcher with a validation split and index again.",
        )
