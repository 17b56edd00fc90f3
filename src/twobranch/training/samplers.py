"""Samplers: which images and sentences stand in a batch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twobranch.config import Config


class Rows(NamedTuple):
    """The rows of a batch in the training split: (B,) images and (C,) sentences, int64."""

    images: NDArray[np.int64]
    sentences: NDArray[np.int64]


class SentencesOfImages:
    """The sentences that were written for each image, as offsets into one array.

    Args:
        sentence_images: (sentences,) the image row of each sentence.
        images: number of images.

    Example:
        >>> sentences = SentencesOfImages(np.array([1, 0, 1]), images=2)
        >>> sentences[1].tolist()
        [0, 2]
    """

    def __init__(self, sentence_images: NDArray[np.integer], images: int) -> None:
        self.image_of = np.asarray(sentence_images, dtype=np.int64)
        self._order = np.argsort(sentence_images, kind="stable")
        self._offsets = np.searchsorted(sentence_images[self._order], np.arange(images + 1))
        self.images_with_sentences = np.flatnonzero(np.diff(self._offsets))

    def __getitem__(self, image: int) -> NDArray[np.int64]:
        return self._order[self._offsets[image] : self._offsets[image + 1]]


class Sampler(Config):
    """The base of all samplers."""

    @abstractmethod
    def steps(self, sentences: SentencesOfImages) -> int:
        """Batches in an epoch."""

    @abstractmethod
    def epoch(self, sentences: SentencesOfImages, random: np.random.Generator) -> Iterator[Rows]:
        """The batches of one epoch; the same generator state gives the same batches."""


class Neighborhood(Sampler):
    """Neighborhood sampling: each image comes with several of its sentences, so that each batch holds neighbors.

    An epoch passes once over the images that have sentences, in random order, in batches of equal size.
    Wang et al. 2019, section 3.2; two sentences per image from the official code (methods.md 1.3 [C]).
    Deviation: an image stands at most once in a batch, where the official code may draw it twice and
    then takes one copy's sentences as negatives of the other.
    """

    images: int = Field(default=500, ge=2, description="images B of a batch")
    sentences: int = Field(default=2, ge=1, description="sentences of each image; all of them where there are fewer")

    def steps(self, sentences: SentencesOfImages) -> int:
        """Batches in an epoch: as near to `images` each as equal sizes allow."""
        return max(1, round(len(sentences.images_with_sentences) / self.images))

    def epoch(self, sentences: SentencesOfImages, random: np.random.Generator) -> Iterator[Rows]:
        """The batches of one epoch.

        Example:
            >>> sampler = Neighborhood(images=2, sentences=2)
            >>> of_images = SentencesOfImages(np.repeat(np.arange(4), 5), images=4)
            >>> [batch.sentences.shape for batch in sampler.epoch(of_images, np.random.default_rng(0))]
            [(4,), (4,)]
        """
        order = random.permutation(sentences.images_with_sentences)
        for images in np.array_split(order, self.steps(sentences)):
            drawn = [random.permutation(sentences[image])[: self.sentences] for image in images]
            yield Rows(images, np.concatenate(drawn))


class Triplet(Sampler):
    """Plain triplet sampling: matching pairs drawn at random, whatever their neighbors.

    What Wang et al. 2019, section 3.2, compare neighborhood sampling with: two sentences of one image meet in a batch
    only by chance, so that a structure loss finds next to no neighbors. An image of two drawn pairs stands in the batch
    once, with both sentences. An epoch draws as many pairs as there are images, all different.
    """

    pairs: int = Field(default=1000, ge=2, description="matching pairs of a batch, which is its number C of sentences")

    def steps(self, sentences: SentencesOfImages) -> int:
        """Batches in an epoch: as near to `pairs` each as equal sizes allow."""
        return max(1, round(len(sentences.images_with_sentences) / self.pairs))

    def epoch(self, sentences: SentencesOfImages, random: np.random.Generator) -> Iterator[Rows]:
        """The batches of one epoch.

        Example:
            >>> sampler = Triplet(pairs=2)
            >>> of_images = SentencesOfImages(np.repeat(np.arange(4), 5), images=4)
            >>> [batch.sentences.shape for batch in sampler.epoch(of_images, np.random.default_rng(0))]
            [(2,), (2,)]
        """
        drawn = random.permutation(len(sentences.image_of))[: len(sentences.images_with_sentences)]
        for pairs in np.array_split(drawn, self.steps(sentences)):
            yield Rows(np.unique(sentences.image_of[pairs]), pairs)


SAMPLERS: dict[str, type[Sampler]] = {"neighborhood": Neighborhood, "triplet": Triplet}
"""The name of each sampler in a recipe."""
