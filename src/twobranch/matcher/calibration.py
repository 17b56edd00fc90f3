"""Probabilities from scores: of a pair at a prior, and of a match somewhere in a gallery."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from twobranch.config import Config, validated
from twobranch.errors import TwobranchError
from twobranch.files import as_os_error, read_json, write_json

Floats = NDArray[np.float32]
Rows = NDArray[np.integer]

BEST = 10
"""References whose scores make the gap."""
DESCRIPTION, REFERENCES = "calibration.json", "calibration.safetensors"


Direction = Literal["i2t", "t2i"]


class Evidence(Config):
    """A linear model of the log-likelihood ratio of match against non-match.

    Its features are the score of a pair and, for each side, the gap between the score and the ten best scores
    of that side with the references.
    """

    intercept: float
    score: float
    image_gap: float = 0.0
    sentence_gap: float = 0.0


class Evidences(Config):
    """One model per question.

    `pair` judges a pair on its own and sees both sides. A query sees its own side only, so that among
    the answers to one query the probability rises with the score.
    """

    pair: Evidence
    i2t: Evidence
    t2i: Evidence


@dataclass(frozen=True)
class Calibration:
    """Turns scores into probabilities.

    A score alone says little: some sentences are near to every picture. So each side is measured against a
    reference set of the other side, drawn from the training split and kept here, and logistic models fitted on
    the validation split make log-likelihood ratios of the score and of its gap to the best of those. Bayes' rule
    with a stated prior gives the probability.

    Attributes:
        evidences: the fitted models.
        reference_images: (M, D) embeddings of training images.
        reference_sentences: (M, D) embeddings of training sentences.
    """

    evidences: Evidences
    reference_images: Floats
    reference_sentences: Floats

    def pair_ratios(self, image_embeddings: Floats, sentence_embeddings: Floats) -> Floats:
        """The log-likelihood ratio of every pair, each judged on its own: (N, D) and (M, D) -> (N, M)."""
        scores = image_embeddings @ sentence_embeddings.T  # (N, M)
        pair = self.evidences.pair
        # One offset per image and per sentence: no (N, M) intermediate but the scores.
        of_images = pair.intercept - pair.image_gap * self._best_of_images(image_embeddings)
        of_sentences = -pair.sentence_gap * self._best_of_sentences(sentence_embeddings)
        slope = pair.score + pair.image_gap + pair.sentence_gap
        ratios: Floats = scores * np.float32(slope) + of_images[:, None] + of_sentences[None, :]
        return ratios.astype(np.float32)

    def query_ratios(self, direction: Direction, scores: Floats, queries: Floats) -> Floats:
        """The log-likelihood ratio of each item for each query.

        Args:
            direction: `t2i` where the queries are sentences, `i2t` where they are images.
            scores: (Q, N) of the queries with the items.
            queries: (Q, D) embeddings of the queries.

        Returns:
            (Q, N), rising with the score within a query.
        """
        if direction == "t2i":
            evidence, best = self.evidences.t2i, self._best_of_sentences(queries)
            gap = evidence.sentence_gap
        else:
            evidence, best = self.evidences.i2t, self._best_of_images(queries)
            gap = evidence.image_gap
        ratios: Floats = scores * np.float32(evidence.score + gap) + (evidence.intercept - gap * best)[:, None]
        return ratios.astype(np.float32)

    def pair_features(
        self, image_embeddings: Floats, sentence_embeddings: Floats, image: Rows, sentence: Rows
    ) -> NDArray[np.float64]:
        """The features of P pairs that are given by their rows: (P, 3), in the order of the fields of `Evidence`."""
        scores = np.einsum("pd,pd->p", image_embeddings[image], sentence_embeddings[sentence], dtype=np.float64)
        of_images, of_sentences = self._best_of_images(image_embeddings), self._best_of_sentences(sentence_embeddings)
        return np.stack([scores, scores - of_images[image], scores - of_sentences[sentence]], axis=1)

    def _best_of_images(self, embeddings: Floats) -> Floats:
        return _mean_of_best(embeddings @ self.reference_sentences.T)

    def _best_of_sentences(self, embeddings: Floats) -> Floats:
        return _mean_of_best(embeddings @ self.reference_images.T)

    def pair_probability(self, image_embeddings: Floats, sentence_embeddings: Floats, prior: float) -> Floats:
        """Probability that each pair matches, each judged on its own: (N, M).

        Args:
            image_embeddings: (N, D).
            sentence_embeddings: (M, D).
            prior: probability of a match before looking, between 0 and 1.

        Raises:
            TwobranchError: if the prior is not between 0 and 1.
        """
        return at_prior(self.pair_ratios(image_embeddings, sentence_embeddings), prior)

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether a matcher folder holds a calibration."""
        return (folder / DESCRIPTION).exists()

    def save(self, folder: Path) -> None:
        """Write the calibration into a matcher folder that is being made."""
        write_json(folder / DESCRIPTION, self.evidences.model_dump(mode="json"))
        references = {"images": self.reference_images, "sentences": self.reference_sentences}
        with as_os_error(SafetensorError):
            save_file({name: np.ascontiguousarray(value) for name, value in references.items()}, folder / REFERENCES)
        (folder / REFERENCES).chmod(0o644)

    @classmethod
    def load(cls, folder: Path, dim: int) -> Calibration:
        """Read the calibration of a matcher folder, whose embeddings have D = `dim` values.

        Raises:
            TwobranchError: if it is damaged.
        """
        evidences = validated(Evidences, read_json(folder / DESCRIPTION, "the calibration"), str(folder / DESCRIPTION))
        try:
            found = load_file(folder / REFERENCES)
            references = [np.asarray(found[name], np.float32) for name in ("images", "sentences")]
            for one in references:
                if one.ndim != 2 or not len(one) or one.shape[1] != dim or not np.isfinite(one).all():
                    raise ValueError(f"no finite embeddings of {dim} values, shape {one.shape}")
            return cls(evidences, *references)
        except Exception as error:  # a damaged header fails in many ways
            raise TwobranchError(
                str(folder / REFERENCES), "must hold the reference embeddings", found=str(error), remedy="Restore it."
            ) from None


