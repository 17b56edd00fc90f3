"""The head of the similarity network: from two embeddings to one score of the pair."""

from __future__ import annotations

from abc import abstractmethod

from pydantic import Field
from torch import Tensor, nn

from twobranch.config import Config
from twobranch.models.branch import initialize


class HeadConfig(Config):
    """The base of all heads: options are fields, `build` makes the module."""

    @abstractmethod
    def build(self, size: int) -> nn.Module:
        """The module that maps image embeddings (P, D) and sentence embeddings (P, D) to logits (P,)."""


class ProductMLP(HeadConfig):
    """The element-wise product of the two embeddings, then fully connected layers down to one logit.

    The similarity network of Wang et al. 2019: its abstract for the product and the regression of a score; layers as
    in the code that descends from it, FC + BN + ReLU twice and FC -> 1 (methods.md 1.4 [C2]), with D in place of its
    1024. The sigmoid of the logit is the probability of a match among the pairs that training drew.
    """

    hidden: tuple[int, ...] = Field(default=(512, 256), min_length=1, description="sizes of the hidden layers")

    def build(self, size: int) -> nn.Module:
        """A `ProductHead` of these layers."""
        layers: list[nn.Module] = []
        for hidden in self.hidden:
            layers += [nn.Linear(size, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True)]
            size = hidden
        layers.append(nn.Linear(size, 1))
        initialize(layers)
        return ProductHead(nn.Sequential(*layers))


class ProductHead(nn.Module):
    """Layers on the product of two embeddings."""

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, images: Tensor, sentences: Tensor) -> Tensor:
        """(P, D) image embeddings and (P, D) sentence embeddings -> (P,) logits."""
        # Unit vectors have entries of the order of 1 / sqrt(D); their product times D is of the order of one.
        product = images * sentences * images.shape[1]
        logits: Tensor = self.layers(product)[:, 0]
        return logits
