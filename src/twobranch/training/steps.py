"""Steps: the updates that a stage makes on each batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from twobranch.errors import TwobranchError, nearest
from twobranch.losses.base import LossKind
from twobranch.models import Network
from twobranch.training.data import Batch
from twobranch.training.recipe import Step


class Forward:
    """One pass of a batch through the network; each result is computed when a loss first asks for it."""

    def __init__(self, network: Network, batch: Batch) -> None:
        self._network = network
        self._batch = batch

    @cached_property
    def image_embeddings(self) -> Tensor:
        """(B, D)."""
        return self._network.embed_images(self._batch.images)

    @cached_property
    def sentence_embeddings(self) -> Tensor:
        """(C, D)."""
        return self._network.embed_sentences(self._batch.sentences)

    @property
    def masks(self) -> Any:
        """The relation of the batch."""
        return self._batch.masks


ARGUMENTS: dict[LossKind, Callable[[Forward], tuple[Any, ...]]] = {
    "embedding": lambda forward: (forward.image_embeddings, forward.sentence_embeddings, forward.masks),
}
"""What each kind of loss is called with. A new kind of loss is a line here."""


class RunningStep:
    """A step of a recipe with its optimizer.

    Args:
        config: the step as the recipe declares it.
        network: the network whose parts it trains.

    Raises:
        TwobranchError: if the step names a part that the network does not have.
    """

    def __init__(self, config: Step, network: Network) -> None:
        self.config = config
        self._network = network
        for name in {*config.trains, *config.optimizer.multipliers}:
            if name not in network.part_names():
                raise TwobranchError(
                    f'step "{config.name}", part "{name}"',
                    "a step trains parts that the network has",
                    remedy=nearest(name, network.part_names()),
                )
        parts = {name: network.part(name) for name in config.trains}
        self.parameters = [parameter for part in parts.values() for parameter in part.parameters()]
        self.optimizer = config.optimizer.build(parts)

    def __call__(self, batch: Batch, step: int, steps_per_epoch: int, steps: int) -> dict[str, float]:
        """Make one update.

        Returns:
            The value of each loss, unweighted, by name.

        Raises:
            TwobranchError: if the loss is not finite; nothing is updated then.
        """
        factor = self.config.schedule.factor(step, steps_per_epoch, steps)
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        forward = Forward(self._network, batch)
        values = [loss(*ARGUMENTS[loss.kind](forward)) for loss in self.config.losses]  # type: ignore[operator]
        total = torch.stack([loss.weight * value for loss, value in zip(self.config.losses, values, strict=True)]).sum()
        if not torch.isfinite(total):
            raise TwobranchError(
                f'step "{self.config.name}", update {step}',
                "a loss must be finite",
                found=str(float(total.detach())),
                remedy="Lower the learning rate, or look for non-finite values in the features.",
            )
        self.optimizer.zero_grad(set_to_none=True)
        gradients = torch.autograd.grad(total, self.parameters, allow_unused=True)
        # Only the parts that the step trains receive a gradient; the others stand still, whatever the loss sees.
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        self.optimizer.step()
        return {
            type(loss).__name__: float(value.detach()) for loss, value in zip(self.config.losses, values, strict=True)
        }
