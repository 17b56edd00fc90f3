"""Triplet sampling: matching pairs, whatever their neighbors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from twobranch.training.samplers.base import Rows, Sampler, SentencesOfImages


class Triplet(Sampler):
    """Plain triplet sampling: matching pairs drawn at random, whatever their neighbors.

    What Wang et al. 2019, section 3.2, compare neighborhood sampling with: two sentences of one image meet in a batch
    only by chance, so that a structure loss finds next to no neighbors. An image of two drawn pairs stands in the batch
    once, with both sentences. An epoch draws as many pairs as there are images, all different.
    """

    pairs: int = Field(default=1000, ge=2, description="matching pairs of a batch, which is its number C of sentences")

    def steps(self, drawn_from: SentencesOfImages) -> int:
        """Batches in an epoch: as near to `pairs` each as equal sizes allow."""
        return max(1, round(len(drawn_from.images_with_sentences) / self.pairs))

    def epoch(self, drawn_from: SentencesOfImages, random: np.random.Generator) -> Iterator[Rows]:
        """The batches of one epoch.

        Example:
            >>> sampler = Triplet(pairs=2)
            >>> of_images = SentencesOfImages(np.repeat(np.arange(4), 5), images=4)
            >>> [batch.sentences.shape for batch in sampler.epoch(of_images, np.random.default_rng(0))]
            [(2,), (2,)]
        """
        drawn = random.permutation(len(drawn_from.image_of))[: len(drawn_from.images_with_sentences)]
        for pairs in np.array_split(drawn, self.steps(drawn_from)):
            yield Rows(np.unique(drawn_from.image_of[pairs]), pairs)
