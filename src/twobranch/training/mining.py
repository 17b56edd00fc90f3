"""Hard sentences: those of other images that the network takes for an image's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from twobranch.config import Config
from twobranch.errors import TwobranchError
from twobranch.models.training_network import SideName, TrainingNetwork
from twobranch.training.data import Entering, Feed, SplitData, TrainingData
from twobranch.training.forward import projected
from twobranch.training.precision import Precision
from twobranch.training.processes import ALONE, Processes
from twobranch.training.samplers import Rows

EMBEDDED = 512
"""Items that are embedded at a time."""
COMPARED = 128
"""Images whose candidates are compared at a time."""


class Mining(Config):
    """For each image the most similar of some drawn sentences of other images; they join its batch.

    Zheng et al. 2020 draw 256 sentences for each image at each step, score them in test mode, and take the most similar
    as the negative (methods.md 4.3 [C]). Deviation: here a bank is embedded once at the start of each epoch, all
    images and one drawn sentence of each, and candidates are drawn from it; at each step it would cost many times the
    step itself. A sentence whose words occur with several images is never mined.
    """

    candidates: int = Field(default=256, ge=1, description="sentences drawn for each image")

    def mine(
        self,
        network: TrainingNetwork,
        feed: Feed,
        data: TrainingData,
        precision: Precision,
        random: np.random.Generator,
        processes: Processes = ALONE,
    ) -> list[int]:
        """The row of the sentence that is mined for each image of the split; -1 where there is none.

        Args:
            network: in evaluation mode.
            feed: the stage's inputs.
            data: the training split.
            precision: what the networks compute in.
            random: draws the bank and the candidates.
            processes: those that train together; each embeds its part.

        Raises:
            TwobranchError: for a matcher of regions.
        """
        if not isinstance(data, SplitData):
            raise TwobranchError("mining", "is for whole images", remedy="Leave mining out of the recipe's stages.")
        images, sentences = _bank(data, random)
        mined = np.full(len(data.images.items), -1, np.int64)
        if not len(sentences):
            return mined.tolist()
        with torch.inference_mode():
            x = _embedded(network, "image", feed.images, images, precision, random, processes)  # (I, D)
            y = _embedded(network, "sentence", feed.sentences, sentences, precision, random, processes)  # (J, D)
            for start in range(0, len(images), COMPARED):
                rows = images[start : start + COMPARED]
                drawn = random.integers(len(sentences), size=(len(rows), self.candidates))  # (b, K)
                own = data.sentences.groups[sentences[drawn]] == data.images.groups[rows][:, None]
                compared = torch.einsum(
                    "bd,bkd->bk", x[start : start + COMPARED], y[torch.from_numpy(drawn).to(y.device)]
                )
                scores = np.where(own, -np.inf, compared.cpu().numpy())  # (b, K)
                best = scores.argmax(1)[:, None]
                found = np.take_along_axis(sentences[drawn], best, 1)[:, 0]
                mined[rows] = np.where(np.take_along_axis(own, best, 1)[:, 0], -1, found)
        return mined.tolist()


def with_mined(rows: Rows, mined: list[int]) -> Rows:
    """A batch with the sentences that were mined for its images, each sentence once.

    Args:
        rows: of the batch.
        mined: what `Mining.mine` gave, or nothing where nothing was mined.

    Example:
        >>> with_mined(Rows(np.array([0, 1]), np.array([2, 3])), [7, -1, 5]).sentences.tolist()
        [2, 3, 7]
    """
    if not mined:
        return rows
    added = np.array([mined[image] for image in rows.images], np.int64)
    return Rows(rows.images, np.concatenate([rows.sentences, np.setdiff1d(added[added >= 0], rows.sentences)]))


def _bank(data: SplitData, random: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All images that have sentences, and one sentence of each whose words are no other image's."""
    images = data.sentences_of_images.images_with_sentences
    drawn = np.array([random.choice(data.sentences_of_images[image]) for image in images.tolist()], np.int64)
    codes = np.unique(np.stack([data.text_codes, data.sentences.groups]), axis=1)[0]  # one of each text and group
    texts, groups = np.unique(codes, return_counts=True)
    return images, drawn[np.isin(data.text_codes[drawn], texts[groups == 1])]


def _embedded(
    network: TrainingNetwork,
    side: SideName,
    feed: Callable[[NDArray[np.int64], np.random.Generator], Entering],
    rows: NDArray[np.int64],
    precision: Precision,
    random: np.random.Generator,
    processes: Processes,
) -> Tensor:
    parts = np.array_split(rows, max(1, round(len(rows) / EMBEDDED)))
    found = [projected(network, side, feed(part, random), precision, processes=processes) for part in parts]
    return network.matching.comparable(torch.cat(found))
