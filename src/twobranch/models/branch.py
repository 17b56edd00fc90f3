"""The branch: a small network from a frozen feature to the common embedding space."""

from __future__ import annotations

from abc import abstractmethod
from itertools import pairwise
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from twobranch.config import Config
from twobranch.models.dropout import Dropout
from twobranch.models.sparse_linear import sparse_linear

Reads = Literal["vector", "tokens"]
"""What a branch takes in: feature vectors (N, F) float32, or token ids (N, T) int64 with 0 as padding."""

Output = Literal["linear", "rectified"]
"""What follows the last layer of a branch: nothing, or batch normalization and, in training, ReLU."""


class BranchConfig(Config):
    """The base of all branches: options are fields, `build` makes the module."""

    reads: ClassVar[Reads] = "vector"
    has_weights: ClassVar[bool] = True
    """Whether there is anything in it to train."""

    @abstractmethod
    def build(self, input_size: int, output_size: int) -> nn.Module:
        """The module that maps what it reads to (N, output_size).

        Args:
            input_size: length F of a feature, or size V of the vocabulary where it reads tokens.
            output_size: dimension D of the embedding.
        """


class MLP(BranchConfig):
    """Fully connected layers with batch normalization, ReLU and dropout between them.

    The defaults are the two-layer branch of Wang et al. 2019: input -> 2048 -> D (methods.md 1.1 [C]);
    `hidden: []` is the linear branch. The last layer is bare.
    """

    hidden: tuple[int, ...] = Field(
        default=(2048,), description="sizes of the hidden layers; empty for a linear branch"
    )
    dropout: float = Field(default=0.5, ge=0, lt=1, description="share of hidden units dropped in training")
    input_dropout: float = Field(default=0.0, ge=0, lt=1, description="share of input values dropped in training")
    standardize: bool = Field(
        default=True, description="scale each input to zero mean and unit variance over the training split"
    )
    output: Output = Field(
        default="linear",
        description="what follows the last layer: nothing (linear), or batch normalization and, in training, ReLU"
        " (rectified), as in the dual path",
    )

    def build(self, input_size: int, output_size: int) -> nn.Module:
        """A `Branch` of these layers."""
        layers: list[nn.Module] = [Dropout(self.input_dropout)] if self.input_dropout else []
        layers += fully_connected((input_size, *self.hidden), self.dropout, output_size, self.output)
        initialize(layers)
        return Branch(Standardize(input_size) if self.standardize else nn.Identity(), nn.Sequential(*layers))


def after_hidden(size: int, dropout: float) -> list[nn.Module]:
    """What follows each hidden layer of this size."""
    # PyTorch's default momentum: the official TF value would keep the last batch's statistics only (methods.md 1.1).
    return [nn.BatchNorm1d(size), nn.ReLU(inplace=True), Dropout(dropout)]


def fully_connected(
    sizes: tuple[int, ...], dropout: float, output_size: int, output: Output = "linear"
) -> list[nn.Module]:
    """Hidden layers from each size to the next, and a last layer to the output."""
    layers: list[nn.Module] = []
    for size, hidden in pairwise(sizes):
        layers += [nn.Linear(size, hidden), *after_hidden(hidden, dropout)]
    if output == "rectified":
        return [*layers, nn.Linear(sizes[-1], output_size, bias=False), RectifiedOutput(output_size)]
    return [*layers, nn.Linear(sizes[-1], output_size)]


def initialize(layers: list[nn.Module]) -> None:
    """Xavier-uniform weights and zero biases, as the official code's framework does (methods.md 1.1)."""
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class RectifiedOutput(nn.Module):
    """Batch normalization, then ReLU in training; in use the value before the ReLU is the feature.

    So the official code of the dual path trains and tests (methods.md 4.5 [C]).

    Args:
        size: D.

    Example:
        >>> output = RectifiedOutput(1)
        >>> output(torch.tensor([[-1.0], [1.0]])).min().item(), output.eval()(torch.tensor([[-1.0]])).item() < 0
        (0.0, True)
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.normalization = nn.BatchNorm1d(size)

    def forward(self, values: Tensor) -> Tensor:
        """(N, D) -> (N, D)."""
        normalized: Tensor = self.normalization(values)
        return torch.relu(normalized) if self.training else normalized


class Standardize(nn.Module):
    """(x - mean) / deviation with statistics of the training split, which `fit` measures once."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("deviation", torch.ones(size))

    def fit(self, features: Tensor) -> None:
        """Measure the statistics.

        Args:
            features: (N, F) float32, of training items only; they may be sparse.
        """
        mean, deviation = _moments(features)
        self.mean.copy_(mean)
        # A feature that never varies says nothing; dividing by one keeps it at zero.
        self.deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation)))

    def forward(self, features: Tensor) -> Tensor:
        """(N, F) -> (N, F)."""
        return (features - self.mean) / self.deviation


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each column of (N, F) features."""
    if features.layout == torch.strided:
        return features.mean(0), features.std(0, unbiased=False)
    exact = features.double()  # a difference of squares, of which float32 would leave few digits
    mean, squares = ((values.sum(0) / len(features)).to_dense() for values in (exact, exact * exact))
    return mean, (squares - mean.square()).clamp_min(0).sqrt()


class Branch(nn.Module):
    """Input scaling, then layers."""

    def __init__(self, scaling: nn.Module, layers: nn.Sequential) -> None:
        super().__init__()
        self.scaling = scaling
        self.layers = layers

    def fit(self, features: Tensor) -> None:
        """Measure what is not learned by gradient: the input statistics of (N, F) training features."""
        if isinstance(self.scaling, Standardize):
            self.scaling.fit(features)

    def forward(self, features: Tensor) -> Tensor:
        """(N, F) -> (N, D), not normalized; the features may be sparse."""
        first = self.layers[0]
        if features.layout == torch.strided:
            result: Tensor = self.layers(self.scaling(features))
        elif isinstance(first, nn.Linear):
            scale = (self.scaling.mean, self.scaling.deviation) if isinstance(self.scaling, Standardize) else ()
            result = self.layers[1:](sparse_linear(first, features, *scale))
        else:  # dropout of input values, which after the scaling are not zero any more
            result = self.layers(self.scaling(features.to_dense()))
        return result
