"""The training loop: one for all methods. What differs between them is data: stages, inputs, steps, losses."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from twobranch.errors import TwobranchError
from twobranch.models import TrainingNetwork
from twobranch.progress import log, progress
from twobranch.training.checkpoint import Position, restore, restore_weights, save_checkpoint
from twobranch.training.data import Feed, TrainingData
from twobranch.training.mining import Mining, with_mined
from twobranch.training.precision import Precision
from twobranch.training.processes import ALONE, Processes
from twobranch.training.recipe import Recipe, Stage
from twobranch.training.steps import RunningStep

CHECKPOINT_SECONDS = 60.0
"""A run that is killed loses at most about this much work within an epoch."""


class Validation(Protocol):
    """Measures the network that is trained on the validation split; it stands in evaluation mode then."""

    def after_epoch(self, stage: Stage) -> dict[str, float]:
        """Metrics by name, among them the selection metric."""
        ...

    def after_stage(self, stage: Stage) -> dict[str, float]:
        """What is worth knowing of the weights that a stage hands on; it may take longer."""
        ...


class Recorder(Protocol):
    """Keeps the history of a run, whole at each call."""

    def __call__(self, history: list[dict[str, Any]]) -> None:
        """Write the rows so far."""


class Loop:
    """Trains a network by the stages of a recipe.

    Args:
        recipe: what to do.
        network: the network, initialized; it is trained in place and ends with the weights of the last stage.
        data: the training split.
        validation: measures the network on the validation split.
        checkpoints: folder of `last.safetensors` and `best.safetensors`.
        record: keeps the history.
        device: where the network stands.
        processes: those that train together. All go the same way; the first one alone measures and writes.
    """

    def __init__(
        self,
        recipe: Recipe,
        network: TrainingNetwork,
        data: TrainingData,
        validation: Validation,
        checkpoints: Path,
        record: Recorder,
        device: torch.device,
        processes: Processes = ALONE,
    ) -> None:
        self._recipe, self._network, self._data, self._validation = recipe, network, data, validation
        self._last, self._best = checkpoints / "last.safetensors", checkpoints / "best.safetensors"
        self._record, self._device = record, device
        self._processes = processes
        bfloat16 = processes.from_first(lambda: Precision.of(recipe.precision, device).bfloat16)
        self._precision = Precision(device, bfloat16)

    def run(self, position: Position) -> Position:
        """Train from a position to the end.

        Args:
            position: a new one, or that of `last.safetensors`, whose weights are then restored.

        Raises:
            TwobranchError: if a loss or an embedding is not finite; the checkpoints stay as they were.
        """
        self._counted = time.monotonic()
        resumed = position.stage > 0 or position.epoch > 0 or position.step > 0
        while position.stage < len(self._recipe.stages):
            stage = self._recipe.stages[position.stage]
            steps = [RunningStep(step, self._network, self._precision, self._processes) for step in stage.steps]
            if resumed:
                restore(self._last, self._network, steps, self._processes)
                resumed = False
            self._run_stage(stage, steps, position)
            self._end_stage(stage, position)
            position.stage, position.epoch, position.stale_epochs, position.best = position.stage + 1, 0, 0, None
            position.mined = []
            if position.stage < len(self._recipe.stages):
                # The next stage writes its best weights over those that this one hands on, which must not be looked
                # for there again.
                self._save(position, [])
        self._network.eval()
        self._count_time(position)
        return position

    def _run_stage(self, stage: Stage, steps: list[RunningStep], position: Position) -> None:
        feed = Feed(self._data, stage.inputs, self._device, self._processes)
        per_epoch = stage.sampler.steps(self._data.drawn_from)
        total = stage.batches(per_epoch)
        log.info(
            'stage "%s": %d batches, %d per epoch, inputs %s, products in %s',
            stage.name, total, per_epoch, stage.inputs.model_dump(mode="json"),
            "bfloat16" if self._precision.bfloat16 else "float32",
        )  # fmt: skip
        with progress(f"training: {stage.name}", total) as advance:
            advance(position.epoch * per_epoch + position.step)
            while position.epoch * per_epoch < total and not self._is_over(stage, position):
                self._run_epoch(stage, steps, feed, position, per_epoch, total, advance)

    def _is_over(self, stage: Stage, position: Position) -> bool:
        return stage.patience is not None and position.stale_epochs >= stage.patience

    def _run_epoch(
        self,
        stage: Stage,
        steps: list[RunningStep],
        feed: Feed,
        position: Position,
        per_epoch: int,
        total: int,
        advance: Callable[[int], None],
    ) -> None:
        started = saved = time.monotonic()
        # Seeded by position alone, so that a resumed epoch draws the same batches and skips those done.
        seed = [self._recipe.seed, position.stage, position.epoch]
        random = np.random.default_rng(seed)
        first = position.step
        if stage.mining is not None and first == 0:
            position.mined = self._mine(stage.mining, feed, seed)
        self._train_mode(stage)
        for number, rows in enumerate(stage.sampler.epoch(self._data.drawn_from, random)):
            done = position.epoch * per_epoch + number
            if number < first:
                continue
            if done >= total:
                break
            self._processes.begin([*seed, number])
            batch = feed.batch(with_mined(rows, position.mined), np.random.default_rng([*seed, number]))
            for step in steps:
                for name, value in step(batch, done, per_epoch, total).items():
                    key = f"{step.config.name}.{name}"
                    position.sums[key] = position.sums.get(key, 0.0) + value
            position.step = number + 1
            advance(1)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self._save(position, steps)
                saved = time.monotonic()
        self._end_epoch(stage, steps, position, time.monotonic() - started)

    def _save(self, position: Position, steps: list[RunningStep]) -> None:
        self._count_time(position)
        self._processes.on_first(save_checkpoint, self._last, position, self._network, steps)

    def _count_time(self, position: Position) -> None:
        """Add what has passed since it was last counted."""
        now = time.monotonic()
        position.seconds += now - self._counted
        self._counted = now

    def _mine(self, mining: Mining, feed: Feed, seed: list[int]) -> list[int]:
        self._network.eval()
        random = np.random.default_rng([*seed, 0, 1])  # apart from those of the batches
        mined = mining.mine(self._network, feed, self._data, self._precision, random, self._processes)
        return self._processes.from_first(lambda: mined)

    def _train_mode(self, stage: Stage) -> None:
        """What the stage trains is in training mode; the rest stands still, statistics and dropout included."""
        self._network.eval()
        for name in {name for step in stage.steps for name in step.trains}:
            self._network.part(name).train()

    def _end_epoch(self, stage: Stage, steps: list[RunningStep], position: Position, seconds: float) -> None:
        metrics = self._measured(self._validation.after_epoch, stage)
        value = metrics[self._recipe.selection.metric]
        is_best = position.best is None or value > position.best
        losses = {name: total / position.step for name, total in position.sums.items()}
        about = {"stage": stage.name, "epoch": position.epoch + 1, "batches": position.step}
        row = {**about, "losses": losses, "val": metrics, "best": is_best}
        position.history.append({**row, "seconds": round(seconds, 3)})
        position.best = value if is_best else position.best
        position.stale_epochs = 0 if is_best else position.stale_epochs + 1
        position.epoch, position.step, position.sums = position.epoch + 1, 0, {}
        if is_best:
            self._processes.on_first(save_checkpoint, self._best, position, self._network, [])
        self._save(position, steps)
        self._processes.on_first(self._record, position.history)
        log.info(
            "%s, epoch %d: %s, val %s %.1f%s",
            stage.name,
            position.epoch,
            ", ".join(f"{name} {value:.4f}" for name, value in losses.items()),
            self._recipe.selection.metric,
            value,
            " (best)" if is_best else "",
        )

    def _end_stage(self, stage: Stage, position: Position) -> None:
        if stage.ends_with == "best":
            self._load_best()
        position.history[-1]["after_stage"] = self._measured(self._validation.after_stage, stage)
        self._processes.on_first(self._record, position.history)

    def _measured(self, measure: Callable[[Stage], dict[str, float]], stage: Stage) -> dict[str, float]:
        self._network.eval()
        with torch.inference_mode():
            return self._processes.from_first(lambda: measure(stage))

    def _load_best(self) -> None:
        self._processes.on_first(self._require_best)
        restore_weights(self._best, self._network, self._processes)

    def _require_best(self) -> None:
        if not self._best.exists():
            raise TwobranchError(
                str(self._best), "the best weights of the run must be there", remedy="Train anew with another --out."
            )
