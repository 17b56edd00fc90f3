"""Steps: the updates that a stage makes on each batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from twobranch.errors import TwobranchError, nearest
from twobranch.losses.base import ClassLoss, Loss, LossKind, ModalityLoss, PairLoss
from twobranch.losses.gradient_reversal import gradient_reversal
from twobranch.losses.masks import Masks
from twobranch.losses.pairs import draw_pairs
from twobranch.models.group_classifier import Candidates
from twobranch.models.text import TextBranch, WordTable
from twobranch.models.training_network import TrainingNetwork
from twobranch.training.data import Batch
from twobranch.training.precision import Precision
from twobranch.training.recipe import Step


class Forward:
    """One pass of a batch through the network; each result is computed when a loss first asks for it.

    Networks run in the precision of the run, and what they give is float32: losses never see less.
    """

    def __init__(self, network: TrainingNetwork, batch: Batch, precision: Precision) -> None:
        self._network, self._batch, self._precision = network, batch, precision
        self._candidates: dict[int, Candidates] = {}

    @cached_property
    def image_projections(self) -> Tensor:
        """(B, D), what the image branch gives, before it is normalized."""
        return self._run(self._network.matching.image["branch"], self._batch.images)

    @cached_property
    def sentence_projections(self) -> Tensor:
        """(C, D)."""
        return self._run(self._network.matching.sentence["branch"], self._batch.sentences)

    @cached_property
    def image_embeddings(self) -> Tensor:
        """(B, D)."""
        return self._network.matching.comparable(self.image_projections)

    @cached_property
    def sentence_embeddings(self) -> Tensor:
        """(C, D)."""
        return self._network.matching.comparable(self.sentence_projections)

    @property
    def masks(self) -> Masks:
        """The relation of the batch."""
        return self._batch.masks

    def pairs(self, loss: PairLoss) -> tuple[Tensor, Tensor]:
        """Logits (P,) of the pairs that the loss scores, and which of them match (P,)."""
        pairs = draw_pairs(self.masks.image_sentence, loss.negatives)
        images, sentences = self.image_embeddings[pairs.image], self.sentence_embeddings[pairs.sentence]  # (P, D)
        return self._run(self._network.matching.head, images, sentences), pairs.is_match

    def classes(self, loss: ClassLoss) -> tuple[Tensor, Tensor]:
        """Logits (N, K) of one side's items, and the column (N,) of each item's group."""
        batch, classifier = self._batch, self._network.group_classifier
        projections, groups = {
            "image": lambda: (self.image_projections, batch.image_groups),
            "sentence": lambda: (self.sentence_projections, batch.sentence_groups),
        }[loss.side]()
        if loss.candidates is None:
            return self._run(classifier, projections), groups
        if loss.candidates not in self._candidates:  # both sides share them
            own = torch.cat([batch.image_groups, batch.sentence_groups])
            self._candidates[loss.candidates] = self._required(classifier).draw(own, loss.candidates)
        chosen = self._candidates[loss.candidates]
        return self._run(classifier, projections, chosen), torch.searchsorted(chosen.groups, groups)

    def modalities(self, loss: ModalityLoss) -> tuple[Tensor, Tensor]:
        """Logits (B + C,) of "is an image", and which items are images (B + C,)."""
        embeddings = torch.cat([self.image_embeddings, self.sentence_embeddings])  # (B + C, D)
        if loss.reversal:
            embeddings = gradient_reversal(embeddings)
        is_image = torch.arange(len(embeddings), device=embeddings.device) < len(self.image_embeddings)
        return self._run(self._network.modality_classifier, embeddings), is_image

    def words(self) -> tuple[Tensor, Tensor]:
        """The table (V, E) of word vectors, now and at its start."""
        branch = self._network.matching.sentence["branch"]
        table: WordTable = self._required(branch.words if isinstance(branch, TextBranch) else None)
        return table.weight, table.start

    def _run(self, module: Any, *inputs: Any) -> Tensor:
        with self._precision.context():
            result: Tensor = self._required(module)(*inputs)
        return result.float()

    def _required(self, module: Any) -> Any:
        if module is None:
            raise TwobranchError(
                "recipe",
                "a loss needs a network that the recipe does not have",
                remedy="Pair losses need model.head, class losses classifiers.group, modality losses"
                " classifiers.modality, word losses a branch that reads words.",
            )
        return module


ARGUMENTS: dict[LossKind, Callable[[Forward, Any], tuple[Any, ...]]] = {
    "embedding": lambda forward, loss: (forward.image_embeddings, forward.sentence_embeddings, forward.masks),
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

    Raises:
        TwobranchError: if the step names a part that the network does not have.
    """

    def __init__(self, config: Step, network: TrainingNetwork, precision: Precision) -> None:
        self.config = config
        self._network = network
        self._precision = precision
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
        forward = Forward(self._network, batch, self._precision)
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
        gradients = torch.autograd.grad(total, self.parameters, allow_unused=True)
        # Only the parts that the step trains receive a gradient; the others stand still, whatever the loss sees.
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        self.optimizer.step()
        return {label: float(value.detach()) for label, value in values.items()}

    def _value(self, loss: Loss, forward: Forward) -> Tensor:
        value: Tensor = loss(*ARGUMENTS[loss.kind](forward, loss))  # type: ignore[operator]
        return value
