"""The network that a training starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from twobranch.features.encoder import Encoder
from twobranch.matcher.folder import WEIGHTS, load_weights, require_architecture
from twobranch.models import TrainingNetwork
from twobranch.models.branch import Branch
from twobranch.models.text import TextBranch
from twobranch.models.training_network import SideName
from twobranch.training.data import TrainingData
from twobranch.training.encoding import Encoded
from twobranch.training.recipe import Recipe


def initialized_network(
    recipe: Recipe, encoded: Encoded[Any], data: TrainingData, init: str | Path | None = None
) -> TrainingNetwork:
    """The network of a recipe with random weights from its seed, or with those of an earlier matcher.

    Args:
        recipe: the recipe.
        encoded: the training split, from which input statistics are measured.
        data: the same as batches are made of it, from which a start is measured.
        init: folder of an earlier matcher of the same architecture; None for the start of the recipe.

    Raises:
        TwobranchError: if the earlier matcher has another architecture, or the start does not suit the branches.
    """
    torch.manual_seed(recipe.seed)
    matching = recipe.model.build(encoded.image_encoder.dim, encoded.sentence_encoder.dim)
    if init is not None:
        require_architecture(init, recipe.model)
        load_weights(Path(init) / WEIGHTS, matching)
    else:
        sides = (matching.image["branch"], encoded.train.images), (matching.sentence["branch"], encoded.train.sentences)
        for branch, features in sides:
            if isinstance(branch, Branch):
                branch.fit(encoded.some_rows(features, recipe.seed))
            elif isinstance(branch, TextBranch) and encoded.sentence_encoder.vectors is not None:
                branch.words.begin(torch.from_numpy(encoded.sentence_encoder.vectors))
        recipe.start.apply(matching, data, recipe.seed)
    encoders: dict[SideName, Encoder] = {"image": encoded.image_encoder, "sentence": encoded.sentence_encoder}
    entered = {side: encoder.trainable() for side, encoder in encoders.items() if recipe.enters_encoder(side)}
    return recipe.classifiers.build(matching, recipe.model.embedding, len(data.groups), entered)
