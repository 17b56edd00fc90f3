"""Neighborhood sampling: images with several of their sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from twobranch.training.samplers.base import Rows, Sampler, SentencesOfImages


class Neighborhood(Sampler):
    """Neighborhood sampling: each image comes with several of its sentences, so that each batch holds neighbors.

    An epoch passes once over the images that have sentences, in random order, in batches of equal size.
    Wang et al. 2019, section 3.2; two sentences per image from the official code (methods.md 1.3 [C]).
    Deviation: an image stands at most once in a batch, where the official code may draw it twice and
    then takes one copy's sentences as negatives of the other.
    """

    images: int = Field(default=500, ge=2, description="images B of a batch")
    sentences: int = Field(default=2, ge=1, description="sentences of each image; all of them where there are fewer")

    def steps(self, drawn_from: SentencesOfImages) -> int:
        """Batches in an epoch: as near to `images` each as equal sizes allow."""
        return max(1, round(len(drawn_from.images_with_sentences) / self.images))

    def epoch(self, drawn_from: SentencesOfImages, random: np.random.Generator) -> Iterator[Rows]:
        """The batches of one epoch.

        Example:
            >>> sampler = Neighborhood(images=2, sentences=2)
            >>> of_images = SentencesOfImages(np.repeat(np.arange(4), 5), images=4)
            >>> [batch.sentences.shape for batch in sampler.epoch(of_images, np.random.default_rng(0))]
            [(4,), (4,)]
        """
        order = random.permutation(drawn_from.images_with_sentences)
        for images in np.array_split(order, self.steps(drawn_from)):
            yield Rows(images, drawn_from.some(images, self.sentences, random))
