"""Learning-rate schedules: pure functions of the position in a stage, so that a resumed run needs no state of them."""

from __future__ import annotations

import math
from abc import abstractmethod

from pydantic import Field

from twobranch.config import Config


class Schedule(Config):
    """The base of all schedules."""

    @abstractmethod
    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """The factor of the learning rate at a step.

        Args:
            step: steps done in this stage, from 0.
            steps_per_epoch: steps of an epoch.
            steps: steps of the whole stage.
        """


class Constant(Schedule):
    """The same rate throughout, as the official two-branch code really trains (methods.md 1.2 [C])."""

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """Always 1."""
        return 1.0


class OneCycle(Schedule):
    """A linear rise to the full rate, then a cosine fall to zero."""

    warmup: float = Field(default=0.2, ge=0, lt=1, description="share of the stage's steps in which the rate rises")

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """The factor at a step.

        Example:
            >>> [round(OneCycle(warmup=0.5).factor(step, 1, 4), 2) for step in range(4)]
            [0.5, 1.0, 1.0, 0.5]
        """
        rise = self.warmup * steps
        if step < rise:
            return (step + 1) / rise if rise >= 1 else 1.0
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1.0, steps - rise)))


class Exponential(Schedule):
    """A factor per epoch; 0.794 is what the official code builds and its PyTorch port applies (methods.md 1.2 [C2])."""

    gamma: float = Field(default=0.794, gt=0, le=1, description="factor of the rate per epoch")

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """Gamma to the power of the epoch."""
        return float(self.gamma ** (step // steps_per_epoch))


SCHEDULES: dict[str, type[Schedule]] = {"constant": Constant, "one-cycle": OneCycle, "exponential": Exponential}
"""The name of each schedule in a recipe."""
