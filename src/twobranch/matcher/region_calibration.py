"""The probability that a box is right for a phrase, from the scores of the picture's regions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twobranch.config import Config, validated
from twobranch.files import read_json, write_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

DESCRIPTION = "region_calibration.json"


class RegionEvidence(Config):
    """A linear model of the log odds that a box is right."""

    intercept: float
    score: float
    height: float


def region_features(scores: Floats) -> NDArray[np.float64]:
    """What a probability is made of: a region's score, and how far it stands above the others of its picture.

    Args:
        scores: (P, R) of phrases with all regions of a picture.

    Returns:
        (P, R, 2): the score, and its distance from the mean in standard deviations.

    Example:
        >>> region_features(np.array([[0.0, 0.0, 3.0, 1.0]]))[0, 2].round(2).tolist()
        [3.0, 1.63]
    """
    values = np.asarray(scores, np.float64)
    spread = np.maximum(values.std(1, keepdims=True), 1e-6)
    return np.stack([values, (values - values.mean(1, keepdims=True)) / spread], axis=2)


@dataclass(frozen=True)
class RegionCalibration:
    """Turns scores of regions into probabilities that a box is right, which means an IoU of at least 0.5.

    A logistic model, fitted on the best boxes of the phrases of the validation split.

    Attributes:
        evidence: the fitted model.
    """

    evidence: RegionEvidence

    def probability(self, scores: Floats) -> NDArray[np.float32]:
        """The probability of each region for each phrase, (P, R) scores of a picture -> (P, R)."""
        return self.evidence_probability(region_features(scores))

    def evidence_probability(self, features: Floats) -> NDArray[np.float32]:
        """The probability from what `region_features` gives, (..., 2) -> (...)."""
        one = self.evidence
        odds = one.intercept + one.score * features[..., 0] + one.height * features[..., 1]
        found: NDArray[np.float32] = (0.5 * (1 + np.tanh(0.5 * odds))).astype(np.float32)
        return found

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether a matcher folder holds one."""
        return (folder / DESCRIPTION).exists()

    def save(self, folder: Path) -> None:
        """Write it into a matcher folder that is being made."""
        write_json(folder / DESCRIPTION, self.evidence.model_dump(mode="json"))

    @classmethod
    def load(cls, folder: Path) -> RegionCalibration:
        """Read that of a matcher folder.

        Raises:
            TwobranchError: if it is damaged.
        """
        where = folder / DESCRIPTION
        return cls(validated(RegionEvidence, read_json(where, "the calibration of regions"), str(where)))
