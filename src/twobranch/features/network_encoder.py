"""What image and sentence encoders share that are networks: an engine, and weights that a stage can tune."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from twobranch.features.encoder import identity_of
from twobranch.features.engine import Engine, TorchEngine, make_engine
from twobranch.features.network import Network
from twobranch.features.tuned_weights import TunedWeights

if TYPE_CHECKING:
    import torch

    from twobranch.features.lora import Lora
    from twobranch.features.trainable import Trainable


class NetworkEncoder:
    """A network that an engine runs; the base of all encoders that are one.

    Args:
        network: the network with the weights that it comes with.
        license: of these weights.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None for all.
        cache: folder for the converted network; None for the default.
        lora: adapters that a stage trains in place of the weights; None to train the weights.
    """

    def __init__(
        self, network: Network, license: str, *, device: str = "auto", threads: int | None = None,
        cache: Path | None = None, lora: Lora | None = None,
    ) -> None:  # fmt: skip
        self.name, self.license, self.threads = network.name, license, threads
        self._origin = self._network = network
        self._place = device, cache
        self._lora = lora
        self._tuned: TunedWeights | None = None

    @property
    def identity(self) -> str:
        """SHA-256 over name, weights and preprocessing; weights that were tuned make another one."""
        return self._network.identity

    @property
    def network(self) -> Network:
        """What the engine runs, with the weights of this encoder."""
        return self._network

    def in_float32(self) -> Self:
        """The same encoder, run by torch in float32 on the processor, with features that are kept unrounded."""
        other = copy.copy(self)
        other.__dict__["engine"] = TorchEngine(self._network, "cpu")
        other.kept_as = "float32"
        return other

    @cached_property
    def engine(self) -> Engine:
        """What runs the network; made when it is first needed, for a search by sentence needs no image encoder."""
        device, cache = self._place
        return make_engine(self._network, device=device, threads=self.threads, cache=cache)

    def trainable(self) -> Trainable:
        """The network as a module that a stage can train, with the weights of this encoder."""
        from twobranch.features.trainable import Trainable

        if self._lora is None:
            return Trainable(self._network.build(), self._inputs, unit=self.unit)
        from twobranch.features.adapters import Adapted

        return Adapted(self._network.build(), self._inputs, self._lora, unit=self.unit)

    unit = False
    """Whether features are scaled to length 1."""
    kept_as = "float32"
    """Type of number that features are kept in."""

    def _inputs(self, batch: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """From what a batch holds to what the network takes."""
        return (batch,)

    def tuned(self, weights: Mapping[str, torch.Tensor]) -> Self:
        """The same encoder with other weights: those of its trained module."""
        return self._with(TunedWeights.of(weights))

    def _with(self, tuned: TunedWeights) -> Self:
        other = copy.copy(self)
        other.__dict__.pop("engine", None)  # it runs the weights of this encoder
        other._take(tuned)
        return other

    def _take(self, tuned: TunedWeights) -> None:
        origin, self._tuned = self._origin, tuned
        self._network = replace(
            origin,
            identity=identity_of(origin=origin.identity, weights=tuned.sha256),
            build=lambda: tuned.put_into(origin.build()),
        )

    @property
    def is_tuned(self) -> bool:
        """Whether a training has changed its weights."""
        return self._tuned is not None

    def save(self, folder: Path) -> None:
        """Write tuned weights into a folder; the others come with their package."""
        if self._tuned is not None:
            self._tuned.save(folder)

    def load(self, folder: Path) -> None:
        """Take the tuned weights of a folder, if it has some.

        Raises:
            TwobranchError: if the file cannot be read.
        """
        tuned = TunedWeights.found_in(folder)
        if tuned is not None:
            self.__dict__.pop("engine", None)
            self._take(tuned)
