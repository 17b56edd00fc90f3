"""Encoders that are small networks, for tests of what trains encoders; recipes name them by their dotted path."""

from __future__ import annotations

import numpy as np
import torch

from twobranch.features.encoder import identity_of
from twobranch.features.image_encoders import ImageEncoderConfig
from twobranch.features.network import Network
from twobranch.features.network_images import NetworkImages
from twobranch.features.network_sentences import NetworkSentences, length_sorted_batches
from twobranch.features.sentence_encoders import SentenceEncoderConfig

SIZE, IMAGE_DIM, SENTENCE_DIM, VOCABULARY = 32, 16, 12, 512


class Pictures(torch.nn.Module):
    """Two convolutions with batch normalization between them."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first = torch.nn.Conv2d(3, 8, 4, 4)
        self.normalization = torch.nn.BatchNorm2d(8)
        self.second = torch.nn.Conv2d(8, IMAGE_DIM, 4, 4)

    def forward(self, pixels):
        images = pixels.permute(0, 3, 1, 2).float() / 255
        grid = self.second(torch.relu(self.normalization(self.first(images))))  # (B, F, 2, 2)
        return grid.mean((2, 3)), grid.permute(0, 2, 3, 1)


class Words(torch.nn.Module):
    """The mean over the vectors of real tokens."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.table = torch.nn.Embedding(VOCABULARY, SENTENCE_DIM)

    def forward(self, ids, mask):
        real = mask[:, :, None].float()  # (C, T, 1)
        return ((self.table(ids) * real).sum(1) / real.sum(1).clamp(min=1),)


def tokenize(sentences):
    return [[1 + sum(word.encode()) % (VOCABULARY - 1) for word in sentence.split()] or [1] for sentence in sentences]


def pictures_network():
    random = np.random.default_rng(0)
    probe = random.integers(0, 256, (16, SIZE, SIZE, 3), dtype=np.uint8)
    return Network(
        name="small-pictures",
        identity=identity_of(name="small-pictures"),
        build=lambda: Pictures().eval(),
        inputs=((-1, SIZE, SIZE, 3),),
        outputs=("vector", "grid"),
        probe=lambda: [(probe,)],
    )


def words_network():
    return Network(
        name="small-words",
        identity=identity_of(name="small-words"),
        build=lambda: Words().eval(),
        inputs=((-1, -1), (-1, -1)),
        outputs=("vector",),
        probe=lambda: length_sorted_batches(tokenize(["a dog", "two men run on a beach"]))[0],
    )


class SmallPictures(ImageEncoderConfig):
    """A network of 32 x 32 pixels."""

    def load(self, *, device="auto", threads=None, cache=None):
        return NetworkImages(
            pictures_network(), "none", size=SIZE, dim=IMAGE_DIM, grid=(2, 2),
            device=device, threads=threads, cache=cache,
        )  # fmt: skip


class SmallWords(SentenceEncoderConfig):
    """A table of vectors for numbers of words."""

    def load(self, *, device="auto", threads=None, cache=None):
        return NetworkSentences(
            words_network(), "none", tokenize=tokenize, dim=SENTENCE_DIM, languages=(), unit=True,
            device=device, threads=threads, cache=cache,
        )  # fmt: skip
