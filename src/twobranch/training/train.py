"""From an encoded corpus and a recipe to a trained network: no calibration, no report, no folder of a matcher."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.matcher.folder import torch_device
from twobranch.matcher.matcher import Matcher, Provenance
from twobranch.progress import log
from twobranch.training.checkpoint import Position, load_position
from twobranch.training.data import TrainingData
from twobranch.training.encoding import Encoded
from twobranch.training.initialize import initialized_network
from twobranch.training.loop import Loop
from twobranch.training.processes import ALONE, Processes
from twobranch.training.recipe import Recipe
from twobranch.training.recipes import recipe_yaml
from twobranch.training.run import Run
from twobranch.training.tasks import task_of
from twobranch.training.tuned import with_tuned_encoders


@dataclass(frozen=True)
class Trained:
    """What a training gives.

    Attributes:
        matcher: with the weights of the last stage, not calibrated yet.
        encoded: the corpus, encoded by the matcher's encoders, which the training may have tuned.
        before: the document of the val split before training; None where measuring it would take longer than the
            training.
        history: one row per epoch, as in metrics.jsonl.
        stages: what was measured after each stage, with its name under `stage`.
        seconds: of start and training, interruptions left out; encoding and measuring before it are left out, too.
    """

    matcher: Matcher
    encoded: Encoded[Any]
    before: dict[str, Any] | None
    history: list[dict[str, Any]]
    seconds: float

    @property
    def stages(self) -> list[dict[str, Any]]:
        """What was measured after each stage, with its name under `stage`."""
        return [{"stage": row["stage"], **row["after_stage"]} for row in self.history if "after_stage" in row]

    @property
    def parameters(self) -> int:
        """Numbers of the matcher's branches and head; those of its encoders are left out."""
        return sum(parameter.numel() for parameter in self.matcher.network.parameters())


def train_matcher(
    recipe: Recipe,
    encoded: Encoded[Any],
    run: Run,
    *,
    recipe_name: str = "",
    device: str = "auto",
    init: str | Path | None = None,
    resume: bool = False,
    processes: Processes = ALONE,
) -> Trained:
    """Train the network of a recipe.

    Args:
        recipe: the recipe.
        encoded: the corpus, encoded for the recipe's model (by the encoders of `init`, where that is given).
        run: where recipe, history and checkpoints are written.
        recipe_name: name or file of the recipe.
        device: `auto`, `cpu`, `cuda` or `mps`.
        init: folder of an earlier matcher whose weights to start from.
        resume: go on from the run's last checkpoint, if it has one; it may come from another number of processes.
        processes: those that train together; the first one alone uses the run.

    Raises:
        TwobranchError: if the recipe does not fit, the run cannot be resumed, or training diverges.
    """
    place = processes.device(torch_device(device))
    _require_the_same(processes, recipe, encoded.train.corpus.fingerprint)
    position = Position(
        **processes.from_first(lambda: _position(run, recipe, encoded.train.corpus.fingerprint, resume).__dict__)
    )
    started = time.monotonic()
    task = task_of(recipe)
    data = task.data(recipe, encoded)
    network = initialized_network(recipe, encoded, data, init).to(place).eval()
    _require_rows_for_all(processes, recipe, data)
    processes.share(network)
    initialized = time.monotonic()
    matcher = Matcher(
        recipe.model,
        network.matching,
        encoded.image_encoder,
        encoded.sentence_encoder,
        Provenance(recipe_name, {}, {}),
        proposer=encoded.proposer,
        cache=encoded.cache,
    )
    before = processes.from_first(lambda: task.before(matcher, encoded))
    processes.on_first(run.write_recipe, recipe_yaml(recipe))
    # The loop trains the network in place: afterwards the matcher is the trained one.
    validation = task.validation(recipe, matcher, network, encoded, place)
    loop = Loop(recipe, network, data, validation, run.checkpoints, run.record, place, processes)
    position = loop.run(position)
    tuned = with_tuned_encoders(encoded, network, recipe)
    matcher = replace(matcher, image_encoder=tuned.image_encoder, sentence_encoder=tuned.sentence_encoder)
    return Trained(matcher, tuned, before, position.history, initialized - started + position.seconds)


def _require_the_same(processes: Processes, recipe: Recipe, corpus: str) -> None:
    """All processes must train the same recipe on the same data; on another machine either may be another."""
    own = {"recipe": recipe.model_dump(mode="json"), "training split": corpus}
    for what, first in processes.from_first(lambda: own).items():
        if own[what] != first:
            raise TwobranchError(
                f"training on several processes, {what} of process {processes.index}",
                "must be that of the first process",
                remedy="Give all machines the same DATA, pictures, --recipe and --set.",
            )


def _require_rows_for_all(processes: Processes, recipe: Recipe, data: TrainingData) -> None:
    """A batch of each stage must have rows for all processes; batches of a stage are nearly of one size."""
    for stage in recipe.stages:
        batch = next(iter(stage.sampler.epoch(data.drawn_from, np.random.default_rng(recipe.seed))))
        for rows in batch:
            processes.part(len(rows))


def _position(run: Run, recipe: Recipe, corpus: str, resume: bool) -> Position:
    """A new position, or that of the run's last checkpoint."""
    resolved = recipe.model_dump(mode="json")
    if not resume or not run.last_checkpoint.exists():
        return Position(recipe=resolved, corpus=corpus)
    position = load_position(run.last_checkpoint)
    for what, found, asked in (
        ("recipe", position.recipe, resolved),
        ("training split", position.corpus, corpus),
    ):
        if found != asked:
            raise TwobranchError(
                str(run.last_checkpoint),
                f"a run is resumed with its own {what}",
                remedy="Resume with the same DATA, --recipe and --set, or start anew with another --out.",
            )
    log.info("going on at stage %d, epoch %d, step %d", position.stage + 1, position.epoch + 1, position.step)
    return position
