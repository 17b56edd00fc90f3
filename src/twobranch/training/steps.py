"""Steps: the updates that a stage makes on each batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from twobranch.errors import TwobranchError, nearest
from twobranch.losses.base import Loss, LossKind
from twobranch.models.training_network import TrainingNetwork
from twobranch.training.data import Batch
from twobranch.training.forward import Forward
from twobranch.training.precision import Precision
from twobranch.training.processes import ALONE, Processes
from twobranch.training.recipe import Step

ARGUMENTS: dict[LossKind, Callable[[Forward, Any], tuple[Any, ...]]] = {
    "embedding": lambda forward, loss: (forward.image_embeddings, forward.sentence_embeddings, forward.masks),
    "score": lambda forward, loss: (forward.scores, forward.masks.image_sentence),
    "pair": lambda forward, loss: forward.pairs(loss),
    "class": lambda forward, loss: forward.classes(loss),
    "modality": lambda forward, loss: forward.modalities(loss),
    "words": lambda forward, loss: forward.words(),
}
"""What each kind of loss is called with. A new kind of loss is a line here."""


class RunningStep:
    """A step of a recipe with its optimizer.

    Args:
        config: the step as the recipe declares it.
        network: the network whose parts it trains.
        precision: what the networks compute in.
        processes: those that train together and make the same update.

    Raises:
        TwobranchError: if the step names a part that the network does not have.
    """

    def __init__(
        self, config: Step, network: TrainingNetwork, precision: Precision, processes: Processes = ALONE
    ) -> None:
        self.config = config
        self._network = network
        self._precision = precision
        self._processes = processes
        for name in config.trains:
            if name not in network.part_names():
                raise TwobranchError(
                    f'step "{config.name}", part "{name}"',
                    "a step trains parts that the network has",
                    remedy=nearest(name, network.part_names()),
                )
        parameters = {
            f"{name}.{inner}": parameter
            for name in config.trains
            for inner, parameter in network.part(name).named_parameters()
            if parameter.requires_grad
        }
        if not parameters:
            raise TwobranchError(
                f'step "{config.name}"',
                "a step trains parts that have weights",
                found=", ".join(config.trains),
                remedy="Train an encoder (image.encoder with the input pixels, sentence.encoder with tokens), or use a"
                " branch with weights: mlp.",
            )
        self.parameters = list(parameters.values())
        self.optimizer = config.optimizer.build(parameters)

    def __call__(self, batch: Batch, step: int, steps_per_epoch: int, steps: int) -> dict[str, float]:
        """Make one update.

        Returns:
            The value of each loss, unweighted, by label.

        Raises:
            TwobranchError: if the loss is not finite; nothing is updated then.
        """
        factor = self.config.schedule.factor(step, steps_per_epoch, steps)
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor
        forward = Forward(self._network, batch, self._precision, self.config.trains, self._processes)
        values = {loss.label: self._value(loss, forward) for loss in self.config.losses}
        total = torch.stack([loss.weight_at(step / steps) * values[loss.label] for loss in self.config.losses]).sum()
        if not torch.isfinite(total):
            raise TwobranchError(
                f'step "{self.config.name}", update {step}',
                "a loss must be finite",
                found=str(float(total.detach())),
                remedy="Lower the learning rate, or look for non-finite values in the features.",
            )
        self.optimizer.zero_grad(set_to_none=True)
        gradients = self._processes.averaged(torch.autograd.grad(total, self.parameters, allow_unused=True))
        # Only the parts that the step trains receive a gradient; the others stand still, whatever the loss sees.
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = None if gradient is None else _laid_out_as(parameter, gradient)
        self.optimizer.step()
        return {label: float(value.detach()) for label, value in values.items()}

    def _value(self, loss: Loss, forward: Forward) -> Tensor:
        value: Tensor = loss(*ARGUMENTS[loss.kind](forward, loss))  # type: ignore[operator]
        return value


def _laid_out_as(parameter: Tensor, gradient: Tensor) -> Tensor:
    """A gradient in the layout of its parameter, without which fused optimizers take one value for another."""
    if gradient.stride() == parameter.stride():
        return gradient
    return torch.empty_like(parameter).copy_(gradient)
