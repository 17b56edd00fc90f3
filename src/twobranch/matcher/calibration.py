"""Probabilities from scores: of a pair at a prior, and of a match somewhere in a gallery."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from twobranch.config import Config
from twobranch.errors import TwobranchError
from twobranch.files import read_json, write_json

Floats = NDArray[np.float32]
Rows = NDArray[np.integer]

DESCRIPTION, REFERENCES = "calibration.json", "calibration.safetensors"


class GalleryProbability(NamedTuple):
    """What a query's scores against a gallery mean.

    | field | shape | meaning |
    |---|---|---|
    | items | (Q, N) | probability that the item matches, given that at most one does |
    | any_match | (Q,) | probability that the gallery holds a match at all |
    """

    items: Floats
    any_match: Floats


class Evidence(Config):
    """A linear model of the log-likelihood ratio of match against non-match.

    The three features of a pair are its score, and the score's place among the scores of the image with
    reference sentences and of the sentence with reference images, in standard deviations.
    """

    intercept: float
    weights: tuple[float, float, float]


@dataclass(frozen=True)
class Calibration:
    """Turns scores into probabilities.

    A score alone says little: some sentences are near to every picture. So each side is measured against a
    reference set of the other side, drawn from the training split and kept here, and a logistic model fitted on
    the validation split makes a log-likelihood ratio of the score and its two places. Bayes' rule with a stated
    prior gives the probability.

    Attributes:
        evidence: the fitted model.
        reference_images: (M, D) embeddings of training images.
        reference_sentences: (M, D) embeddings of training sentences.
    """

    evidence: Evidence
    reference_images: Floats
    reference_sentences: Floats

    def log_likelihood_ratios(self, image_embeddings: Floats, sentence_embeddings: Floats) -> Floats:
        """The evidence of every pair: (N, D) and (M, D) -> (N, M)."""
        scores = image_embeddings @ sentence_embeddings.T  # (N, M)
        image_mean, image_deviation = self._image_moments(image_embeddings)
        sentence_mean, sentence_deviation = self._sentence_moments(sentence_embeddings)
        score, image_place, sentence_place = self.evidence.weights
        # One scale and one offset per image and per sentence: no (N, M) intermediate but the scores.
        scale = score + (image_place / image_deviation)[:, None] + (sentence_place / sentence_deviation)[None, :]
        offset = (image_place * image_mean / image_deviation)[:, None]
        offset = offset + (sentence_place * sentence_mean / sentence_deviation)[None, :]
        ratios: Floats = (scores * scale - offset + self.evidence.intercept).astype(np.float32)
        return ratios

    def pair_features(
        self, image_embeddings: Floats, sentence_embeddings: Floats, image: Rows, sentence: Rows
    ) -> NDArray[np.float64]:
        """The features that the evidence weighs, of P pairs given by their rows: (P, 3)."""
        scores = np.einsum("pd,pd->p", image_embeddings[image], sentence_embeddings[sentence], dtype=np.float64)
        columns = [scores]
        for rows, (mean, deviation) in (
            (image, self._image_moments(image_embeddings)),
            (sentence, self._sentence_moments(sentence_embeddings)),
        ):
            columns.append((scores - mean[rows]) / deviation[rows])
        return np.stack(columns, axis=1)

    def _image_moments(self, embeddings: Floats) -> tuple[Floats, Floats]:
        return _moments(embeddings @ self.reference_sentences.T)

    def _sentence_moments(self, embeddings: Floats) -> tuple[Floats, Floats]:
        return _moments(embeddings @ self.reference_images.T)

    def pair_probability(self, image_embeddings: Floats, sentence_embeddings: Floats, prior: float) -> Floats:
        """Probability that each pair matches, each judged on its own: (N, M).

        Args:
            image_embeddings: (N, D).
            sentence_embeddings: (M, D).
            prior: probability of a match before looking, between 0 and 1.

        Raises:
            TwobranchError: if the prior is not between 0 and 1.
        """
        return self.at_prior(self.log_likelihood_ratios(image_embeddings, sentence_embeddings), prior)

    @staticmethod
    def at_prior(ratios: Floats, prior: float) -> Floats:
        """Bayes' rule: log-likelihood ratios of any shape to probabilities at a prior.

        Raises:
            TwobranchError: if the prior is not between 0 and 1.

        Example:
            >>> Calibration.at_prior(np.log(np.float32([1.0, 9.0])), prior=0.1)
            array([0.1, 0.5], dtype=float32)
        """
        if not 0 < prior < 1:
            raise TwobranchError("prior", "must be between 0 and 1", found=prior, remedy="0.5 judges a pair on its own.")
        logits = ratios.astype(np.float64) + np.log(prior / (1 - prior))
        probabilities: Floats = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
        return probabilities

    @staticmethod
    def gallery_probability(ratios: Floats, prior: float = 0.5) -> GalleryProbability:
        """What the evidence of a query's whole gallery says.

        If the gallery holds a match (with probability `prior` before looking), every item is as likely to be it.
        Then the odds of a match are the mean likelihood ratio times the prior's odds, and the items share it.

        Args:
            ratios: (Q, N) log-likelihood ratios of Q queries with all N items.
            prior: probability, before looking, that a gallery holds a match.

        Example:
            >>> probability = Calibration.gallery_probability(np.log(np.float32([[9.0, 0.5, 0.5, 2.0]])))
            >>> probability.any_match
            array([0.75], dtype=float32)
            >>> probability.items.round(3)
            array([[0.562, 0.031, 0.031, 0.125]], dtype=float32)
        """
        count = ratios.shape[1]
        odds = prior / (1 - prior)
        top = ratios.max(1, keepdims=True)
        shares = np.exp(ratios - top)  # (Q, N) relative to the best item, so that nothing overflows
        # P(i) = odds·r_i/N / (1 + odds·mean r), both divided by exp(top).
        total = np.exp(-top) + odds * shares.sum(1, keepdims=True) / count
        items = (odds / count * shares / total).astype(np.float32)
        return GalleryProbability(items, items.sum(1))

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether a matcher folder holds a calibration."""
        return (folder / DESCRIPTION).exists()

    def save(self, folder: Path) -> None:
        """Write the calibration into a matcher folder that is being made."""
        write_json(folder / DESCRIPTION, self.evidence.model_dump(mode="json"))
        references = {"images": self.reference_images, "sentences": self.reference_sentences}
        save_file({name: np.ascontiguousarray(value) for name, value in references.items()}, folder / REFERENCES)

    @classmethod
    def load(cls, folder: Path) -> Calibration:
        """Read the calibration of a matcher folder.

        Raises:
            TwobranchError: if it is damaged.
        """
        from twobranch.config import validated

        evidence = validated(Evidence, read_json(folder / DESCRIPTION, "the calibration"), str(folder / DESCRIPTION))
        try:
            references = load_file(folder / REFERENCES)
            return cls(evidence, references["images"], references["sentences"])
        except (OSError, SafetensorError, KeyError) as error:
            raise TwobranchError(
                str(folder / REFERENCES), "must hold the reference embeddings", found=str(error), remedy="Restore it."
            ) from None


def _moments(scores: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each row."""
    return scores.mean(1), np.maximum(scores.std(1), 1e-6)

