"""Image encoders that are networks: pixels in, a vector and a grid of vectors out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.encoder import Output, ReadsPixels
from twobranch.features.network import Batch, Network
from twobranch.features.network_encoder import NetworkEncoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twobranch.features.lora import Lora

_CHUNK = 8  # pictures in one request: enough to fill the matrix units, small enough to share among the requests


class NetworkImages(ReadsPixels, NetworkEncoder):
    """An image encoder whose network takes pixels (B, size, size, 3) uint8 and gives "vector" and "grid".

    Normalization and layout are part of the network, so that engines fuse them.

    Args:
        network: its outputs are "vector" (B, F) and "grid" (B, H, W, F).
        license: of its weights.
        size: side of the square of pixels that it reads.
        dim: length F of a feature.
        grid: height and width of the grid.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None for all.
        cache: folder for the converted network; None for the default.
        lora: adapters that a stage trains in place of the weights; None to train the weights.
    """

    def __init__(
        self, network: Network, license: str, *, size: int, dim: int, grid: tuple[int, int],
        device: str = "auto", threads: int | None = None, cache: Path | None = None, lora: Lora | None = None,
    ) -> None:  # fmt: skip
        super().__init__(network, license, device=device, threads=threads, cache=cache, lora=lora)
        self.size, self.dim, self.grid = size, dim, grid

    def encode(self, pixels: NDArray[np.uint8], output: Output = "vector") -> NDArray[np.float32]:
        """Features of pixels (B, size, size, 3) uint8: (B, F) for "vector", (B, H, W, F) for "grid"; float32.

        Raises:
            TwobranchError: if the pixels have another shape or type.
        """
        return self._run(pixels, (output,))[output]

    def encode_all(self, pixels: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Both outputs of one pass of the network: "vector" (B, F) and "grid" (B, H, W, F)."""
        return self._run(pixels, ("vector", "grid"))

    def _run(self, pixels: NDArray[np.uint8], outputs: tuple[str, ...]) -> dict[str, NDArray[np.float32]]:
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (self.size, self.size, 3):
            raise TwobranchError(
                f'encoder "{self.name}"',
                f"pixels are uint8 of shape (B, {self.size}, {self.size}, 3)",
                found=f"{pixels.dtype} {pixels.shape}",
                remedy="Make them with twobranch.features.views.image_views.",
            )
        if not len(pixels):
            shapes = {"vector": (0, self.dim), "grid": (0, *self.grid, self.dim)}
            return {name: np.zeros(shapes[name], np.float32) for name in outputs}
        chunks: list[Batch] = [(np.ascontiguousarray(pixels[k : k + _CHUNK]),) for k in range(0, len(pixels), _CHUNK)]
        results = self.engine.run(chunks, outputs)
        return {name: np.concatenate([found[k] for found in results]) for k, name in enumerate(outputs)}
