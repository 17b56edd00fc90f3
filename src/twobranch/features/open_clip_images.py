"""The image tower of open_clip: ViT, ResNet with attention pooling, or a network of timm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twobranch.features.external_images import external_images
from twobranch.features.network_images import NetworkImages
from twobranch.features.open_clip_networks import CONFIG, OpenClipFolder
from twobranch.features.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from twobranch.features.pixel_network import PixelNetwork

_MEAN, _DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""open_clip's own where a checkpoint states none: those of OpenAI's CLIP."""


def open_clip_images(model: str, **place: Any) -> NetworkImages:
    """Make the image encoder of a checkpoint of open_clip; its vector is what compares with sentences.

    Args:
        model: a folder, or `hub:owner/name`.
        **place: device, threads and cache, and the adapters that a stage may train.

    Raises:
        TwobranchError: if the folder holds no checkpoint of open_clip, or no safetensors.
    """
    checkpoint = OpenClipFolder.of(model)
    files = checkpoint.digests()
    vision = checkpoint.model["vision_cfg"]
    preprocessing = Preprocessing.of(
        str(checkpoint.folder.path / CONFIG),
        vision.get("image_size", 224),
        checkpoint.pixels.get("mean", _MEAN),
        checkpoint.pixels.get("std", _DEVIATION),
    )

    def module(with_weights: bool) -> PixelNetwork:
        from twobranch.features.pixel_network import PixelNetwork

        return PixelNetwork(
            checkpoint.network(with_weights).visual, _read, preprocessing, int(vision.get("patch_size") or 0)
        )

    return external_images(checkpoint.name, checkpoint.folder.license, files, preprocessing, module, **place)


def _read(net: Any, images: Tensor) -> tuple[Tensor, Tensor]:
    """The vector, and in a ViT that pools by its first token its patches in the same space."""
    if getattr(net, "pool_type", "") != "tok" or net.attn_pool is not None or net.final_ln_after_pool:
        vector = net(images)
        return vector, vector[:, None]
    net.output_tokens = True
    vector, tokens = net(images)  # (B, F), (B, cells, width)
    return vector, tokens if net.proj is None else tokens @ net.proj
