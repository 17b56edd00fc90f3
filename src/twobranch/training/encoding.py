"""The corpus of a training, encoded: what all runs on the same features share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from torch import Tensor

from twobranch.corpus import Corpus
from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache
from twobranch.features.corpus_features import CorpusFeatures, corpus_features
from twobranch.features.encoder import ImageEncoder, SentenceEncoder
from twobranch.matcher.architecture import Architecture
from twobranch.matcher.folder import load_encoders, load_proposer, require_architecture
from twobranch.progress import log
from twobranch.regions.corpus_regions import CorpusRegions, corpus_regions
from twobranch.regions.phrase_boxes import phrase_boxes
from twobranch.regions.proposer import Proposer
from twobranch.training.inputs.features import of_all_views

STATISTICS_ROWS = 20_000
"""Training rows from which the input statistics of a branch are measured."""


@dataclass(frozen=True)
class Place:
    """Where a training computes.

    Attributes:
        device: `auto`, `cpu`, `cuda` or `mps`.
        threads: threads of the processor; None for all.
        cache: folder of the feature cache; None for the user's.
    """

    device: str = "auto"
    threads: int | None = None
    cache: Path | None = None


Features = TypeVar("Features", CorpusFeatures, CorpusRegions)
"""What a split is encoded as: whole images and sentences, or regions and phrases."""


@dataclass(frozen=True)
class Encoded(Generic[Features]):
    """Both splits that a training needs, with the encoders that made their features.

    Attributes:
        image_encoder: with the weights that it came with, or that a training has tuned.
        sentence_encoder: the same, or fitted on the training sentences.
        views: of a picture, whose features are averaged.
        train: features of the training split: of images and sentences, or of regions and phrases.
        val: features of the validation split.
        cache: the feature cache.
        proposer: where the regions come from, fitted; None where whole images are matched.
    """

    image_encoder: ImageEncoder
    sentence_encoder: SentenceEncoder
    views: tuple[str, ...]
    train: Features
    val: Features
    cache: FeatureCache
    proposer: Proposer | None = None

    def some_rows(self, features: Any, seed: int) -> Tensor:
        """Some training rows (n, F) of one side, drawn with a seed; sparse where the features are."""
        count = features.shape[0]
        drawn = np.random.default_rng(seed).choice(count, min(count, STATISTICS_ROWS), replace=False)
        return of_all_views(features, np.sort(drawn))


def encode_corpus(corpus: Corpus, model: Architecture, place: Place, init: str | Path | None = None) -> Encoded[Any]:
    """Compute the features of a corpus's train and val splits, or find them in the cache.

    Args:
        corpus: images and sentences with a train and a val split.
        model: names the encoders and the views.
        place: where to compute, and the cache.
        init: folder of an earlier matcher of the same model, whose fitted and tuned encoders are used.

    Raises:
        TwobranchError: if a split is missing or too small, no image can be read, or a branch cannot read what its
            encoder gives.
    """
    train_corpus, val_corpus = _training_splits(corpus)
    where: dict[str, Any] = {"device": place.device, "threads": place.threads, "cache": place.cache}
    images, sentences = model.image.encoder.load(**where), model.sentence.encoder.load(**where)
    for side, gives, reads in (
        ("image", "vector", model.image.branch.reads),
        ("sentence", sentences.output, model.sentence.branch.reads),
    ):
        if gives != reads:
            raise TwobranchError(
                f"model.{side}",
                f"the branch must read what the encoder gives, {gives}",
                found=reads,
                remedy="Use bag-mlp with the encoder ngrams, a branch that reads words (gru, text-cnn ...) with the"
                " encoder words, and mlp with the others.",
            )
    if init is None:
        images.fit(train_corpus.image_paths)
        sentences.fit(train_corpus.sentence_texts)
    else:
        require_architecture(init, model)
        load_encoders(Path(init), images, sentences)
    cache, views = FeatureCache(place.cache), model.image.views
    if model.regions is None:
        train, val = (corpus_features(part, images, views, sentences, cache) for part in (train_corpus, val_corpus))
        return Encoded(images, sentences, views, train, val, cache)
    proposer = model.regions.proposals.load()
    if init is None:
        proposer.fit(phrase_boxes(train_corpus))
    else:
        load_proposer(Path(init), proposer)
    seen = [
        corpus_regions(part, images, sentences, proposer, model.regions, cache) for part in (train_corpus, val_corpus)
    ]
    for part in seen:
        _require_phrases(part, corpus.source)
    return Encoded(images, sentences, views, seen[0], seen[1], cache, proposer)


def _require_phrases(part: CorpusRegions, source: str) -> None:
    if not len(part.asked):
        raise TwobranchError(
            source,
            "a matcher of regions is trained on phrases with boxes, in the train and the val split",
            found="none",
            remedy="Give phrases with boxes (docs/data.md), or train a recipe without model.regions.",
        )


def _training_splits(corpus: Corpus) -> tuple[Corpus, Corpus]:
    """The train and val splits, without the images whose file is missing."""
    present, missing = corpus.existing()
    if missing:
        shown = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        log.warning("%d images have no file and are left out: %s", len(missing), shown)
    for split in ("train", "val"):
        if split not in present.split_names:
            raise TwobranchError(
                corpus.source,
                f'training needs a split "{split}"',
                found=", ".join(present.split_names) or "none",
                remedy="Name the splits train, val and test; without a split column they are made.",
            )
    train = present.split("train")
    if train.images.num_rows < 2 or train.sentences.num_rows < 2:
        raise TwobranchError(
            corpus.source,
            "training needs at least 2 images with sentences",
            found=train.images.num_rows,
            remedy="Add images and sentences.",
        )
    return train, present.split("val")
