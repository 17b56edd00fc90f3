"""What a training of regions measures on the validation split."""

from __future__ import annotations

from typing import Any

import numpy as np

from twobranch.evaluation.localize import evaluate_localization
from twobranch.matcher.matcher import Matcher
from twobranch.regions.corpus_regions import CorpusRegions
from twobranch.training.recipe import Stage

MEASURED = ("R@1", "R@5", "R@10", "upper_bound")


class RegionValidation:
    """Measures the matcher whose network is being trained.

    Args:
        matcher: holds the network.
        val: the validation split.
        images: how many images are measured after an epoch; None for all.
        seed: draws them.
    """

    def __init__(self, matcher: Matcher, val: CorpusRegions, images: int | None, seed: int) -> None:
        self._matcher, self._val = matcher, val
        drawn = np.random.default_rng(seed).permutation(np.unique(val.asked.images))
        self._images = np.sort(drawn[:images])

    def after_epoch(self, stage: Stage) -> dict[str, float]:
        """Localization on the images that are measured."""
        return self._measured(self._images)

    def after_stage(self, stage: Stage) -> dict[str, float]:
        """Localization on the whole split."""
        return self._measured(None)

    def _measured(self, images: Any) -> dict[str, float]:
        found = evaluate_localization(self._matcher, self._val, split="val", images=images, bootstrap=0)
        return {name: found[name] for name in MEASURED}
