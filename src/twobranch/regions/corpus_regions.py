"""The regions of a whole corpus and its phrases, with the features of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twobranch.corpus import Corpus
from twobranch.features.cache import FeatureCache
from twobranch.features.decoding import image_size
from twobranch.features.encoder import ImageEncoder, SentenceEncoder
from twobranch.features.extract import SentenceRows, image_features, sentence_features
from twobranch.regions.config import RegionsConfig
from twobranch.regions.extract import Proposals, image_proposals
from twobranch.regions.phrase_boxes import PhraseBoxes, phrase_boxes
from twobranch.regions.proposer import Proposer
from twobranch.regions.rows import RegionRows
from twobranch.regions.table import RegionTable

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class CorpusRegions:
    """A corpus whose images are seen as regions and whose sentences as phrases.

    Attributes:
        asked: the phrases that have boxes, and the corpus without the images that could not be read.
        boxes: (P, 4) float32, the union of each phrase's boxes, as shares of width and height.
        proposals: of each image, in pixels.
        images: features of all regions; of each image the proposals, then the boxes of its phrases, each once.
        sentences: features of the phrases; a phrase that occurs twice is encoded once.
        unreadable: id of each image that was left out -> why.
    """

    asked: PhraseBoxes
    boxes: NDArray[np.float32]
    proposals: Proposals
    images: RegionRows
    sentences: SentenceRows
    unreadable: dict[str, str]

    @property
    def corpus(self) -> Corpus:
        """The corpus without the images that could not be read."""
        return self.asked.corpus

    @property
    def table(self) -> RegionTable:
        """Where the regions are."""
        return self.images.table


def corpus_regions(
    corpus: Corpus,
    image_encoder: ImageEncoder,
    sentence_encoder: SentenceEncoder,
    proposer: Proposer,
    config: RegionsConfig,
    cache: FeatureCache | None,
) -> CorpusRegions:
    """Compute grids, proposals and phrase features of a corpus, or find them in the cache.

    Args:
        corpus: images, sentences, phrases with boxes.
        image_encoder: frozen, with a grid.
        sentence_encoder: frozen, or fitted before.
        proposer: fitted, where it has to be.
        config: what a region's feature is made of.
        cache: the cache; None keeps everything in memory.

    Raises:
        TwobranchError: if the encoder has no grid.
    """
    extracted = image_features(image_encoder, corpus.image_paths, ("image",), cache, output="grid")
    unreadable = {corpus.image_ids[row]: message for row, message in extracted.failures.items()}
    grids = extracted.features
    if unreadable:
        kept = np.setdiff1d(np.arange(len(corpus.image_ids)), list(extracted.failures))
        corpus, grids = corpus.select_images(kept), grids.take(kept)
    proposals = image_proposals(proposer, corpus.image_paths, cache, threads=image_encoder.threads)
    asked = phrase_boxes(corpus)
    scales = np.array([image_size(path) * 2 for path in corpus.image_paths], np.float32).reshape(-1, 4)  # (I, 4)
    boxes = np.clip(asked.unions / scales[asked.images], 0, 1)  # (P, 4)
    own = np.split(np.arange(len(asked)), np.searchsorted(asked.images, np.arange(1, len(scales))))
    table = RegionTable.of(
        [np.clip(proposals[image] / scales[image], 0, 1) for image in range(len(scales))],
        [np.unique(boxes[rows], axis=0) for rows in own],
    )
    return CorpusRegions(
        asked,
        boxes,
        proposals,
        RegionRows(grids, table, config),
        sentence_features(sentence_encoder, asked.texts, cache, description="encoding phrases"),
        unreadable,
    )
