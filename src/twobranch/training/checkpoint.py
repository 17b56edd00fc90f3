"""Checkpoints without pickle: one safetensors file holds the tensors, its header the rest as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from twobranch.errors import TwobranchError
from twobranch.files import as_os_error, atomic_path
from twobranch.models import TrainingNetwork
from twobranch.training.processes import ALONE, Processes
from twobranch.training.steps import RunningStep

FORMAT = 1


@dataclass
class Position:
    """Where a run stands, and what it has measured so far.

    Attributes:
        stage: number of the stage.
        epoch: number of the epoch in the stage.
        step: batches done in the epoch.
        stale_epochs: epochs since the best one.
        best: best value of the selection metric in this stage; None before the first epoch ends.
        sums: sums of the losses over the batches of this epoch, by `step.loss`.
        seconds: that the training has taken so far, over all its interruptions.
        mined: row of the sentence that was mined for each image in this epoch; empty where nothing was.
        history: one row per epoch done, as in metrics.jsonl.
        recipe: the resolved recipe, so that a run is never continued with another one.
        corpus: fingerprint of the training split, for the same reason.
    """

    recipe: dict[str, Any]
    corpus: str
    stage: int = 0
    epoch: int = 0
    step: int = 0
    stale_epochs: int = 0
    best: float | None = None
    sums: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    mined: list[int] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)


def save_checkpoint(path: Path, position: Position, network: TrainingNetwork, steps: list[RunningStep]) -> None:
    """Write a checkpoint atomically: weights, optimizer states, random state and position."""
    tensors: dict[str, Tensor] = {f"network.{name}": value for name, value in network.state_dict().items()}
    for number, step in enumerate(steps):
        for parameter, state in step.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{parameter}.{name}": value for name, value in state.items()}
    tensors["random"] = torch.get_rng_state()
    header = json.dumps({"format": FORMAT, **position.__dict__})
    with atomic_path(path) as temporary, as_os_error(SafetensorError):
        save_file({name: value.contiguous() for name, value in tensors.items()}, temporary, {"twobranch": header})


def load_position(path: Path) -> Position:
    """Read the position of a checkpoint.

    Raises:
        TwobranchError: if the file is missing, damaged, or of another version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads(file.metadata()["twobranch"])
    except FileNotFoundError:
        raise TwobranchError(
            str(path), "a checkpoint must exist to go on from", remedy="Leave --resume out to start anew."
        ) from None
    except Exception as error:
        raise _damaged(path, error) from None
    if not isinstance(header, dict) or header.pop("format", None) != FORMAT:
        raise TwobranchError(
            str(path), f"must be a checkpoint of format {FORMAT}", remedy="Resume with the version that wrote it."
        )
    try:
        return TypeAdapter(Position).validate_python(header)
    except ValidationError as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> TwobranchError:
    return TwobranchError(str(path), "must be a whole checkpoint", found=str(error), remedy="Delete it and start anew.")


def restore(path: Path, network: TrainingNetwork, steps: list[RunningStep], processes: Processes = ALONE) -> None:
    """Put a checkpoint's weights, optimizer states and random state in place; the first process reads it for all.

    Raises:
        TwobranchError: if the file is damaged, or belongs to other networks.
    """
    tensors = processes.tensors_from_first(lambda: _read(path))
    try:
        _restore(tensors, network, steps)
    except Exception as error:  # a tensor that is missing or of another shape
        raise _damaged(path, error) from None


def _read(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except Exception as error:
        raise _damaged(path, error) from None


def _restore(tensors: Mapping[str, Tensor], network: TrainingNetwork, steps: list[RunningStep]) -> None:
    _load_weights(network, tensors)
    for number, step in enumerate(steps):
        states: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            match name.split("."):
                case ["optimizer", owner, parameter, key] if int(owner) == number:
                    states.setdefault(int(parameter), {})[key] = value
        step.optimizer.load_state_dict({**step.optimizer.state_dict(), "state": states})
        _check_shapes(step.optimizer)
    torch.set_rng_state(tensors["random"])


def _check_shapes(optimizer: torch.optim.Optimizer) -> None:
    """An optimizer takes any state, and would fail on it in the middle of its next step."""
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            if value.dim() and value.shape != parameter.shape:
                raise ValueError(f"{name} of shape {tuple(value.shape)} for a weight of {tuple(parameter.shape)}")


def restore_weights(path: Path, network: TrainingNetwork, processes: Processes = ALONE) -> None:
    """Put a checkpoint's weights in place, and nothing else; the first process reads it for all.

    Raises:
        TwobranchError: if the file is damaged, or belongs to another network.
    """
    tensors = processes.tensors_from_first(lambda: _read(path))
    try:
        _load_weights(network, tensors)
    except Exception as error:
        raise _damaged(path, error) from None


def _load_weights(network: TrainingNetwork, tensors: Mapping[str, Tensor]) -> None:
    prefix = "network."
    named = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    network.load_state_dict(named)
