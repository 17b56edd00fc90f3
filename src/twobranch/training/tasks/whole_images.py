"""Matching whole images with sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from twobranch.evaluation.evaluate import embedded, evaluate_retrieval
from twobranch.evaluation.judging import Embedded
from twobranch.evaluation.reports.retrieval import write_matcher_report
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.matcher.matcher import Matcher
from twobranch.models import TrainingNetwork
from twobranch.training.calibration import cross_fitted_report, fit_calibration, reference_rows
from twobranch.training.data import SplitData
from twobranch.training.encoding import Encoded
from twobranch.training.recipe import Recipe
from twobranch.training.tuned import MovingFeatures
from twobranch.training.validation import MatcherValidation


class WholeImageTask:
    """Retrieval of images by sentences and of sentences by images."""

    def data(self, recipe: Recipe, encoded: Encoded[CorpusFeatures]) -> SplitData:
        """Images and sentences, which match where they share a group."""
        return SplitData.of(encoded.train, encoded.image_encoder, encoded.sentence_encoder)

    def validation(
        self,
        recipe: Recipe,
        matcher: Matcher,
        network: TrainingNetwork,
        encoded: Encoded[CorpusFeatures],
        device: torch.device,
    ) -> MatcherValidation:
        """Retrieval on the validation split."""
        val = MovingFeatures(encoded, network, recipe, device)
        return MatcherValidation(matcher, network, encoded.val.corpus, val, recipe.selection.images, recipe.seed)

    def evaluate(self, matcher: Matcher, encoded: Encoded[CorpusFeatures]) -> dict[str, Any]:
        """Retrieval in both directions."""
        return evaluate_retrieval(matcher, encoded.val, split="val")

    def before(self, matcher: Matcher, encoded: Encoded[CorpusFeatures]) -> dict[str, Any] | None:
        """The same; None for a pair scorer, for which it would take longer than the training."""
        return None if matcher.scores_pairs else self.evaluate(matcher, encoded)

    def calibrated(
        self, matcher: Matcher, encoded: Encoded[CorpusFeatures], seed: int
    ) -> tuple[Matcher, dict[str, Any]]:
        """Probability of a pair; a pair scorer has none, for evidence is measured on embeddings."""
        if matcher.scores_pairs:
            return matcher, {}
        features = encoded.val
        corpus = features.corpus
        val = Embedded(*embedded(matcher, features), corpus.image_groups, corpus.sentence_groups)
        images, sentences = encoded.train.images, encoded.train.sentences
        drawn = reference_rows(images.shape[0], sentences.shape[0], seed)
        references = (
            matcher.embed_image_features(images[drawn[0]]),
            matcher.embed_sentence_features(sentences[drawn[1]]),
        )
        calibration = fit_calibration(val, *references, seed)
        return replace(matcher, calibration=calibration), cross_fitted_report(val, *references, seed)

    def write_report(
        self, path: Any, matcher: Matcher, encoded: Encoded[CorpusFeatures], metrics: Mapping[str, Any], **about: Any
    ) -> None:
        """Retrieval, with a gallery of queries."""
        write_matcher_report(path, matcher, encoded.val, metrics, **about)

    def summary(self, metrics: Mapping[str, Any]) -> str:
        """Its rsum."""
        return f"rsum {metrics['rsum']:.1f}"
