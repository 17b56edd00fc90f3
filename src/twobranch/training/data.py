"""The training split in the form that the loop gathers from: two sides, and which sentence belongs to which image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from twobranch.features.corpus_features import CorpusFeatures
from twobranch.features.encoder import ImageEncoder, SentenceEncoder
from twobranch.losses import Masks, masks_of_groups
from twobranch.training.inputs import Entry, Input, Inputs, Side
from twobranch.training.processes import ALONE, Processes
from twobranch.training.samplers import Rows, SentencesOfImages


class TrainingData(Protocol):
    """What the loop needs of a training split."""

    @property
    def images(self) -> Side:
        """The image side; in a matcher of regions its items are regions."""
        ...

    @property
    def sentences(self) -> Side:
        """The sentence side; in a matcher of regions its items are phrases."""
        ...

    @property
    def groups(self) -> NDArray[np.int64]:
        """The group codes that occur, sorted; a group's number is its position here."""
        ...

    @property
    def drawn_from(self) -> Any:
        """What the samplers of this kind of data draw from."""
        ...

    @property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of matching pairs: (M,) of the image side and (M,) of the sentence side."""
        ...

    def masks(self, rows: Rows, device: torch.device) -> Masks:
        """The relation between the rows of a batch."""
        ...


@dataclass(frozen=True)
class SplitData:
    """A split of whole images and their sentences, encoded.

    Attributes:
        images: the image side.
        sentences: the sentence side.
        sentence_images: (sentences,) int, the image row that each sentence was written for.
        text_codes: (sentences,) int64, equal codes are equal texts.
    """

    images: Side
    sentences: Side
    sentence_images: NDArray[np.int32]
    text_codes: NDArray[np.int64]

    @classmethod
    def of(cls, features: CorpusFeatures, images: ImageEncoder, sentences: SentenceEncoder) -> SplitData:
        """The sides of a corpus that these encoders encoded."""
        corpus = features.corpus
        return cls(
            Side(corpus.image_paths, features.images, corpus.image_groups, images),
            Side(corpus.sentence_texts, features.sentences, corpus.sentence_groups, sentences),
            corpus.sentence_images,
            corpus.text_codes,
        )

    @cached_property
    def sentences_of_images(self) -> SentencesOfImages:
        """Which sentences belong to each image."""
        return SentencesOfImages(self.sentence_images, len(self.images.items))

    @property
    def drawn_from(self) -> SentencesOfImages:
        """What samplers draw from."""
        return self.sentences_of_images

    @property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Matching pairs: each sentence with the image that it was written for."""
        return self.sentence_images.astype(np.int64), np.arange(len(self.sentence_images))

    def masks(self, rows: Rows, device: torch.device) -> Masks:
        """The relations of a batch: equal groups match."""
        images, sentences, texts = (
            torch.from_numpy(codes).to(device)
            for codes in (
                self.images.groups[rows.images],
                self.sentences.groups[rows.sentences],
                self.text_codes[rows.sentences],
            )
        )
        return masks_of_groups(images, sentences, texts)

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """The group codes that occur, sorted; a group's number is its position here."""
        return np.unique(np.concatenate([self.images.groups, self.sentences.groups]))


class Entering(NamedTuple):
    """The input of one side, where in the network it enters, and how many items the whole batch has.

    Of several processes each has its part of the input.
    """

    values: Tensor
    at: Entry
    items: int


class Batch(NamedTuple):
    """What a step sees.

    | field | shape | |
    |---|---|---|
    | images, sentences | (B, ...), (C, ...) | the inputs, or this process's part of them, and where they enter |
    | image_groups, sentence_groups | (B,), (C,) int64 | groups, numbered from 0 over the training split |
    | masks | | what matches, what may be a negative |
    """

    images: Entering
    sentences: Entering
    image_groups: Tensor
    sentence_groups: Tensor
    masks: Masks


class Feed:
    """Turns the rows that a sampler draws into batches; inputs are chosen once per stage.

    Args:
        data: the training split.
        inputs: the stage's inputs per side.
        device: where the batch shall stand.
        processes: those that train together, each of which gets its part of the inputs.
    """

    def __init__(self, data: TrainingData, inputs: Inputs, device: torch.device, processes: Processes = ALONE) -> None:
        self._data, self._inputs, self._device, self._processes = data, inputs, device, processes
        self._images = inputs.image.of(data.images)
        self._sentences = inputs.sentence.of(data.sentences)

    def batch(self, rows: Rows, random: np.random.Generator) -> Batch:
        """The batch of these rows; what is random in its inputs comes from the generator."""
        data = self._data
        return Batch(
            self.images(rows.images, random),
            self.sentences(rows.sentences, random),
            self._numbers(data.images.groups[rows.images]),
            self._numbers(data.sentences.groups[rows.sentences]),
            data.masks(rows, self._device),
        )

    def images(self, rows: NDArray[np.int64], random: np.random.Generator) -> Entering:
        """The input of these images."""
        return self._entering(self._images, rows, random, self._inputs.image.enters)

    def sentences(self, rows: NDArray[np.int64], random: np.random.Generator) -> Entering:
        """The input of these sentences."""
        return self._entering(self._sentences, rows, random, self._inputs.sentence.enters)

    def _entering(self, gather: Input, rows: NDArray[np.int64], random: np.random.Generator, at: Entry) -> Entering:
        part = self._processes.part(len(rows))
        return Entering(gather(rows, random, part).to(self._device), at, len(rows))

    def _numbers(self, groups: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.searchsorted(self._data.groups, groups)).to(self._device)
