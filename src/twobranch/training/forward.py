"""The forward pass of a batch, of which each loss takes what it needs."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from twobranch.errors import TwobranchError
from twobranch.losses.base import ClassLoss, ModalityLoss, PairLoss
from twobranch.losses.gradient_reversal import gradient_reversal
from twobranch.losses.masks import Masks
from twobranch.losses.pairs import draw_pairs
from twobranch.models.group_classifier import Candidates
from twobranch.models.text import TextBranch, WordTable
from twobranch.models.training_network import SideName, TrainingNetwork
from twobranch.training.data import Batch, Entering
from twobranch.training.precision import Precision
from twobranch.training.processes import ALONE, Processes


class Forward:
    """One pass of a batch through the network; each result is computed when a loss first asks for it.

    Networks run in the precision of the run, and what they give is float32: losses never see less. Of several processes
    each runs them on its part of the rows, and losses see all rows.

    Args:
        network: the network.
        batch: the inputs and their relation.
        precision: what the networks compute in.
        trains: names of the parts that need a gradient; an encoder that is not among them keeps nothing for one.
        processes: those that train together.
    """

    def __init__(
        self,
        network: TrainingNetwork,
        batch: Batch,
        precision: Precision,
        trains: Collection[str] = (),
        processes: Processes = ALONE,
    ) -> None:
        self._network, self._batch, self._precision, self._trains = network, batch, precision, trains
        self._processes = processes
        self._candidates: dict[int, Candidates] = {}

    @cached_property
    def image_projections(self) -> Tensor:
        """(B, D), what the image branch gives, before it is normalized."""
        return self._projected("image", self._batch.images)

    @cached_property
    def sentence_projections(self) -> Tensor:
        """(C, D)."""
        return self._projected("sentence", self._batch.sentences)

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

    @cached_property
    def scores(self) -> Tensor:
        """(B, C) what the matcher ranks by; with a head, ignored pairs are not computed and stand at zero."""
        images, sentences = self.image_embeddings, self.sentence_embeddings
        if self._network.matching.head is None:
            return images @ sentences.T
        mask = self.masks.image_sentence
        image, sentence = (mask.match | mask.non_match).nonzero(as_tuple=True)  # (P,), (P,)
        logits = self._run(self._network.matching.head, images[image], sentences[sentence])  # (P,)
        return logits.new_zeros(mask.match.shape).index_put((image, sentence), logits)

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
        return self._run(classifier, projections, candidates=chosen), torch.searchsorted(chosen.groups, groups)

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

    def _projected(self, side: SideName, entering: Entering) -> Tensor:
        trains = f"{side}.encoder" in self._trains
        return projected(self._network, side, entering, self._precision, trains, self._processes)

    def _run(self, module: Any, *rows: Tensor, **shared: Any) -> Tensor:
        """What a module gives for some rows; what it takes beside them is shared by all rows."""
        own = [self._processes.own(values) for values in rows]
        return self._processes.together(
            len(rows[0]), lambda: run(self._required(module), self._precision, *own, **shared)
        )

    def _required(self, module: Any) -> Any:
        if module is None:
            raise TwobranchError(
                "recipe",
                "a loss needs a network that the recipe does not have",
                remedy="Pair losses need model.head, class losses classifiers.group, modality losses"
                " classifiers.modality, word losses a branch that reads words.",
            )
        return module


def projected(
    network: TrainingNetwork,
    side: SideName,
    entering: Entering,
    precision: Precision,
    trains_encoder: bool = False,
    processes: Processes = ALONE,
) -> Tensor:
    """What the branch of a side gives, (N, D) float32, before it is normalized.

    Args:
        network: the network.
        side: image or sentence.
        entering: the input, and where it enters.
        precision: what the networks compute in.
        trains_encoder: whether the encoder needs a gradient; where it needs none, it keeps nothing for one.
        processes: those that train together, each of which has its part of the input.
    """

    def own() -> Tensor:
        values = entering.values
        if entering.at == "encoder":
            with torch.set_grad_enabled(torch.is_grad_enabled() and trains_encoder):
                values = run(network.encoder(side), precision, values)
        return run(network.branch(side), precision, values)

    return processes.together(entering.items, own)


def run(module: nn.Module, precision: Precision, *inputs: Any, **options: Any) -> Tensor:
    """What a module gives in a precision, as float32."""
    with precision.context():
        result: Tensor = module(*inputs, **options)
    return result.float()
