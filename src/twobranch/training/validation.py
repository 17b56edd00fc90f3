"""What a training measures on the validation split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from twobranch.corpus import Corpus
from twobranch.evaluation.evaluate import embedded, embedded_ranks
from twobranch.evaluation.modality_gap import modality_gap
from twobranch.evaluation.rank_metrics import RECALLS
from twobranch.evaluation.retrieval import DIRECTIONS, metrics_from_ranks
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.features.lazy_rows import LazyRows
from twobranch.matcher.matcher import Floats, Matcher
from twobranch.models import TrainingNetwork
from twobranch.training.recipe import Stage

Rows = NDArray[np.int64]


class MatcherValidation:
    """Measures the matcher whose network is being trained.

    Args:
        matcher: holds the network.
        network: the same network with the classifiers of the training.
        corpus: the validation split.
        val: its features in a stage.
        images: how many images are measured after an epoch; None for all. Scoring all pairs of a split with a pair
            head costs far more than an epoch does (Wang et al. 2019, on the similarity network).
        seed: draws them.
    """

    def __init__(
        self,
        matcher: Matcher,
        network: TrainingNetwork,
        corpus: Corpus,
        val: Callable[[Stage], CorpusFeatures],
        images: int | None,
        seed: int,
    ) -> None:
        self._matcher, self._network, self._corpus, self._val = matcher, network, corpus, val
        count = len(corpus.image_groups)
        drawn = np.random.default_rng(seed).permutation(count)[: images or count]
        self._images = np.sort(drawn)
        kept = np.isin(corpus.sentence_groups, corpus.image_groups[self._images])
        self._sentences = np.flatnonzero(kept)

    def after_epoch(self, stage: Stage) -> dict[str, float]:
        """The point estimates of retrieval on the images that are measured."""
        val = self._val(stage)
        images = self._matcher.embed_image_features(_some(val.images, self._images))
        sentences = self._matcher.embed_sentence_features(_some(val.sentences, self._sentences))
        return self._recalls(images, sentences, self._images, self._sentences)

    def after_stage(self, stage: Stage) -> dict[str, Any]:
        """Retrieval, and how far apart the modalities lie: on the whole split, but for the scores of a pair head."""
        corpus = self._corpus
        images, sentences = embedded(self._matcher, self._val(stage))
        measured: dict[str, Any] = modality_gap(images, sentences, corpus.image_groups, corpus.sentence_groups)
        if self._matcher.scores_pairs:
            rows, columns = self._images, self._sentences
        else:
            rows, columns = np.arange(len(images)), np.arange(len(sentences))
        measured |= self._recalls(images[rows], sentences[columns], rows, columns)
        if self._network.modality_classifier is not None:
            measured["classifier_accuracy"] = self._classifier_accuracy(images, sentences)
        return measured

    def _classifier_accuracy(self, images: Floats, sentences: Floats) -> float:
        """Percent of embeddings whose modality the training's classifier tells, both modalities weighing the same."""
        classifier = self._network.modality_classifier
        device = next(self._network.parameters()).device
        is_image, is_sentence = (
            (classifier(torch.from_numpy(side).to(device)) > 0).float().mean().item()  # type: ignore[misc]
            for side in (images, sentences)
        )
        return float(100.0 * (is_image + 1.0 - is_sentence) / 2)

    def _recalls(self, images: Floats, sentences: Floats, rows: Rows, columns: Rows) -> dict[str, float]:
        """Retrieval among some embedded images and sentences, which stand at these rows of the split."""
        groups = self._corpus.image_groups[rows], self._corpus.sentence_groups[columns]
        metrics = metrics_from_ranks([embedded_ranks(self._matcher, images, sentences, *groups)], [groups], bootstrap=0)
        recalls = {f"{way}.{key}": metrics[way][key] for way in DIRECTIONS for key in RECALLS}
        return {"rsum": metrics["rsum"], **recalls}


def _some(features: Any, rows: Rows) -> LazyRows:
    """Some rows, which are read in blocks: weighted word counts of a whole split would fill memory."""
    return LazyRows(len(rows), features.shape[1], lambda numbers: features[rows[numbers]])
