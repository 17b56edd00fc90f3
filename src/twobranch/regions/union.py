"""Several kinds of proposals together, without near duplicates, in an order that uses a small budget well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from twobranch.config import Choice, Config
from twobranch.errors import TwobranchError
from twobranch.features.decoding import ImageSource
from twobranch.features.encoder import identity_of
from twobranch.regions.box_file import BoxFileConfig
from twobranch.regions.boxes import nms, union_of_pairs
from twobranch.regions.centers import CentersConfig
from twobranch.regions.coverage import by_coverage
from twobranch.regions.edge_boxes import EdgeBoxesConfig
from twobranch.regions.phrase_boxes import PhraseBoxes
from twobranch.regions.proposer import Boxes, Proposer, ProposerConfig
from twobranch.regions.selective_search import SelectiveSearchConfig
from twobranch.regions.whole import WholeConfig

SINGLE: dict[str, type[ProposerConfig]] = {
    "selective-search": SelectiveSearchConfig,
    "edge-boxes": EdgeBoxesConfig,
    "centers": CentersConfig,
    "whole": WholeConfig,
    "file": BoxFileConfig,
}
"""The kinds of proposals that a union can hold."""

Single = Annotated[ProposerConfig, Choice(ProposerConfig, "proposals", SINGLE)]


class Pairs(Config):
    """Two boxes of a part together, as a phrase means them that names several things."""

    among: int = Field(default=40, ge=2, description="the first boxes of the part, which are joined two by two")
    weight: float = Field(default=0.5, gt=0, description="as that of a part")
    apart: float = Field(default=0.1, ge=0, lt=1, description="largest IoU of two boxes that are joined")


class Part(Config):
    """One kind of proposals in a union."""

    of: Single = Field(description="the kind, with its own budget")
    weight: float = Field(
        default=1.0, gt=0, description="how likely its boxes are what is asked for, beside the others"
    )
    pairs: Pairs | None = Field(default=None, description="its boxes two by two, beside the single ones")


PARTS = (
    Part(of=SelectiveSearchConfig(budget=2000), weight=0.75),
    Part(of=CentersConfig(budget=500), weight=0.25),
)


class UnionConfig(ProposerConfig):
    """Several kinds of proposals together."""

    parts: tuple[Part, ...] = Field(default=PARTS, min_length=1, description="the kinds that are joined")
    overlap: float = Field(default=0.9, gt=0, le=1, description="of two boxes with a larger IoU one is dropped")

    def load(self) -> Union:
        """The proposer; not fitted where one of its parts is not.

        Raises:
            TwobranchError: if a file or a package that a part needs is missing.
        """
        return Union(self)


class Union:
    """Proposes the boxes of its parts, those first that cover the most of what all parts propose.

    A box of any part may be what is asked for, so all of them are hypotheses (`coverage.py`); the boxes of a part share
    its weight. The pairs of a part's boxes are another part, made of what the part has found.

    Args:
        options: the parts, and how many boxes.

    Raises:
        TwobranchError: if two parts that learn would write the same file, or a part cannot be loaded.
    """

    name = "union"

    def __init__(self, options: UnionConfig | None = None) -> None:
        self.options = options or UnionConfig()
        self.budget = self.options.budget
        self.parts: list[Proposer] = [part.of.load() for part in self.options.parts]
        self.fitted = any(part.fitted for part in self.parts)
        # What is not cached only because it costs nothing may be: its identity says what it has learned.
        self.cached = not any(part.name == "file" for part in self.parts)
        learning = [part.name for part in self.parts if part.fitted]
        if len(set(learning)) < len(learning):
            raise TwobranchError(
                "proposals union", "a kind that learns is in it once", found=learning, remedy="Join them with a budget."
            )

    @property
    def identity(self) -> str:
        """SHA-256 over the options and the identities of the parts."""
        parts = [part.identity for part in self.parts]
        return identity_of(name=self.name, identities=parts, **self.options.model_dump(mode="json", exclude_none=True))

    def propose(self, image: ImageSource) -> Boxes:
        """The boxes (R, 4) of all parts."""
        found: list[tuple[Boxes, float]] = []
        for part, proposer in zip(self.options.parts, self.parts, strict=True):
            single = proposer.propose(image)
            found.append((single, part.weight))
            if part.pairs:
                found.append((union_of_pairs(single[: part.pairs.among], part.pairs.apart), part.pairs.weight))
        boxes = np.concatenate([some for some, _ in found])
        weights = np.concatenate([np.full(len(some), weight / max(len(some), 1)) for some, weight in found])
        different = boxes[nms(boxes, self.options.overlap)]
        chosen: Boxes = by_coverage(different, boxes, weights, self.budget)
        return chosen

    def fit(self, training: PhraseBoxes) -> None:
        """Fit the parts that learn."""
        for part in self.parts:
            part.fit(training)

    def save(self, folder: Path) -> None:
        """Write what the parts have learned."""
        for part in self.parts:
            part.save(folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        for part in self.parts:
            part.load(folder)
