"""The network that a training starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.files import read_json
from twobranch.matcher.architecture import Architecture
from twobranch.matcher.folder import DESCRIPTION, WEIGHTS
from twobranch.models import Network
from twobranch.models.branch import Branch
from twobranch.training.recipe import Recipe

STATISTICS_ROWS = 20_000
"""Training rows from which the input statistics of a branch are measured."""


def initialized_network(
    recipe: Recipe, image_size: int, sentence_size: int, train: CorpusFeatures, init: str | Path | None
) -> Network:
    """The network of a recipe with random weights from its seed, or with those of an earlier matcher.

    Args:
        recipe: the recipe.
        image_size: size F of an image feature.
        sentence_size: size F of a sentence feature.
        train: features of the training split, from which input statistics are measured.
        init: folder of an earlier matcher of the same architecture; None for random weights.

    Raises:
        TwobranchError: if the earlier matcher has another architecture.
    """
    torch.manual_seed(recipe.seed)
    network = recipe.model.build(image_size, sentence_size)
    if init is not None:
        _load(network, recipe.model, Path(init))
        return network
    for branch, features in ((network.image["branch"], train.images), (network.sentence["branch"], train.sentences)):
        if isinstance(branch, Branch):
            branch.fit(_some_rows(features, recipe.seed))
    return network


def _some_rows(features: Any, seed: int) -> Tensor:
    count = features.shape[0]
    drawn = np.random.default_rng(seed).choice(count, min(count, STATISTICS_ROWS), replace=False)
    return torch.from_numpy(np.ascontiguousarray(features[np.sort(drawn)], dtype=np.float32))


def _load(network: Network, architecture: Architecture, folder: Path) -> None:
    description = read_json(folder / DESCRIPTION, "the description of the matcher to start from")
    stored = validated(Architecture, description.get("architecture"), str(folder / DESCRIPTION), may_import=False)
    if stored != architecture:
        raise TwobranchError(
            f"--init {folder}",
            "the matcher to start from must have the architecture of the recipe",
            remedy=f"Train with the recipe of that matcher ({description.get('recipe_name')}), or without --init.",
        )
    network.load_state_dict(load_file(folder / WEIGHTS))
