"""What an engine needs to know of a frozen network, before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Batch: TypeAlias = tuple[NDArray[Any], ...]
"""One array for each input of a network; all have the same first dimension."""


@dataclass(frozen=True)
class Network:
    """A frozen network: how to build it in torch, and how to tell whether another engine computes the same.

    Attributes:
        name: of the encoder.
        identity: of the encoder: its weights and preprocessing.
        build: makes the torch module, float32 and in evaluation mode; its forward takes one tensor for each input
            and gives a tuple with one tensor for each output.
        inputs: shape of each input, -1 where it varies.
        outputs: names of the outputs; the first is the one that is compared.
        boundary: name of the output, if there is one, that is no result but the state after the early layers: where
            bf16 alone is too coarse, those stay in float32.
        probe: makes a few fixed batches on which an engine is compared with torch.
    """

    name: str
    identity: str
    build: Callable[[], torch.nn.Module]
    inputs: tuple[tuple[int, ...], ...]
    outputs: tuple[str, ...]
    probe: Callable[[], list[Batch]]
    boundary: str | None = None
