"""Image encoders out of checkpoints of other projects: what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.features.efficientnet_lite import probe_pictures
from twobranch.features.encoder import identity_of
from twobranch.features.network import Network
from twobranch.features.network_images import NetworkImages
from twobranch.features.preprocessing import Preprocessing
from twobranch.features.remembered import remembered

if TYPE_CHECKING:
    from twobranch.features.pixel_network import PixelNetwork

_PROBE = 16  # pictures; a large transformer takes seconds for each


def external_images(
    name: str,
    license: str,
    files: dict[str, str],
    preprocessing: Preprocessing,
    module: Callable[[bool], PixelNetwork],
    **place: Any,
) -> NetworkImages:
    """Make an image encoder.

    Args:
        name: of the encoder: library and kind of network.
        license: of its weights.
        files: SHA-256 of all files that decide its features.
        preprocessing: what it wants its pixels to be.
        module: makes the network: with its weights, or, for its shapes alone, without them.
        **place: device, threads and cache, and the adapters that a stage may train.
    """
    identity = identity_of(name=name, files=files, preprocessing=preprocessing.description)
    shapes = remembered(identity, lambda: _shapes(module), place.get("cache"))
    network = Network(
        name=name,
        identity=identity,
        build=lambda: module(True).float().eval(),
        inputs=((-1, preprocessing.size, preprocessing.size, 3),),
        outputs=("vector", "grid"),
        probe=lambda: [(some,) for some in np.split(probe_pictures(preprocessing.size, _PROBE), 4)],
    )
    grid = shapes["height"], shapes["width"]
    return NetworkImages(network, license, size=preprocessing.size, dim=shapes["dim"], grid=grid, **place)


def _shapes(module: Callable[[bool], PixelNetwork]) -> dict[str, int]:
    """Length of the vector, height and width of the grid, from the network without its weights."""
    import torch

    with torch.device("meta"):
        empty = module(False)
    return {"dim": empty.dim, "height": empty.grid[0], "width": empty.grid[1]}
