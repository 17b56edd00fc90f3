"""Where the rows are trained: features of a corpus, encoded once per set of encoders, and one training at a time."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import twobranch
from twobranch.corpus import Corpus
from twobranch.evaluation.retrieval import metrics_from_ranks
from twobranch.reproduction.result import FORMAT, Facts, Key, Result
from twobranch.training.recipe import Recipe

if TYPE_CHECKING:
    from twobranch.features.corpus_features import CorpusFeatures
    from twobranch.training.encoding import Encoded, Place


def features_key(recipe: Recipe) -> str:
    """Equal for recipes that are trained on the same features: all of the model but what is trained.

    Example:
        >>> from twobranch.training.recipes import load_recipe
        >>> wide = load_recipe("default", ["model.embedding=1024", "model.image.branch.hidden=[4096]"])
        >>> features_key(load_recipe()) == features_key(wide)
        True
    """
    model = recipe.model
    sides = {"image": model.image, "sentence": model.sentence}
    return json.dumps({name: side.model_dump(mode="json", exclude={"branch"}) for name, side in sides.items()})


class Bench(Protocol):
    """Encodes and trains; tests put a quick one in the place of `FrozenFeatures`."""

    def encode(self, recipe: Recipe) -> Any:
        """The features of both splits, for every recipe with the same `features_key`."""

    def train(self, recipe: Recipe, name: str, key: Key, encoded: Any, folder: Path) -> Result:
        """Train and measure; goes on with an interrupted attempt in `folder`."""


@dataclass(frozen=True)
class FrozenFeatures:
    """Trains on the frozen features of a corpus.

    Attributes:
        corpus: with a train and a val split.
        place: device, threads, cache.
    """

    corpus: Corpus
    place: Place

    def encode(self, recipe: Recipe) -> Encoded[CorpusFeatures]:
        """The features of both splits.

        Raises:
            TwobranchError: if an encoder cannot be fitted or loaded, or a split is missing.
        """
        from twobranch.training.encoding import encode_corpus

        return encode_corpus(self.corpus, recipe.model, self.place)

    def train(self, recipe: Recipe, name: str, key: Key, encoded: Encoded[CorpusFeatures], folder: Path) -> Result:
        """Train a recipe and measure it on val, or go on with an attempt that was interrupted.

        Raises:
            TwobranchError: if the training fails.
        """
        import torch

        from twobranch.evaluation.evaluate import matcher_ranks, within_view_ranks
        from twobranch.matcher.folder import torch_device
        from twobranch.training.run import Run
        from twobranch.training.train import train_matcher

        trained = train_matcher(recipe, encoded, Run(folder), recipe_name=name, device=self.place.device, resume=True)
        started = time.monotonic()
        val, matcher = trained.encoded.val, trained.matcher
        ranks = matcher_ranks(matcher, val)
        within_view = None if matcher.scores_pairs else within_view_ranks(matcher, val)
        images, sentences = val.corpus.image_groups, val.corpus.sentence_groups
        metrics = metrics_from_ranks([ranks], [(images, sentences)], bootstrap=0)
        seconds = time.monotonic() - started
        facts = Facts(
            format=FORMAT,
            name=name,
            key=key,
            metrics=metrics,
            stages=trained.stages,
            history=trained.history,
            training_seconds=round(trained.seconds, 1),
            evaluation_seconds=round(seconds, 1),
            parameters=trained.parameters,
            version=twobranch.__version__,
            threads=torch.get_num_threads(),
            device=str(torch_device(self.place.device)),
        )
        return Result(facts, ranks, within_view, images, sentences)
