"""The network while it is trained: the matcher's, and the classifiers that only training needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field
from torch import nn

from twobranch.config import Config
from twobranch.features.trainable import Trainable
from twobranch.models.group_classifier import GroupClassifier, GroupClassifierConfig
from twobranch.models.modality_classifier import ModalityClassifier, ModalityClassifierConfig
from twobranch.models.network import Network

SideName = Literal["image", "sentence"]
"""The sides of a matcher."""


class Classifiers(Config):
    """The networks that a recipe trains beside the matcher and leaves behind; a step names those it trains."""

    group: GroupClassifierConfig | None = Field(
        default=None, description="over the groups of the training split, for instance loss; part group_classifier"
    )
    modality: ModalityClassifierConfig | None = Field(
        default=None, description="image or sentence, for adversarial losses; part modality_classifier"
    )

    def build(
        self, matching: Network, size: int, groups: int, encoders: Mapping[SideName, Trainable] | None = None
    ) -> TrainingNetwork:
        """The matcher's network with its classifiers.

        Args:
            matching: the network of the matcher.
            size: dimension D of an embedding.
            groups: number of groups of the training split.
            encoders: of the sides on which a stage enters there.
        """
        return TrainingNetwork(
            matching,
            None if self.group is None else self.group.build(size, groups),
            None if self.modality is None else self.modality.build(size),
            encoders,
        )


class TrainingNetwork(nn.Module):
    """The parts that the stages of a recipe train.

    Args:
        matching: the network that becomes the matcher.
        group_classifier: D -> groups.
        modality_classifier: D -> 1.
        encoders: from what a batch holds of a side to its features; only of the sides on which a stage enters there.
            What becomes of their weights is not part of the matcher's network, but makes the matcher's encoders.

    Example:
        >>> matching = Network(nn.Linear(3, 2), nn.Linear(5, 2), "cosine")
        >>> Classifiers(modality=ModalityClassifierConfig()).build(matching, size=2, groups=9).part_names()
        ['image.branch', 'sentence.branch', 'modality_classifier']
    """

    def __init__(
        self,
        matching: Network,
        group_classifier: GroupClassifier | None = None,
        modality_classifier: ModalityClassifier | None = None,
        encoders: Mapping[SideName, Trainable] | None = None,
    ) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict({str(side): encoder for side, encoder in (encoders or {}).items()})
        self.matching = matching
        self.group_classifier = group_classifier
        self.modality_classifier = modality_classifier

    def encoder(self, side: SideName) -> Trainable:
        """The encoder of a side: what a batch holds of it -> (N, F)."""
        module = self.encoders[side]
        assert isinstance(module, Trainable)
        return module

    def branch(self, side: SideName) -> nn.Module:
        """The branch of a side: features, or token ids, -> (N, D), not normalized."""
        sides = {"image": self.matching.image, "sentence": self.matching.sentence}
        return sides[side]["branch"]

    def part(self, name: str) -> nn.Module:
        """A part by its name in a recipe, for example `image.branch`."""
        return self._parts()[name]

    def part_names(self) -> list[str]:
        """The names of all parts that a step may train."""
        return list(self._parts())

    def _parts(self) -> dict[str, nn.Module]:
        own = {"group_classifier": self.group_classifier, "modality_classifier": self.modality_classifier}
        return {
            **{name: self.matching.part(name) for name in self.matching.part_names()},
            **{f"{side}.encoder": encoder for side, encoder in self.encoders.items()},
            **{name: module for name, module in own.items() if module is not None},
        }
