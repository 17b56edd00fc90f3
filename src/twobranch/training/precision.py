"""The number format in which networks are trained."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch

PrecisionName = Literal["auto", "float32", "bfloat16"]
"""`auto` is bfloat16 where the processor multiplies it in hardware, float32 elsewhere."""


@dataclass(frozen=True)
class Precision:
    """What matrix products of the networks compute in; weights, optimizer and losses are float32 in any case.

    Attributes:
        device: where the networks stand.
        bfloat16: whether products are made of bfloat16 numbers.

    Example:
        >>> Precision.of("float32", torch.device("cpu")).bfloat16
        False
    """

    device: torch.device
    bfloat16: bool

    @classmethod
    def of(cls, name: PrecisionName, device: torch.device) -> Precision:
        """The precision that a recipe names, on a device."""
        return cls(device, name == "bfloat16" or (name == "auto" and _multiplies_bfloat16(device)))

    def context(self) -> AbstractContextManager[None]:
        """The context in which a network runs."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)


def _multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for products of bfloat16; emulating them would be slower than float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    # MPS computes in bfloat16 on recent systems only, and twobranch has never been run there: float32.
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
