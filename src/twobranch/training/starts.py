"""Starts: the weights that a network has before its first stage."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from twobranch.config import Config
from twobranch.errors import TwobranchError
from twobranch.models import Network
from twobranch.models.branch import Branch
from twobranch.models.cca import canonical_directions
from twobranch.training.data import TrainingData

PAIRS = 50_000
"""Matching pairs from which canonical directions are measured, at most."""


class Start(Config):
    """The base of all starts."""

    @abstractmethod
    def apply(self, network: Network, train: TrainingData, seed: int) -> None:
        """Set the weights of a network whose input statistics are measured."""


class RandomStart(Start):
    """The random weights that the network was built with."""

    def apply(self, network: Network, train: TrainingData, seed: int) -> None:
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

    def apply(self, network: Network, train: TrainingData, seed: int) -> None:
        """Set both branches.

        Raises:
            TwobranchError: if a branch is not linear, or D is larger than a feature.
        """
        (scale_x, layer_x), (scale_y, layer_y) = (
            _linear(side["branch"], name) for side, name in ((network.image, "image"), (network.sentence, "sentence"))
        )
        dimensions = layer_x.out_features
        for layer, name in ((layer_x, "image"), (layer_y, "sentence")):
            if layer.in_features < dimensions:
                raise TwobranchError(
                    "start: canonical-correlation",
                    f"model.embedding can be at most the length of the {name} feature, {layer.in_features}",
                    found=dimensions,
                    remedy=f"Set model.embedding={layer.in_features}.",
                )
        images, sentences = train.pairs
        if len(images) > PAIRS:
            drawn = np.sort(np.random.default_rng(seed).choice(len(images), PAIRS, replace=False))
            images, sentences = images[drawn], sentences[drawn]
        with torch.no_grad():
            x = scale_x(_tensor(train.images.features[images]))
            y = scale_y(_tensor(train.sentences.features[sentences]))
            found = canonical_directions(x, y, dimensions, self.regularization)
            for layer, directions, mean in ((layer_x, found.x, x.mean(0)), (layer_y, found.y, y.mean(0))):
                layer.weight.copy_((directions * found.correlations**self.power).T)  # (D, F)
                layer.bias.copy_(-layer.weight @ mean)


def _tensor(rows: Any) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(rows, dtype=np.float32))


def _linear(branch: nn.Module, side: str) -> tuple[nn.Module, nn.Linear]:
    """Scaling and layer of a branch that is linear."""
    if isinstance(branch, Branch) and len(branch.layers) == 1:
        layer = branch.layers[0]
        if isinstance(layer, nn.Linear):
            return branch.scaling, layer
    raise TwobranchError(
        "start: canonical-correlation",
        f"needs a linear {side} branch",
        remedy="Write branch: {branch: mlp, hidden: []} on both sides.",
    )


STARTS: dict[str, type[Start]] = {"random": RandomStart, "canonical-correlation": CanonicalCorrelation}
"""The name of each start in a recipe."""
