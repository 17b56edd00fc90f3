"""Vision networks of transformers: CLIP and SigLIP towers, DINOv2, ViT, ResNet, and others that read pixel values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError
from twobranch.features.checkpoint_folder import CheckpointFolder
from twobranch.features.external_images import external_images
from twobranch.features.network_images import NetworkImages
from twobranch.features.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from twobranch.features.pixel_network import PixelNetwork, Read


def transformers_images(model: str, **place: Any) -> NetworkImages:
    """Make the image encoder of a checkpoint.

    The vector is what compares with sentences in CLIP (the projection) and SigLIP (the pooling head); of other networks
    what their pooling gives, and without one the first token, or the mean over the map.

    Args:
        model: a folder, or `hub:owner/name`.
        **place: device, threads and cache, and the adapters that a stage may train.

    Raises:
        TwobranchError: if the folder holds no network that reads pictures, or no safetensors.
    """
    folder = CheckpointFolder.of(model)
    files = folder.digests([*folder.weight_files(), *folder.named(["config.json"])])
    kind = str(folder.json("config.json").get("model_type"))
    tower = _TOWERS.get(kind, _Tower("AutoModel", _general))
    preprocessing = _preprocessing(folder, kind)

    def module(with_weights: bool) -> PixelNetwork:
        from twobranch.features.pixel_network import PixelNetwork
        from twobranch.features.transformers_networks import load_config, make_network, refuse_kind

        own = tower.config(load_config(folder))
        net = make_network(folder, own, tower.kind, with_weights=with_weights)
        if getattr(net, "main_input_name", "") != "pixel_values":
            raise refuse_kind(folder, kind, "pictures")
        patch = getattr(own, "patch_size", 0)
        return PixelNetwork(net, tower.read, preprocessing, patch if isinstance(patch, int) else 0)

    return external_images(f"transformers:{kind}", folder.license, files, preprocessing, module, **place)


@dataclass(frozen=True)
class _Tower:
    """The vision network of a kind of checkpoint, and how it is read."""

    kind: str
    read: Read

    def config(self, config: Any) -> Any:
        """The configuration of the vision network, with the size of the space that both towers project to."""
        vision = getattr(config, "vision_config", None)
        if vision is None or self.kind == "AutoModel":
            return config
        if getattr(config, "projection_dim", None) is not None:
            vision.projection_dim = config.projection_dim
        return vision


def _clip(net: Any, images: Tensor) -> tuple[Tensor, Tensor]:
    """The projection, of all tokens: patches lie in the space of the sentences, too."""
    tower = net.vision_model
    states = tower.post_layernorm(tower(pixel_values=images).last_hidden_state)  # (B, 1 + cells, width)
    projected = net.visual_projection(states)  # (B, 1 + cells, F)
    return projected[:, 0], projected


def _general(net: Any, images: Tensor) -> tuple[Tensor, Tensor]:
    found = net(pixel_values=images)
    states = found.last_hidden_state
    pooled = getattr(found, "pooler_output", None)
    if pooled is not None:
        return pooled.flatten(1), states
    return states.mean((2, 3)) if states.ndim == 4 else states[:, 0], states


_TOWERS = {
    "clip": _Tower("CLIPVisionModelWithProjection", _clip),
    "clip_vision_model": _Tower("CLIPVisionModelWithProjection", _clip),
    "siglip": _Tower("SiglipVisionModel", _general),
    "siglip_vision_model": _Tower("SiglipVisionModel", _general),
}
"""What of a checkpoint with two towers reads pictures."""


def _preprocessing(folder: CheckpointFolder, kind: str) -> Preprocessing:
    name = "preprocessor_config.json"
    stated = folder.json_if_there(name)
    if stated is None:  # transformers 5 writes one file for all that comes before the network
        name = "processor_config.json"
        stated = (folder.json_if_there(name) or {}).get("image_processor")
    if stated is None:
        raise TwobranchError(
            str(folder.path),
            "an image encoder's folder must say how its pixels are made, in preprocessor_config.json",
            found=f"a network of the kind {kind} without it",
            remedy="Name the folder of a network that reads pictures; save its image processor into it, too.",
        )
    size = stated.get("size")
    if stated.get("do_center_crop") and stated.get("crop_size") is not None:
        size = stated["crop_size"]
    normalizes, scales = stated.get("do_normalize", True), stated.get("do_rescale", True)
    return Preprocessing.of(
        str(folder.path / name),
        size,
        stated.get("image_mean") if normalizes else 0.0,
        stated.get("image_std") if normalizes else 1.0,
        stated.get("rescale_factor", 1 / 255) if scales else 1.0,
    )
