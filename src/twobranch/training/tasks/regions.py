"""Matching regions of images with phrases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from twobranch.corpus.corpus import text_codes
from twobranch.evaluation.localize import evaluate_localization
from twobranch.evaluation.reports.localization import write_localization_report
from twobranch.matcher.matcher import Matcher
from twobranch.models import TrainingNetwork
from twobranch.regions.corpus_regions import CorpusRegions
from twobranch.training.encoding import Encoded
from twobranch.training.inputs import Side
from twobranch.training.recipe import Recipe
from twobranch.training.region_calibration import answers, cross_fitted_region_report, fit_region_calibration
from twobranch.training.region_data import RegionData
from twobranch.training.region_validation import RegionValidation
from twobranch.training.samplers import RegionsOfPhrases


class RegionTask:
    """Localization of phrases."""

    def data(self, recipe: Recipe, encoded: Encoded[CorpusRegions]) -> RegionData:
        """Regions and phrases, which match where their boxes overlap enough."""
        train = encoded.train
        drawn_from = RegionsOfPhrases(train.table, train.asked.images, train.boxes, recipe.overlap.match)
        phrases = train.asked.texts
        return RegionData(
            Side(train.corpus.image_paths, train.images, train.table.images, encoded.image_encoder),
            Side(phrases, train.sentences, train.asked.images, encoded.sentence_encoder),
            drawn_from,
            recipe.overlap,
            text_codes(phrases),
        )

    def validation(
        self,
        recipe: Recipe,
        matcher: Matcher,
        network: TrainingNetwork,
        encoded: Encoded[CorpusRegions],
        device: torch.device,
    ) -> RegionValidation:
        """Localization on the validation split."""
        return RegionValidation(matcher, encoded.val, recipe.selection.images, recipe.seed)

    def evaluate(self, matcher: Matcher, encoded: Encoded[CorpusRegions]) -> dict[str, Any]:
        """Localization, with the union of a phrase's boxes as its ground truth."""
        return evaluate_localization(matcher, encoded.val, split="val")

    def before(self, matcher: Matcher, encoded: Encoded[CorpusRegions]) -> dict[str, Any] | None:
        """The same: a baseline of an untrained network."""
        return self.evaluate(matcher, encoded)

    def calibrated(
        self, matcher: Matcher, encoded: Encoded[CorpusRegions], seed: int
    ) -> tuple[Matcher, dict[str, Any]]:
        """Probability that a box is right."""
        found = answers(matcher, encoded.val)
        calibration = fit_region_calibration(found)
        return replace(matcher, region_calibration=calibration), cross_fitted_region_report(found, seed)

    def write_report(
        self, path: Any, matcher: Matcher, encoded: Encoded[CorpusRegions], metrics: Mapping[str, Any], **about: Any
    ) -> None:
        """Localization, with a gallery of right and wrong boxes."""
        write_localization_report(path, matcher, encoded.val, metrics, **about)

    def summary(self, metrics: Mapping[str, Any]) -> str:
        """Its R@1."""
        return f"R@1 {metrics['R@1']:.1f}"