def at_prior(ratios: Floats, prior: float) -> Floats:
    """Bayes' rule: log-likelihood ratios of any shape to probabilities at a prior.

    Raises:
        TwobranchError: if the prior is not between 0 and 1.

    Example:
        >>> at_prior(np.log(np.float32([1.0, 9.0])), prior=0.1)
        array([0.1, 0.5], dtype=float32)
    """
    if not 0 < prior < 1:
        raise TwobranchError("prior", "must be between 0 and 1", found=prior, remedy="0.5 judges a pair on its own.")
    logits = ratios.astype(np.float64) + np.log(prior / (1 - prior))
    probabilities: Floats = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
    return probabilities


def any_match(ratios: Floats, prior: float, counts: Rows | None = None) -> Floats:
    """Probability that a gallery holds a match of a query.

    If it holds one (with probability `prior` before looking), every item is as likely to be it. Then the odds
    are those of the prior times the mean likelihood ratio of the items.

    Args:
        ratios: (Q, N) log-likelihood ratios of Q queries with all N items of the gallery; minus infinity for an
            item that is not in it.
        prior: probability, before looking, that the gallery holds a match.
        counts: (Q,) number of items in the gallery of each query; N where it is left out.

    Returns:
        (Q,) float32.

    Example:
        >>> any_match(np.log(np.float32([[9.0, 0.5, 0.5, 2.0]])), prior=0.5)
        array([0.75], dtype=float32)
    """
    top = ratios.max(1)
    total = np.log(np.exp(ratios - top[:, None]).sum(1)) + top  # relative to the best item, so nothing overflows
    return at_prior(total - np.log(ratios.shape[1] if counts is None else counts), prior)


def _mean_of_best(scores: Floats) -> Floats:
    """Mean of the ten best of each row: (N, M) -> (N,)."""
    means: Floats = np.partition(scores, -min(BEST, scores.shape[1]), axis=1)[:, -BEST:].mean(1)
    return means
