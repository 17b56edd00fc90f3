"""What is kept of one training: a folder with result.json and ranks.npz, from which tables and tests are made."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twobranch.config import Config, validated
from twobranch.errors import TwobranchError
from twobranch.evaluation.ranks import Ranks
from twobranch.files import atomic_path, read_json, write_json
from twobranch.progress import log
from twobranch.temporaries import discard, temporary_beside
from twobranch.training.recipe import Recipe

FORMAT = 1


@dataclass(frozen=True)
class Key:
    """What a training depends on: with an equal key its result is used again, with any other it is trained anew.

    Attributes:
        recipe: `recipe_digest`.
        train: fingerprint of the training split.
        val: fingerprint of the split that it is measured on.
        seed: seed of the training.
    """

    recipe: str
    train: str
    val: str
    seed: int


def recipe_digest(recipe: Recipe) -> str:
    """16 hexadecimal digits of what a recipe does; its texts and its seed are no part of them.

    Example:
        >>> from twobranch.training.recipes import load_recipe
        >>> recipe_digest(load_recipe()) == recipe_digest(load_recipe("default", ["seed=7"]))
        True
    """
    values = recipe.model_dump(mode="json", exclude={"summary", "source", "seed"})
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


class Facts(Config):
    """The document result.json.

    `metrics` are point estimates: i2t, t2i, rsum. `stages` holds a row of diagnostics for the end of each stage,
    `history` a row for each epoch.
    """

    format: int
    name: str
    key: Key
    metrics: dict[str, Any]
    stages: list[dict[str, Any]]
    history: list[dict[str, Any]]
    training_seconds: float
    evaluation_seconds: float
    parameters: int
    version: str
    threads: int
    device: str


@dataclass(frozen=True)
class Result:
    """A training, measured on the val split.

    Attributes:
        facts: what result.json holds.
        ranks: of both directions, 0 where a query has no match.
        within_view: (M,) ranks of sentences that look for sentences of their image; None for a pair scorer.
        image_groups: (N,) group codes of the images.
        sentence_groups: (M,) group codes of the sentences.
    """

    facts: Facts
    ranks: Ranks = field(repr=False)
    within_view: np.ndarray | None = field(repr=False)
    image_groups: np.ndarray = field(repr=False)
    sentence_groups: np.ndarray = field(repr=False)

    def write(self, folder: Path) -> None:
        """Write the folder, whole or not at all."""
        arrays = {
            "i2t": self.ranks.i2t,
            "t2i": self.ranks.t2i,
            "image_groups": self.image_groups,
            "sentence_groups": self.sentence_groups,
        }
        if self.within_view is not None:
            arrays["within_view"] = self.within_view
        with atomic_path(folder) as temporary:
            temporary.mkdir()
            np.savez_compressed(temporary / "ranks.npz", allow_pickle=False, **arrays)
            write_json(temporary / "result.json", self.facts.model_dump(mode="json"))


def result_folder(out: Path, name: str, seed: int) -> Path:
    """Where the result of a row and seed is kept: `OUT/runs/<row>/seed-<n>`.

    Example:
        >>> result_folder(Path("out"), "mite/triplet", 2).as_posix()
        'out/runs/mite/triplet/seed-2'
    """
    return out / "runs" / name / f"seed-{seed}"


def attempt_folder(folder: Path, key: Key) -> Path:
    """Where a training works before its result is whole; what another recipe or corpus left there is removed.

    Args:
        folder: of the result.
        key: of the training.

    Example:
        >>> attempt_folder(Path("out/runs/default/seed-0"), Key("digest", "train", "val", 0)).name
        'seed-0.b1faa561.work'
    """
    digest = hashlib.sha256(json.dumps(asdict(key), sort_keys=True).encode()).hexdigest()[:8]
    mine = folder.with_name(f"{folder.name}.{digest}.work")
    remove_attempts(folder, but=mine)
    return mine


def remove_attempts(folder: Path, *, but: Path | None = None) -> None:
    """Remove where trainings worked for a result, `but` one; a half-removed one is never gone on with."""
    for attempt in folder.parent.glob(f"{folder.name}.*work"):
        if attempt != but:
            gone = temporary_beside(attempt)
            os.rename(attempt, gone)
            discard(gone)


def read_result(folder: Path, key: Key) -> Result | None:
    """The result in a folder, or None where there is none, it is damaged, or it belongs to another training."""
    if not folder.exists():
        return None
    try:
        document = read_json(folder / "result.json", "a result")
        if not isinstance(document, Mapping) or document.get("format") != FORMAT:
            raise TwobranchError(str(folder), f"must be a result of format {FORMAT}", remedy="It is trained anew.")
        facts = validated(Facts, document, str(folder / "result.json"))
        if facts.key != key:
            log.info("%s is of another recipe or corpus: it is trained anew", folder)
            return None
        with np.load(folder / "ranks.npz", allow_pickle=False) as arrays:
            return Result(
                facts,
                Ranks(arrays["i2t"], arrays["t2i"]),
                arrays.get("within_view"),
                arrays["image_groups"],
                arrays["sentence_groups"],
            )
    except (TwobranchError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        log.warning("%s cannot be used and is trained anew: %s", folder, error)
        return None
