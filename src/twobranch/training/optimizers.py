"""Optimizers of a recipe."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from pydantic import Field
from torch import nn

from twobranch.config import Config
from twobranch.errors import TwobranchError, nearest


class OptimizerConfig(Config):
    """The base of all optimizers: options are fields, `build` makes the torch optimizer."""

    learning_rate: float = Field(gt=0, description="highest learning rate; the schedule scales it")
    weight_decay: float = Field(default=0.0, ge=0, description="pull of the weights towards zero")
    multipliers: dict[str, float] = Field(
        default={},
        description="factor of the learning rate per trained part, or part of a part: image.branch,"
        " sentence.branch.words; the longest name that fits counts",
    )

    def groups(self, parameters: Mapping[str, nn.Parameter]) -> list[dict[str, Any]]:
        """One parameter group per factor, with its base learning rate under `base_lr`.

        Args:
            parameters: by full name, `<part>.<name inside the part>`.

        Raises:
            TwobranchError: if a multiplier fits no parameter.

        Example:
            >>> ones = {name: nn.Parameter(torch.ones(1)) for name in ("head.a", "head.words.b")}
            >>> groups = Adam(learning_rate=0.1, multipliers={"head.words": 0.5}).groups(ones)
            >>> [(len(group["params"]), group["lr"]) for group in groups]
            [(1, 0.1), (1, 0.05)]
        """
        chosen = {name: self._prefix(name) for name in parameters}
        for prefix in self.multipliers:
            if not any(_is_in(name, prefix) for name in parameters):
                parts = sorted({name.rpartition(".")[0] for name in parameters})
                raise TwobranchError(
                    f'multipliers, "{prefix}"', "a multiplier is for something that the step trains",
                    remedy=nearest(prefix, parts),
                )  # fmt: skip
        groups = []
        for prefix in dict.fromkeys(chosen.values()):
            rate = self.learning_rate * self.multipliers.get(prefix, 1.0)
            some = [parameters[name] for name in parameters if chosen[name] == prefix]
            groups.append({"params": some, "lr": rate, "base_lr": rate})
        return groups

    def _prefix(self, name: str) -> str:
        """The longest multiplier that fits a parameter; empty where none does."""
        return max((prefix for prefix in self.multipliers if _is_in(name, prefix)), key=len, default="")

    @abstractmethod
    def build(self, parameters: Mapping[str, nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of parameters by full name."""


def _is_in(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


class Adam(OptimizerConfig):
    """Adam; weight decay is added to the gradient. The official two-branch code uses it at 1e-4."""

    def build(self, parameters: Mapping[str, nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of parameters by full name, fused."""
        return torch.optim.Adam(self.groups(parameters), weight_decay=self.weight_decay, fused=True)


class AdamW(OptimizerConfig):
    """Adam with decoupled weight decay."""

    def build(self, parameters: Mapping[str, nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of parameters by full name, fused."""
        return torch.optim.AdamW(self.groups(parameters), weight_decay=self.weight_decay, fused=True)


class SGD(OptimizerConfig):
    """Stochastic gradient descent with (Nesterov) momentum."""

    momentum: float = Field(default=0.9, ge=0, lt=1, description="momentum")
    nesterov: bool = Field(default=False, description="Nesterov's momentum")

    def build(self, parameters: Mapping[str, nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of parameters by full name, fused."""
        return torch.optim.SGD(
            self.groups(parameters),
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            fused=True,
        )


OPTIMIZERS: dict[str, type[OptimizerConfig]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
"""The name of each optimizer in a recipe."""
