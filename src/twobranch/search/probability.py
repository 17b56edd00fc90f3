"""Probabilities of a search: what a query's evidence against every image of the index says.

The evidence of a pair (`twobranch.matcher.calibration`) sets its score against the image's scores with reference
sentences. Mean and deviation of those do not depend on the query, so an index keeps them beside its matrix, and a
query costs no more than its scores.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.files import atomic_path

if TYPE_CHECKING:
    from twobranch.matcher.calibration import Calibration

Floats = NDArray[np.float32]

PRIOR = 0.5
"""Probability, before looking, that the gallery holds a match of the query."""

_BLOCK = 4096


class GalleryEvidence:
    """The calibration of a matcher, made ready for one gallery.

    Args:
        calibration: the matcher's.
        moments: (N, 2), mean and deviation of each image's scores with the reference sentences.
    """

    def __init__(self, calibration: Calibration, moments: Floats) -> None:
        self._calibration = calibration
        self._moments = moments

    @classmethod
    def of(cls, calibration: Calibration, matrix: Floats, folder: Path | None = None) -> GalleryEvidence:
        """Make the calibration ready for a gallery (N, D); the moments are kept in the derived folder."""
        references = np.ascontiguousarray(calibration.reference_sentences)
        digest = hashlib.sha256(references.tobytes()).hexdigest()[:16]
        file = None if folder is None else folder / f"moments-{digest}.npy"
        if file is not None and file.is_file():
            try:
                kept = np.load(file, allow_pickle=False)
                if kept.shape == (len(matrix), 2):
                    return cls(calibration, kept)
            except (OSError, ValueError):
                pass  # damaged: made anew
        moments = reference_moments(matrix, references)
        if file is not None and file.parent.is_dir():
            try:
                with atomic_path(file) as temporary, temporary.open("wb") as stream:
                    np.save(stream, moments)
            except OSError:
                pass  # a folder that cannot be written: the moments live in memory
        return cls(calibration, moments)

    def log_likelihood_ratios(self, scores: Floats, query: Floats, rows: NDArray[np.intp] | None = None) -> Floats:
        """The evidence of a sentence with each candidate, as `Calibration.log_likelihood_ratios` gives it.

        Args:
            scores: (n,) scores of the candidates.
            query: (D,) embedding of the sentence.
            rows: (n,) rows of the candidates in the gallery; all if None.

        Returns:
            (n,) float32.
        """
        moments = self._moments if rows is None else self._moments[rows]
        image_mean, image_deviation = moments[:, 0], moments[:, 1]
        sentence_mean, sentence_deviation = reference_moments(query[None], self._calibration.reference_images)[0]
        score, image_place, sentence_place = self._calibration.evidence.weights
        ratios: Floats = (
            scores * score
            + (scores - image_mean) / image_deviation * image_place
            + (scores - sentence_mean) / sentence_deviation * sentence_place
            + self._calibration.evidence.intercept
        ).astype(np.float32)
        return ratios

    def probabilities(
        self, scores: Floats, query: Floats, rows: NDArray[np.intp] | None = None
    ) -> tuple[Floats, float]:
        """Probability that each candidate matches (n,), and that any of them does."""
        ratios = self.log_likelihood_ratios(scores, query, rows)
        found = self._calibration.gallery_probability(ratios[None], PRIOR)  # (n,) -> (1, n)
        return found.items[0], float(found.any_match[0])


def reference_moments(embeddings: Floats, references: Floats) -> Floats:
    """Mean and standard deviation of the scores of N embeddings with M references: (N, D), (M, D) -> (N, 2)."""
    moments = np.empty((len(embeddings), 2), dtype=np.float32)
    for start in range(0, len(embeddings), _BLOCK):
        scores = embeddings[start : start + _BLOCK] @ references.T
        moments[start : start + len(scores), 0] = scores.mean(1)
        moments[start : start + len(scores), 1] = np.maximum(scores.std(1), 1e-6)
    return moments


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
