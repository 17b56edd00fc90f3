"""The phrases of a corpus that have boxes: the ground truth of localization, and what proposers are fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twobranch.corpus.corpus import Corpus
from twobranch.errors import TwobranchError
from twobranch.features.decoding import image_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDES = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True)
class PhraseBoxes:
    """P phrase occurrences with their boxes.

    Attributes:
        corpus: the corpus.
        phrases: (P,) row of each phrase in `corpus.phrases`.
        images: (P,) row of its image in `corpus.images`.
        boxes: (all, 4) float32, the boxes of one phrase after the other.
        offsets: (P + 1,) the boxes of phrase i are `boxes[offsets[i]:offsets[i + 1]]`; at least one each.
        without: number of phrases without a box, which are left out.
    """

    corpus: Corpus
    phrases: NDArray[np.int64]
    images: NDArray[np.int64]
    boxes: NDArray[np.float32]
    offsets: NDArray[np.int64]
    without: int

    def __len__(self) -> int:
        return len(self.phrases)

    @property
    def unions(self) -> NDArray[np.float32]:
        """(P, 4) the smallest box that holds all boxes of a phrase."""
        if not len(self):
            return np.zeros((0, 4), np.float32)
        low = np.minimum.reduceat(self.boxes[:, :2], self.offsets[:-1])
        high = np.maximum.reduceat(self.boxes[:, 2:], self.offsets[:-1])
        return np.concatenate([low, high], axis=1)

    @property
    def texts(self) -> list[str]:
        """The words of each phrase."""
        return [str(text) for text in self.corpus.phrases.column("text").take(self.phrases).to_pylist()]

    @property
    def types(self) -> list[tuple[str, ...]]:
        """The types of each phrase; empty where the corpus names none."""
        return [tuple(types or ()) for types in self.corpus.phrases.column("types").take(self.phrases).to_pylist()]

    def relative_unions(self) -> NDArray[np.float32]:
        """(n, 4) the union boxes as shares of width and height; those of unreadable pictures are left out."""
        sizes = {row: _size(self.corpus.image_paths[row]) for row in np.unique(self.images).tolist()}
        kept = np.array([sizes[row] is not None for row in self.images.tolist()], dtype=bool)
        scale = np.array([sizes[row] for row in self.images[kept].tolist()], np.float32).reshape(-1, 2)
        relative: NDArray[np.float32] = np.clip(self.unions[kept] / np.tile(scale, 2), 0, 1)
        return relative


def phrase_boxes(corpus: Corpus) -> PhraseBoxes:
    """The phrases of a corpus, or of a split of it, that have boxes.

    Example:
        >>> from twobranch.corpus.corpus import IMAGE_SCHEMA, PHRASE_SCHEMA, REGION_SCHEMA, SENTENCE_SCHEMA
        >>> tables = (schema.empty_table() for schema in (IMAGE_SCHEMA, SENTENCE_SCHEMA, PHRASE_SCHEMA, REGION_SCHEMA))
        >>> len(phrase_boxes(Corpus(*tables)))
        0
    """
    owner = corpus.regions.column("phrase").to_numpy()
    order = np.argsort(owner, kind="stable")
    boxes = np.stack([corpus.regions.column(side).to_numpy() for side in SIDES], axis=1)[order]  # (all, 4)
    phrases, first = np.unique(owner[order], return_index=True)
    sentences = corpus.phrases.column("sentence").to_numpy()[phrases]
    return PhraseBoxes(
        corpus=corpus,
        phrases=phrases.astype(np.int64),
        images=corpus.sentence_images[sentences].astype(np.int64),
        boxes=boxes.astype(np.float32),
        offsets=np.append(first, len(boxes)).astype(np.int64),
        without=corpus.phrases.num_rows - len(phrases),
    )


def _size(path: str) -> tuple[int, int] | None:
    try:
        return image_size(path)
    except TwobranchError:
        return None
