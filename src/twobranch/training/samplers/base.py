"""What every sampler is, and what samplers of images and sentences draw from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.config import Config


class Rows(NamedTuple):
    """The rows of a batch in the training split: (B,) images (or regions) and (C,) sentences (or phrases), int64."""

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

    def some(self, images: NDArray[np.int64], number: int, random: np.random.Generator) -> NDArray[np.int64]:
        """Draw so many sentences of each image, all where it has fewer; those of one image stand together.

        Example:
            >>> sentences = SentencesOfImages(np.array([1, 0, 1]), images=2)
            >>> sentences.some(np.array([0, 1]), 1, np.random.default_rng(0)).tolist()
            [1, 0]
        """
        counts = self._offsets[images + 1] - self._offsets[images]
        if len(images) and (counts == counts[0]).all():  # the same draws, made together
            every = self._order[self._offsets[images][:, None] + np.arange(counts[0])]  # (B, sentences of each)
            return random.permuted(every, axis=1)[:, :number].reshape(-1)
        return np.concatenate([random.permutation(self[image])[:number] for image in images])


class Sampler(Config):
    """The base of all samplers.

    What it draws from is `SentencesOfImages` where images match sentences, and `RegionsOfPhrases` where regions match
    phrases.
    """

    of_regions: ClassVar[bool] = False
    """Whether it draws regions and phrases."""

    @abstractmethod
    def steps(self, drawn_from: Any) -> int:
        """Batches in an epoch."""

    @abstractmethod
    def epoch(self, drawn_from: Any, random: np.random.Generator) -> Iterator[Rows]:
        """The batches of one epoch; the same generator state gives the same batches."""
