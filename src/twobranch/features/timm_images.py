"""Vision networks of timm: ResNet, VGG, ConvNeXt, ViT and hundreds of others, without their classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError, nearest
from twobranch.features.checkpoint_folder import CheckpointFolder
from twobranch.features.external_images import external_images
from twobranch.features.library import imported
from twobranch.features.network_images import NetworkImages
from twobranch.features.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from twobranch.features.pixel_network import PixelNetwork


_OURS = ("num_classes", "pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir")
"""Options that a checkpoint must not set: with some of them timm would load other files, or fetch them."""


def timm_images(model: str, **place: Any) -> NetworkImages:
    """Make the image encoder of a checkpoint of timm, as `timm.models.save_for_hf` writes it.

    The vector is what the classifier reads: the mean over the map for ResNet (2048 values), the output of the second
    fully connected layer for VGG (4096).

    Args:
        model: a folder, or `hub:owner/name`.
        **place: device, threads and cache, and the adapters that a stage may train.

    Raises:
        TwobranchError: if the folder holds no network that timm knows, or no safetensors.
    """
    folder = CheckpointFolder.of(model)
    (weights, *_) = folder.weight_files()
    files = folder.digests([weights, *folder.named(["config.json"])])
    description = folder.json("config.json")
    where = str(folder.path / "config.json")
    architecture, pretrained = description.get("architecture"), description.get("pretrained_cfg")
    if not isinstance(architecture, str) or not isinstance(pretrained, dict):
        raise TwobranchError(
            where,
            "a checkpoint of timm states its architecture and pretrained_cfg",
            found=f"the keys {', '.join(list(description)[:6])}",
            remedy="Save it with timm.models.save_for_hf; the encoder transformers reads folders of transformers.",
        )
    preprocessing = Preprocessing.of(
        where, list(pretrained.get("input_size", ()))[1:], pretrained.get("mean"), pretrained.get("std")
    )
    options = {**description.get("model_args", {}), "global_pool": description.get("global_pool")}

    def module(with_weights: bool) -> PixelNetwork:
        network = timm_network(architecture, preprocessing, options)
        if with_weights:
            _load(network, weights, pretrained)
        return network

    license = str(pretrained.get("license") or folder.license)
    return external_images(f"timm:{architecture}", license, files, preprocessing, module, **place)


def timm_network(
    architecture: str, preprocessing: Preprocessing, options: dict[str, Any] | None = None
) -> PixelNetwork:
    """A network of timm by its name, with random weights.

    Args:
        architecture: its name in timm, for example "resnet50".
        preprocessing: what it wants its pixels to be.
        options: of its constructor; None and what is None in it: the library's own.

    Raises:
        TwobranchError: if timm does not know it.
    """
    from twobranch.features.pixel_network import PixelNetwork

    timm = imported("timm")
    if not timm.is_model(architecture):
        raise TwobranchError(
            f"timm network {architecture}", "must be known", remedy=nearest(architecture, timm.list_models()[:5])
        )
    chosen = {name: value for name, value in (options or {}).items() if value is not None and name not in _OURS}
    net = timm.create_model(architecture, pretrained=False, num_classes=0, **chosen)
    patch = getattr(getattr(net, "patch_embed", None), "patch_size", 0)
    return PixelNetwork(net, _read, preprocessing, patch[0] if isinstance(patch, tuple) else int(patch))


def _read(net: Any, images: Tensor) -> tuple[Tensor, Tensor]:
    states = net.forward_features(images)
    vector = net.forward_head(states, pre_logits=True)
    if getattr(net, "output_fmt", "") == "NHWC":
        states = states.permute(0, 3, 1, 2)
    return vector, states


def _load(network: PixelNetwork, weights: Any, pretrained: dict[str, Any]) -> None:
    from safetensors.torch import load_file

    heads = pretrained.get("classifier") or ()
    names = (heads,) if isinstance(heads, str) else tuple(heads)
    kept = network.net.state_dict()
    stored = {name: value for name, value in load_file(weights).items() if not _of_classifier(name, names, kept)}
    try:
        network.net.load_state_dict(stored)
    except RuntimeError as error:
        raise TwobranchError(
            str(weights),
            "must hold the weights of the architecture that config.json states",
            found=str(error).splitlines()[-1].strip(),
            remedy="Restore the checkpoint.",
        ) from None


def _of_classifier(name: str, heads: tuple[str, ...], kept: dict[str, Any]) -> bool:
    return name not in kept and any(name.startswith(f"{head}.") for head in heads)
