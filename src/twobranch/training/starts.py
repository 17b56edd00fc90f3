"""Starts: the weights that a network has before its first stage."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
from pydantic import Field
from torch import nn

from twobranch.config import Config
from twobranch.errors import TwobranchError
from twobranch.models import Network
from twobranch.models.branch import Branch
from twobranch.models.cca import canonical_directions
from twobranch.training.data import SplitData

PAIRS = 50_000
"""Matching pairs from which canonical directions are measured, at most."""


class Start(Config):
    """The base of all starts."""

    @abstractmethod
    def apply(self, network: Network, train: SplitData, seed: int) -> None:
        """Set the weights of a network whose input statistics are measured."""


class RandomStart(Start):
    """The random weights that the network was built with."""

    def apply(self, network: Network, train: SplitData, seed: int) -> None:
        """Change nothing."""


class CanonicalCorrelation(Start):
    """Linear branches by canonical correlation analysis: closed form, no gradient.

    The classic baseline of image-sentence matching, regularized, with each direction scaled by a power of its
    correlation (Hotelling 1936; Gong et al. 2014, whose power is 4). With `stages: []` it is the whole training.
    """

    regularization: float = Field(
        default=1e-2, gt=0, description="added to the diagonals of both covariances, in units of their mean"
    )
    power: float = Field(default=4.0, ge=0, description="power of the correlation that scales a direction")

    def apply(self, network: Network, train: SplitData, seed: int) -> None:
        """Set both branches.

        Raises:
            TwobranchError: if a branch is not linear, or D is larger than a feature.
        """
        layers = [
            _linear(side["branch"], name) for side, name in ((network.image, "image"), (network.sentence, "sentence"))
        ]
        pairs = np.arange(len(train.sentence_images))
        if len(pairs) > PAIRS:
            pairs = np.sort(np.random.default_rng(seed).choice(len(pairs), PAIRS, replace=False))
        with torch.no_grad():
            x, y = (
                side["branch"].scaling(torch.from_numpy(np.asarray(rows, dtype=np.float32)))
                for side, rows in (
                    (network.image, train.images.features[train.sentence_images[pairs]]),
                    (network.sentence, train.sentences.features[pairs]),
                )
            )
            dimensions = layers[0].out_features
            for layer, name in zip(layers, ("image", "sentence"), strict=True):
                if layer.in_features < dimensions:
                    raise TwobranchError(
                        "start: canonical-correlation",
                        f"model.embedding can be at most the length of the {name} feature, {layer.in_features}",
                        found=dimensions,
                        remedy=f"Set model.embedding={layer.in_features}.",
                    )
            found = canonical_directions(x, y, dimensions, self.regularization)
            for layer, directions, mean in zip(layers, found[:2], (x.mean(0), y.mean(0)), strict=True):
                weight = (directions * found.correlations**self.power).T  # (D, F)
                layer.weight.copy_(weight)
                layer.bias.copy_(-weight @ mean)


def _linear(branch: nn.Module, side: str) -> nn.Linear:
    layers = list(branch.layers) if isinstance(branch, Branch) else []
    if len(layers) != 1 or not isinstance(layers[0], nn.Linear):
        raise TwobranchError(
            "start: canonical-correlation",
            f"needs a linear {side} branch",
            remedy="Write branch: {branch: mlp, hidden: []} on both sides.",
        )
    return layers[0]


STARTS: dict[str, type[Start]] = {"random": RandomStart, "canonical-correlation": CanonicalCorrelation}
"""The name of each start in a recipe."""
