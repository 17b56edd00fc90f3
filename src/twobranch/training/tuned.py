"""The features of encoders that a training changes: while it does, and of what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from twobranch.features.corpus_features import CorpusFeatures
from twobranch.features.extract import image_features, sentence_features
from twobranch.features.lazy_rows import LazyRows
from twobranch.features.runtime import cpu_count
from twobranch.features.views import image_views
from twobranch.models import TrainingNetwork
from twobranch.models.training_network import SideName
from twobranch.training.encoding import Encoded
from twobranch.training.forward import run
from twobranch.training.precision import Precision
from twobranch.training.recipe import Recipe, Stage

TOGETHER = 64
"""Items that go through an encoder at a time."""

Compute = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""From row numbers (n,) to features (n, F)."""


class MovingFeatures:
    """The validation split, as the encoders of a training see it in a stage.

    Until a stage trains the encoder of a side, its frozen features are used; from then on they are computed by the
    encoder as it is at the moment.

    Args:
        encoded: the corpus with the encoders before the training.
        network: holds the encoders that are trained.
        recipe: says which, and when.
        device: where they stand.
    """

    def __init__(
        self, encoded: Encoded[CorpusFeatures], network: TrainingNetwork, recipe: Recipe, device: torch.device
    ) -> None:
        self._encoded, self._network, self._recipe, self._device = encoded, network, recipe, device
        self._precision = Precision.of(recipe.precision, device)

    def __call__(self, stage: Stage) -> CorpusFeatures:
        """The features at this stage of the recipe."""
        val, encoded = self._encoded.val, self._encoded
        number = next(k for k, one in enumerate(self._recipe.stages) if one is stage)  # stages may be equal
        so_far = self._recipe.stages[: number + 1]
        if any(earlier.trains("image.encoder") for earlier in so_far):
            count, size = len(val.corpus.image_paths), encoded.image_encoder.dim
            val = replace(val, images=LazyRows(count, size, _in_parts(self._images)))
        if any(earlier.trains("sentence.encoder") for earlier in so_far):
            count, size = len(val.corpus.sentence_texts), encoded.sentence_encoder.dim
            val = replace(val, sentences=LazyRows(count, size, _in_parts(self._sentences)))
        return val

    def _images(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n,) row numbers -> (n, F), the mean over the views."""
        paths, views, size = self._encoded.val.corpus.image_paths, self._encoded.views, self._encoded.image_encoder.size
        with ThreadPoolExecutor(self._encoded.image_encoder.threads or cpu_count()) as pool:
            shown = list(pool.map(lambda row: image_views(paths[row], views, size), rows.tolist()))
        features = self._through("image", np.concatenate(shown))  # (n * views, F)
        mean: NDArray[np.float32] = features.reshape(len(rows), len(views), -1).mean(1)
        return mean

    def _sentences(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        texts = self._encoded.val.corpus.sentence_texts
        return self._through("sentence", self._encoded.sentence_encoder.tokens([texts[row] for row in rows]))

    def _through(self, side: SideName, inputs: NDArray[np.uint8] | NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode():
            found = run(self._network.encoder(side), self._precision, torch.from_numpy(inputs).to(self._device))
        return np.asarray(found.cpu().numpy(), np.float32)


def with_tuned_encoders(encoded: Encoded[Any], network: TrainingNetwork, recipe: Recipe) -> Encoded[Any]:
    """The corpus with the encoders that came out of a training; their features are computed when they are asked for.

    Args:
        encoded: the corpus with the encoders before the training.
        network: the trained network.
        recipe: says which encoders were trained.
    """
    for side, tuned in _TUNED.items():
        if recipe.trains_encoder(side):
            encoded = tuned(encoded, network.encoder(side).weights())
    return encoded


def _with_images(encoded: Encoded[CorpusFeatures], weights: Mapping[str, Tensor]) -> Encoded[CorpusFeatures]:
    encoder = encoded.image_encoder.tuned(weights)

    def seen(part: CorpusFeatures) -> CorpusFeatures:
        paths = part.corpus.image_paths

        def compute(rows: NDArray[np.int64]) -> NDArray[np.float32]:
            return image_features(encoder, [paths[row] for row in rows], encoded.views, encoded.cache).features.array()

        return replace(part, images=LazyRows(len(paths), encoder.dim, compute))

    return replace(encoded, image_encoder=encoder, train=seen(encoded.train), val=seen(encoded.val))


def _with_sentences(encoded: Encoded[CorpusFeatures], weights: Mapping[str, Tensor]) -> Encoded[CorpusFeatures]:
    encoder = encoded.sentence_encoder.tuned(weights)

    def read(part: CorpusFeatures) -> CorpusFeatures:
        texts = part.corpus.sentence_texts

        def compute(rows: NDArray[np.int64]) -> NDArray[np.float32]:
            features = sentence_features(encoder, [texts[row] for row in rows], encoded.cache)
            return np.asarray(features.array(), np.float32)

        return replace(part, sentences=LazyRows(len(texts), encoder.dim, compute))

    return replace(encoded, sentence_encoder=encoder, train=read(encoded.train), val=read(encoded.val))


_TUNED: dict[SideName, Callable[[Encoded[CorpusFeatures], Mapping[str, Tensor]], Encoded[CorpusFeatures]]] = {
    "image": _with_images,
    "sentence": _with_sentences,
}


def _in_parts(compute: Compute) -> Compute:
    """The same computation, a few rows at a time."""

    def computed(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        parts = np.array_split(rows, range(TOGETHER, len(rows), TOGETHER))
        return np.concatenate([compute(part) for part in parts])

    return computed
