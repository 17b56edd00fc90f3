"""The training split of a matcher of regions: its two sides are regions and phrases, and their relation is overlap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from twobranch.losses import Masks
from twobranch.training.inputs import Side
from twobranch.training.overlap import Overlap, OverlapMasks
from twobranch.training.samplers import RegionsOfPhrases, Rows


@dataclass(frozen=True)
class RegionData:
    """A split, encoded; what `SplitData` is for whole images.

    Attributes:
        images: the side of the regions; their groups are the images that they are in.
        sentences: the side of the phrases, of the same groups.
        drawn_from: regions, phrases and where they are.
        overlap: when a region matches a phrase.
        text_codes: (P,) int64, equal codes are equal phrases.
    """

    images: Side
    sentences: Side
    drawn_from: RegionsOfPhrases
    overlap: Overlap
    text_codes: NDArray[np.int64]

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """The group codes that occur, sorted."""
        return np.unique(np.concatenate([self.images.groups, self.sentences.groups]))

    @property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Matching pairs: each phrase with its own box."""
        return self.drawn_from.own, np.arange(len(self.text_codes))

    def masks(self, rows: Rows, device: torch.device) -> Masks:
        """The relations of a batch."""
        table, phrases = self.drawn_from.table, rows.sentences
        return OverlapMasks(
            self.overlap,
            table.boxes[rows.images],
            table.images[rows.images],
            self.drawn_from.boxes[phrases],
            self.drawn_from.images[phrases],
            self.text_codes[phrases],
            device,
        )
