"""Batches of whole images with their phrases and some of their regions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from twobranch.regions.boxes import iou
from twobranch.regions.table import RegionTable
from twobranch.training.samplers.base import Rows, Sampler, SentencesOfImages

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class RegionsOfPhrases:
    """The regions of the training images, and where the phrases' own boxes are.

    Attributes:
        table: of each image the proposals, then the boxes of its phrases, each once.
        images: (P,) int64, the image of each phrase.
        boxes: (P, 4) float32, the union of the phrase's boxes, as shares of width and height.
        match: IoU from which on a region matches a phrase.
    """

    table: RegionTable
    images: NDArray[np.int64]
    boxes: NDArray[np.float32]
    match: float

    @cached_property
    def phrases(self) -> SentencesOfImages:
        """The phrases of each image."""
        return SentencesOfImages(self.images, len(self.table.proposals))

    @cached_property
    def own(self) -> NDArray[np.int64]:
        """(P,) the region that is the phrase's own box.

        Example:
            >>> half = np.array([[0, 0, 1, 0.5]], np.float32)
            >>> table = RegionTable.of([np.ones((3, 4), np.float32)], [half])
            >>> RegionsOfPhrases(table, np.zeros(2, np.int64), half.repeat(2, 0), 0.6).own
            array([3, 3])
        """
        own = np.empty(len(self.images), np.int64)
        for image in self.phrases.images_with_sentences.tolist():
            phrases, regions = self.phrases[image], self.table.of_image(image)[self.table.proposals[image] :]
            same = (self.boxes[phrases][:, None] == self.table.boxes[regions][None]).all(2)  # (p, r)
            own[phrases] = regions[same.argmax(1)]
        return own


class PhraseRegions(Sampler):
    """Whole images: some or all of their phrases, their phrases' own boxes, and proposals.

    Of an image's proposals first those are drawn that match one of its drawn phrases, so many for each phrase, then
    others at random. What matches a phrase, and what may be a negative, the recipe's `overlap` says.

    Batches of whole images, positives by overlap and negatives from the same image are those of methods.md 1.5 [C2],
    6 images a batch there. With `phrases: 1, positives: 0, proposals: 0` and many images it is triplet sampling.
    """

    of_regions: ClassVar[bool] = True
    images: int = Field(default=32, ge=1, description="images of a batch")
    phrases: int | None = Field(default=None, ge=1, description="phrases drawn of each image; none: all of them")
    positives: int = Field(default=4, ge=0, description="proposals drawn for each phrase among those that match it")
    proposals: int | None = Field(
        default=64, ge=0, description="proposals of each image, the matching ones included; none: all of them"
    )

    def steps(self, drawn_from: RegionsOfPhrases) -> int:
        """Batches in an epoch: as near to `images` each as equal sizes allow."""
        return max(1, round(len(drawn_from.phrases.images_with_sentences) / self.images))

    def epoch(self, drawn_from: RegionsOfPhrases, random: np.random.Generator) -> Iterator[Rows]:
        """The batches of one epoch: regions and phrases, those of one image together.

        Example:
            >>> boxes = np.array([[0, 0, 1, 1], [0, 0, 1, 0.5]], np.float32)
            >>> regions = RegionsOfPhrases(RegionTable.of([boxes], [boxes[1:]]), np.array([0]), boxes[1:], 0.6)
            >>> next(PhraseRegions().epoch(regions, np.random.default_rng(0))).images
            array([0, 1, 2])
        """
        order = random.permutation(drawn_from.phrases.images_with_sentences)
        for images in np.array_split(order, self.steps(drawn_from)):
            drawn = [self._of_image(drawn_from, image, random) for image in images]
            yield Rows(np.concatenate([one.images for one in drawn]), np.concatenate([one.sentences for one in drawn]))

    def _of_image(self, drawn_from: RegionsOfPhrases, image: int, random: np.random.Generator) -> Rows:
        phrases = random.permutation(drawn_from.phrases[image])[: self.phrases]
        proposals = drawn_from.table.proposed(image)
        if self.proposals is not None and self.proposals < len(proposals):
            proposals = proposals[self._drawn(drawn_from, phrases, proposals, random)]
        return Rows(np.union1d(proposals, drawn_from.own[phrases]), phrases)

    def _drawn(
        self,
        drawn_from: RegionsOfPhrases,
        phrases: NDArray[np.int64],
        proposals: NDArray[np.int64],
        random: np.random.Generator,
    ) -> NDArray[np.int64]:
        """Places in `proposals`: those drawn for the phrases first, then any others."""
        chance = random.random(len(proposals))
        overlap = iou(drawn_from.table.boxes[proposals], drawn_from.boxes[phrases])  # (r, p)
        keys = np.where(overlap >= drawn_from.match, chance[:, None], np.inf)  # (r, p)
        rank = keys.argsort(0).argsort(0)  # (r, p), the place of each among the matches of a phrase
        wanted = ((rank < self.positives) & np.isfinite(keys)).any(1)  # (r,)
        places: NDArray[np.int64] = np.argsort(chance - wanted)[: self.proposals]
        return places
