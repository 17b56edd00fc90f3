"""The network while it is trained: the matcher's, and the classifiers that only training needs."""

from __future__ import annotations

from pydantic import Field
from torch import nn

from twobranch.config import Config
from twobranch.models.group_classifier import GroupClassifier, GroupClassifierConfig
from twobranch.models.modality_classifier import ModalityClassifier, ModalityClassifierConfig
from twobranch.models.network import Network


class Classifiers(Config):
    """The networks that a recipe trains beside the matcher and leaves behind; a step names those it trains."""

    group: GroupClassifierConfig | None = Field(
        default=None, description="over the groups of the training split, for instance loss; part group_classifier"
    )
    modality: ModalityClassifierConfig | None = Field(
        default=None, description="image or sentence, for adversarial losses; part modality_classifier"
    )

    def build(self, matching: Network, size: int, groups: int) -> TrainingNetwork:
        """The matcher's network with its classifiers.

        Args:
            matching: the network of the matcher.
            size: dimension D of an embedding.
            groups: number of groups of the training split.
        """
        return TrainingNetwork(
            matching,
            None if self.group is None else self.group.build(size, groups),
            None if self.modality is None else self.modality.build(size),
        )


class TrainingNetwork(nn.Module):
    """The parts that the stages of a recipe train.

    Args:
        matching: the network that becomes the matcher.
        group_classifier: D -> groups.
        modality_classifier: D -> 1.

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
    ) -> None:
        super().__init__()
        self.matching = matching
        self.group_classifier = group_classifier
        self.modality_classifier = modality_classifier

    def part(self, name: str) -> nn.Module:
        """A part by its name in a recipe, for example `image.branch`."""
        return self.matching.part(name) if name in self.matching.part_names() else self.get_submodule(name)

    def part_names(self) -> list[str]:
        """The names of all parts that a step may train."""
        own = ("group_classifier", "modality_classifier")
        return self.matching.part_names() + [name for name in own if getattr(self, name) is not None]
