"""The features of a whole corpus, both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twobranch.corpus import Corpus
from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache
from twobranch.features.encoder import ImageEncoder, SentenceEncoder
from twobranch.features.extract import SentenceRows, image_features, sentence_features
from twobranch.features.lazy_rows import LazyRows
from twobranch.features.shards import FeatureRows


@dataclass(frozen=True)
class CorpusFeatures:
    """A corpus and its features, row by row.

    Attributes:
        corpus: the corpus without the images that could not be read.
        images: (images, F) features.
        sentences: (sentences, F) features, or token ids of a vocabulary of F.
        unreadable: id of each image that was left out -> why.
    """

    corpus: Corpus
    images: FeatureRows | LazyRows
    sentences: SentenceRows | LazyRows
    unreadable: dict[str, str]


def corpus_features(
    corpus: Corpus,
    image_encoder: ImageEncoder,
    views: Sequence[str],
    sentence_encoder: SentenceEncoder,
    cache: FeatureCache | None,
) -> CorpusFeatures:
    """Compute the features of a corpus, or find them in the cache; images that cannot be read are left out.

    Args:
        corpus: images and sentences.
        image_encoder: frozen.
        views: views whose features are averaged.
        sentence_encoder: frozen, or fitted before.
        cache: the cache; None keeps the features in memory.

    Raises:
        TwobranchError: if no image can be read.
    """
    extracted = image_features(image_encoder, corpus.image_paths, views, cache)
    images = extracted.features
    unreadable = {corpus.image_ids[row]: message for row, message in extracted.failures.items()}
    if unreadable:
        kept = np.setdiff1d(np.arange(len(corpus.image_ids)), list(extracted.failures))
        if not len(kept):
            first = next(iter(unreadable.values()))
            raise TwobranchError(
                corpus.source,
                "must have images that can be read",
                found=first.rstrip("."),
                remedy="If they are in another folder, name it: --images DIR.",
            )
        corpus, images = corpus.select_images(kept), images.take(kept)
    return CorpusFeatures(corpus, images, sentence_features(sentence_encoder, corpus.sentence_texts, cache), unreadable)
