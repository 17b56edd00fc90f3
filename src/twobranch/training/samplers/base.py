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
