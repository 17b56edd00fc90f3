"""What differs between matching whole images and matching regions, outside of the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

from twobranch.matcher.matcher import Matcher
from twobranch.models import TrainingNetwork
from twobranch.training.data import TrainingData
from twobranch.training.encoding import Encoded
from twobranch.training.loop import Validation
from twobranch.training.recipe import Recipe


class Task(Protocol):
    """One kind of matching."""

    def data(self, recipe: Recipe, encoded: Encoded[Any]) -> TrainingData:
        """The training split in the form that batches are made of."""
        ...

    def validation(
        self, recipe: Recipe, matcher: Matcher, network: TrainingNetwork, encoded: Encoded[Any], device: torch.device
    ) -> Validation:
        """What measures the network on the validation split while it is trained.

        Args:
            recipe: the recipe.
            matcher: holds the network.
            network: the same network with the classifiers of the training.
            encoded: both splits.
            device: where the network stands.
        """
        ...

    def evaluate(self, matcher: Matcher, encoded: Encoded[Any]) -> dict[str, Any]:
        """The document of the validation split, as `twobranch evaluate --json` prints it."""
        ...

    def before(self, matcher: Matcher, encoded: Encoded[Any]) -> dict[str, Any] | None:
        """The same before training; None where it would take longer than the training."""
        ...

    def calibrated(self, matcher: Matcher, encoded: Encoded[Any], seed: int) -> tuple[Matcher, dict[str, Any]]:
        """The matcher with a calibration fitted on the validation split, and how well one predicts, cross-fitted."""
        ...

    def write_report(
        self,
        path: Path,
        matcher: Matcher,
        encoded: Encoded[Any],
        metrics: Mapping[str, Any],
        *,
        title: str,
        facts: Mapping[str, str],
        before: Mapping[str, Any] | None,
        history: Sequence[Mapping[str, Any]],
    ) -> None:
        """Write the report of the validation split."""
        ...

    def summary(self, metrics: Mapping[str, Any]) -> str:
        """The figure of a document that matters most, in words."""
        ...
