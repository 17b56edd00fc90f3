"""Optimizers of a recipe."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from pydantic import Field
from torch import nn

from twobranch.config import Config


class OptimizerConfig(Config):
    """The base of all optimizers: options are fields, `build` makes the torch optimizer."""

    learning_rate: float = Field(gt=0, description="highest learning rate; the schedule scales it")
    weight_decay: float = Field(default=0.0, ge=0, description="pull of the weights towards zero")
    multipliers: dict[str, float] = Field(default={}, description="factor of the learning rate per trained part")

    def groups(self, parts: Mapping[str, nn.Module]) -> list[dict[str, Any]]:
        """One parameter group per part, with its base learning rate under `base_lr`."""
        rates = {name: self.learning_rate * self.multipliers.get(name, 1.0) for name in parts}
        return [
            {"params": list(part.parameters()), "lr": rates[name], "base_lr": rates[name]}
            for name, part in parts.items()
        ]

    @abstractmethod
    def build(self, parts: Mapping[str, nn.Module]) -> torch.optim.Optimizer:
        """The optimizer of the parts' parameters."""


class Adam(OptimizerConfig):
    """Adam; weight decay is added to the gradient. The official two-branch code uses it at 1e-4."""

    def build(self, parts: Mapping[str, nn.Module]) -> torch.optim.Optimizer:
        """The optimizer of the parts' parameters, fused."""
        return torch.optim.Adam(self.groups(parts), weight_decay=self.weight_decay, fused=True)


class AdamW(OptimizerConfig):
    """Adam with decoupled weight decay."""

    def build(self, parts: Mapping[str, nn.Module]) -> torch.optim.Optimizer:
        """The optimizer of the parts' parameters, fused."""
        return torch.optim.AdamW(self.groups(parts), weight_decay=self.weight_decay, fused=True)


class SGD(OptimizerConfig):
    """Stochastic gradient descent with (Nesterov) momentum."""

    momentum: float = Field(default=0.9, ge=0, lt=1, description="momentum")
    nesterov: bool = Field(default=False, description="Nesterov's momentum")

    def build(self, parts: Mapping[str, nn.Module]) -> torch.optim.Optimizer:
        """The optimizer of the parts' parameters, fused."""
        return torch.optim.SGD(
            self.groups(parts),
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            fused=True,
        )


OPTIMIZERS: dict[str, type[OptimizerConfig]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}
"""The name of each optimizer in a recipe."""
