"""Around a vision network of another project: raw pixels in, vector and grid out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from twobranch.errors import TwobranchError
from twobranch.features.preprocessing import Preprocessing

Read: TypeAlias = Callable[[Any, Tensor], tuple[Tensor, Tensor]]
"""From a network and normalized pictures (B, 3, size, size) to its vector (B, F) and its last states: a map
(B, G, H, W), or tokens (B, T, G) of which the cells are the last."""


class PixelNetwork(nn.Module):
    """Normalization, the network, and its states as a grid.

    A cell has the length F of the vector: a branch reads both. Where the states of a network have another (VGG: 512,
    and 4096 in the layer that its classifier reads), the grid is one cell, the vector.

    Args:
        net: the network.
        read: how it is called.
        preprocessing: what it wants its pixels to be.
        patch: side of a patch in pixels, where its states are tokens of patches; 0 where that is not known.

    Raises:
        TwobranchError: if the network cannot read pictures of this size.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, net: nn.Module, read: Read, preprocessing: Preprocessing, patch: int = 0) -> None:
        super().__init__()
        self.net = net.eval()
        self._read, self._preprocessing = read, preprocessing
        self.register_buffer("mean", torch.tensor(preprocessing.mean), persistent=False)
        self.register_buffer("deviation", torch.tensor(preprocessing.deviation), persistent=False)
        self.dim, self.grid = self._shapes(patch)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels (B, size, size, 3) uint8 -> vector (B, F), grid (B, H, W, F)."""
        images = (pixels.float() * self._preprocessing.scale - self.mean) / self.deviation
        vector, states = self._read(self.net, images.permute(0, 3, 1, 2))  # (B, 3, size, size)
        if self.grid == (1, 1):
            return vector, vector[:, None, None]
        if states.ndim == 4:
            return vector, states.permute(0, 2, 3, 1)
        height, width = self.grid
        return vector, states[:, -height * width :].reshape(-1, height, width, self.dim)  # (B, T, F) -> (B, H, W, F)

    def _shapes(self, patch: int) -> tuple[int, tuple[int, int]]:
        """F, and height and width of the grid, from a pass of one picture; on the meta device it costs nothing."""
        size, device = self._preprocessing.size, next(self.net.parameters()).device
        try:
            with torch.no_grad():
                vector, states = self._read(self.net, torch.zeros(1, 3, size, size, device=device))
        except (RuntimeError, ValueError, AssertionError) as error:
            raise TwobranchError(
                "checkpoint",
                f"the network must read pictures of the {size} pixels that its preprocessing states",
                found=str(error).splitlines()[0],
                remedy="Restore its preprocessing file.",
            ) from None
        dim = vector.shape[1]
        if states.ndim == 4:
            return dim, (states.shape[2], states.shape[3]) if states.shape[1] == dim else (1, 1)
        return dim, _side_of(states.shape[1], size // patch if patch else 0) if states.shape[2] == dim else (1, 1)


def _side_of(tokens: int, side: int) -> tuple[int, int]:
    """The grid of some tokens: the patches, or what pooling has left of them; further tokens stand before them."""
    if side * side > tokens:  # patches were merged on the way
        side = math.isqrt(tokens) if math.isqrt(tokens) ** 2 == tokens else 1
    side = max(1, side)
    return side, side
