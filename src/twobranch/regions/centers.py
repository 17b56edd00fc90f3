"""Typical boxes of the training split, the same for every picture: no cost per picture, and a strong baseline.

The boxes of the training phrases, as shares of width and height, are grouped by k-means. Of the centers those are
taken first that reach an IoU of 0.5 with the most training boxes that no earlier one reaches: what the upper bound of
localization counts. That beats as many k-means centers, which crowd where boxes are many, by several points.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from twobranch.errors import TwobranchError
from twobranch.features.decoding import ImageSource, image_size
from twobranch.features.encoder import identity_of
from twobranch.files import atomic_path, read_array
from twobranch.regions.boxes import area, as_boxes, iou
from twobranch.regions.coverage import coverage_order
from twobranch.regions.phrase_boxes import PhraseBoxes
from twobranch.regions.proposer import Boxes, ProposerConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = "centers.npy"
_REACH = 0.5  # the IoU at which localization counts a box as found


class CentersConfig(ProposerConfig):
    """Typical boxes of the training split, fitted."""

    candidates: int = Field(default=4000, ge=1, description="k-means centers that are chosen from")
    sample: int = Field(default=30_000, ge=1, description="training boxes that are looked at, at most")
    seed: int = Field(default=0, ge=0, description="of the sample and of k-means")

    def load(self) -> Centers:
        """The proposer, not fitted."""
        return Centers(self)


class Centers:
    """Proposes the same relative boxes in every picture.

    Args:
        options: how many boxes, and how they are chosen.
    """

    name = "centers"
    fitted = True
    cached = False

    def __init__(self, options: CentersConfig | None = None) -> None:
        self.options = options or CentersConfig()
        self.budget = self.options.budget
        self._centers = np.zeros((0, 4), np.float32)  # shares of width and height

    @property
    def identity(self) -> str:
        """SHA-256 over the boxes."""
        self._require_fitted()
        return identity_of(name=self.name, budget=self.budget, centers=self._centers.tolist())

    def fit(self, training: PhraseBoxes) -> None:
        """Choose boxes from those of the training split.

        Raises:
            TwobranchError: if there is none.
        """
        self.fit_relative(training.relative_unions())

    def fit_relative(self, boxes: NDArray[np.float32]) -> None:
        """Choose from boxes (P, 4) that are shares of width and height, 0 to 1."""
        boxes = boxes[area(boxes) > 0]
        if not len(boxes):
            raise TwobranchError(
                "proposals centers",
                "the training split holds at least one phrase with a box",
                found="none",
                remedy="Give boxes in the data, or use other proposals.",
            )
        chance = np.random.default_rng(self.options.seed)
        sample = boxes[chance.permutation(len(boxes))[: self.options.sample]]
        candidates = _centers(sample, self.options.candidates, self.options.seed)
        order = coverage_order(_reached(sample, candidates), np.ones(len(sample)), self.budget, [_REACH])
        self._centers = candidates[order]

    def propose(self, image: ImageSource) -> Boxes:
        """The boxes (R, 4) at the size of a picture."""
        self._require_fitted()
        width, height = image_size(image)
        return self._centers * np.array([width, height, width, height], np.float32)

    def save(self, folder: Path) -> None:
        """Write `centers.npy`, (R, 4) float32 shares of width and height."""
        self._require_fitted()
        with atomic_path(folder / FILE) as temporary, temporary.open("wb") as file:
            np.save(file, self._centers, allow_pickle=False)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote.

        Raises:
            TwobranchError: if the file is missing or holds something else.
        """
        path = folder / FILE
        centers = read_array(path, "the boxes of the proposals")
        if centers.dtype.kind != "f":
            raise TwobranchError(
                str(path), "must hold numbers", found=str(centers.dtype), remedy="Restore the file or make it anew."
            )
        self._centers = as_boxes(centers, str(path)).astype(np.float32)

    def _require_fitted(self) -> None:
        if not len(self._centers):
            raise TwobranchError(
                "proposals centers", "must be fitted before they are used", remedy="Call fit or load first."
            )


def _reached(boxes: NDArray[np.float32], candidates: NDArray[np.float32]) -> NDArray[np.floating]:
    """1 where a candidate reaches a box, else 0, (P, R); block by block, for the IoU of all would need gigabytes."""
    reached = np.zeros((len(boxes), len(candidates)), np.float16)
    for start in range(0, len(boxes), 1024):
        reached[start : start + 1024] = iou(boxes[start : start + 1024], candidates) >= _REACH
    return reached


def _centers(boxes: NDArray[np.float32], count: int, seed: int) -> NDArray[np.float32]:
    """K-means centers; the boxes themselves where they are few."""
    different = np.unique(boxes, axis=0)
    if len(different) <= count:
        return different
    from sklearn.cluster import MiniBatchKMeans

    groups = MiniBatchKMeans(count, n_init=1, random_state=seed, batch_size=8192).fit(boxes)
    return np.asarray(groups.cluster_centers_, dtype=np.float32)
