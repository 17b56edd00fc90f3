"""Image encoders out of folders of timm, and the backbones of the papers at their real size."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.features import checkpoints
from twobranch.errors import TwobranchError
from twobranch.features import IMAGE_ENCODERS
from twobranch.features.encoder import ImageEncoder
from twobranch.features.engine import OpenVinoEngine
from twobranch.features.preprocessing import Preprocessing
from twobranch.features.timm_images import timm_network
from twobranch.features.trainable import Trainable

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision", reason="timm needs a torchvision that fits torch, which is not part of the core")
timm = pytest.importorskip("timm", reason="encoders of timm need the extra: encoders")
pytestmark = pytest.mark.usefixtures("no_network")


def images(model: str | Path, cache: Path) -> ImageEncoder:
    config = IMAGE_ENCODERS["timm"].model_validate({"model": str(model)})
    return config.load(device="cpu", threads=1, cache=cache)


def in_float32(encoder: object, cache: Path) -> None:
    encoder.__dict__["engine"] = OpenVinoEngine(encoder._network, cache, 1, "f32")  # type: ignore[attr-defined]


def saved(folder: Path, name: str, **options: object) -> object:
    """A checkpoint as timm itself writes it; returns its network."""
    from timm.models import save_for_hf

    model = checkpoints.random_weights(timm.create_model(name, pretrained=False, **options))
    save_for_hf(model, folder, safe_serialization=True, model_args=options)
    return model


NETWORKS = [
    ("resnet10t", {"num_classes": 7}, 176, 512, (6, 6)),
    ("vit_tiny_patch16_224", {"num_classes": 7, "depth": 2}, 224, 192, (14, 14)),
    ("convnext_atto", {"num_classes": 7}, 224, 320, (7, 7)),
    ("mobilenetv3_small_050", {"num_classes": 7}, 224, 1024, (1, 1)),
    ("swin_tiny_patch4_window7_224", {"num_classes": 7, "depths": (1, 1, 1, 1)}, 224, 768, (7, 7)),
]


@pytest.mark.parametrize(("name", "options", "size", "dim", "grid"), NETWORKS)
def test_the_vector_is_what_the_classifier_reads(
    name: str, options: dict[str, object], size: int, dim: int, grid: tuple[int, int], tmp_path: Path
) -> None:
    model = saved(tmp_path / "model", name, **options)
    encoder = images(tmp_path / "model", tmp_path)
    in_float32(encoder, tmp_path)
    assert (encoder.name, encoder.size, encoder.dim, encoder.grid) == (f"timm:{name}", size, dim, grid)
    pixels = checkpoints.pictures(size, 3)
    settings = timm.data.resolve_model_data_config(model)
    values = (pixels / 255 - np.array(settings["mean"])) / np.array(settings["std"])
    images_ = torch.from_numpy(values.transpose(0, 3, 1, 2).astype(np.float32))
    with torch.inference_mode():
        expected = model.forward_head(model.forward_features(images_), pre_logits=True).numpy()
    found = encoder.encode_all(pixels)
    np.testing.assert_allclose(found["vector"], expected, atol=2e-3 * np.abs(expected).max())
    assert found["grid"].shape == (3, *grid, dim)
    alone = encoder.encode(pixels[1:2])
    np.testing.assert_allclose(alone, found["vector"][1:2], atol=1e-3 * np.abs(expected).max())


def test_the_grid_of_a_map_has_the_vector_as_its_mean(tmp_path: Path) -> None:
    saved(tmp_path / "model", "resnet10t", num_classes=7)
    encoder = images(tmp_path / "model", tmp_path)
    in_float32(encoder, tmp_path)
    found = encoder.encode_all(checkpoints.pictures(176, 2))
    np.testing.assert_allclose(found["grid"].mean((1, 2)), found["vector"], rtol=1e-3, atol=1e-4)


def test_identity_pickles_and_damaged_folders(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    model = saved(folder, "resnet10t", num_classes=7)
    first = images(folder, tmp_path).identity
    with torch.no_grad():
        model.conv1[0].weight.add_(1)
    from timm.models import save_for_hf

    save_for_hf(model, tmp_path / "other", safe_serialization=True)
    assert images(tmp_path / "other", tmp_path).identity != first

    described = json.loads((folder / "config.json").read_text())
    broken = shutil.copytree(folder, tmp_path / "broken")
    asking = {"model_args": {"checkpoint_path": str(tmp_path / "pickle.pth"), "pretrained": True}}
    (broken / "config.json").write_text(json.dumps({**described, **asking}))
    assert images(broken, tmp_path).dim == 512  # they are not obeyed
    (broken / "config.json").write_text(json.dumps({**described, "architecture": "resnet99"}))
    with pytest.raises(TwobranchError, match="timm network resnet99: must be known"):
        images(broken, tmp_path)
    (broken / "config.json").write_text(json.dumps({**described, "architecture": "resnet18"}))
    with pytest.raises(TwobranchError, match="weights of the architecture"):
        _ = images(broken, tmp_path).engine
    (broken / "config.json").write_text(json.dumps({"model_type": "resnet"}))
    with pytest.raises(TwobranchError, match="states its architecture and pretrained_cfg"):
        images(broken, tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(TwobranchError, match=r"never opened, but found pytorch_model\.bin"):
        images(folder, tmp_path)


PAPERS = [("resnet50", 2048, (7, 7), 2_049_000, 25_557_032), ("vgg19", 4096, (1, 1), 4_097_000, 143_667_240)]
"""ResNet-50's mean over the map, and VGG-19's second fully connected layer (fc7), at 224 pixels; parameters of the
classifier and of the whole network."""


@pytest.mark.parametrize(("name", "dim", "grid", "classifier", "parameters"), PAPERS)
def test_the_backbones_of_the_papers(
    name: str, dim: int, grid: tuple[int, int], classifier: int, parameters: int
) -> None:
    with torch.device("meta"):
        network = timm_network(name, Preprocessing(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    assert (network.dim, network.grid) == (dim, grid)
    assert sum(weight.numel() for weight in network.parameters()) == parameters - classifier


@pytest.mark.parametrize("name", ["resnet50", pytest.param("vgg19", marks=pytest.mark.slow)])
def test_a_backbone_of_the_papers_takes_a_training_step(name: str) -> None:
    network = timm_network(name, Preprocessing(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    trainable = Trainable(network, lambda pixels: (pixels,)).train()
    optimizer = torch.optim.SGD(trainable.parameters(), lr=1e-3)
    before = next(network.parameters()).detach().clone()
    features = trainable(torch.from_numpy(checkpoints.pictures(224, 2)))
    assert features.shape == (2, network.dim)
    features.square().mean().backward()
    optimizer.step()
    assert not torch.equal(before, next(network.parameters()))
