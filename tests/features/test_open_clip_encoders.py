"""Both towers of open_clip out of the folder that it writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.features import checkpoints
from tests.features.checkpoints import SENTENCES
from twobranch.errors import TwobranchError
from twobranch.features import IMAGE_ENCODERS, SENTENCE_ENCODERS
from twobranch.features.encoder import ImageEncoder, SentenceEncoder
from twobranch.features.engine import OpenVinoEngine

torch = pytest.importorskip("torch")
pytest.importorskip(
    "torchvision", reason="open_clip needs a torchvision that fits torch, which is not part of the core"
)
open_clip = pytest.importorskip("open_clip", reason="encoders of open_clip need the extra: encoders")
pytestmark = pytest.mark.usefixtures("no_network")

VIT = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 48, "head_width": 24, "patch_size": 8},
    "text_cfg": {"context_length": 20, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
RESNET = {**VIT, "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None}}
SIGLIP = {
    **VIT,
    "embed_dim": 48,
    "custom_text": True,
    "init_logit_bias": -10,
    "vision_cfg": {
        "image_size": 224, "timm_model_name": "vit_tiny_patch16_224", "timm_pool": "", "timm_proj": "linear",
    },
    "text_cfg": {
        **VIT["text_cfg"], "no_causal_mask": True, "proj_bias": True, "pool_type": "last",
        "hf_tokenizer_name": "owner/name",
    },
}  # fmt: skip


def save(folder: Path, config: dict[str, Any]) -> Any:
    """A checkpoint as open_clip writes it; returns its networks."""
    from safetensors.torch import save_file

    folder.mkdir()
    described = {"model_cfg": config, "preprocess_cfg": {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.25, 0.3]}}
    (folder / "open_clip_config.json").write_text(json.dumps(described))
    model = checkpoints.random_weights(open_clip.create_model(f"local-dir:{folder}", load_weights=False))
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    if "hf_tokenizer_name" in config["text_cfg"]:
        checkpoints.save_word_tokenizer(folder, 20)
    return model


def images(model: str | Path, cache: Path) -> ImageEncoder:
    config = IMAGE_ENCODERS["open-clip"].model_validate({"model": str(model)})
    return config.load(device="cpu", threads=1, cache=cache)


def sentences(model: str | Path, cache: Path) -> SentenceEncoder:
    config = SENTENCE_ENCODERS["open-clip"].model_validate({"model": str(model)})
    return config.load(device="cpu", threads=1, cache=cache)


def in_float32(encoder: object, cache: Path) -> None:
    encoder.__dict__["engine"] = OpenVinoEngine(encoder._network, cache, 1, "f32")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("config", "size", "grid"), [(VIT, 32, (4, 4)), (RESNET, 64, (1, 1)), (SIGLIP, 224, (1, 1))],
    ids=["vit", "resnet", "siglip"],
)  # fmt: skip
def test_both_towers_are_the_librarys(config: dict[str, Any], size: int, grid: tuple[int, int], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    model = save(folder, config)
    seeing, reading = images(folder, tmp_path), sentences(folder, tmp_path)
    in_float32(seeing, tmp_path)
    in_float32(reading, tmp_path)
    pixels = checkpoints.pictures(size, 3)
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(SENTENCES)
    with torch.inference_mode():
        expected = model.encode_image(checkpoints.normalized(pixels)).numpy()
        expected_text = model.encode_text(tokens).numpy()
    np.testing.assert_allclose(seeing.encode(pixels), expected, atol=1e-3)
    np.testing.assert_allclose(reading.encode(SENTENCES), expected_text, atol=1e-3)
    np.testing.assert_allclose(reading.encode(SENTENCES)[:1], reading.encode(SENTENCES[:1]), atol=1e-4)
    assert (seeing.dim, seeing.grid) == (config["embed_dim"], grid)
    assert reading.dim == config["embed_dim"]
    assert seeing.name == reading.name


def test_identity_pickles_and_texts_of_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    model = save(folder, VIT)
    assert images(folder, tmp_path).identity != sentences(folder, tmp_path).identity
    with torch.no_grad():
        model.logit_scale.add_(1)
    first = images(folder, tmp_path).identity
    from safetensors.torch import save_file

    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    assert images(folder, tmp_path).identity != first

    foreign = shutil.copytree(folder, tmp_path / "foreign")
    text = {**VIT["text_cfg"], "hf_model_name": "owner/name"}
    (foreign / "open_clip_config.json").write_text(json.dumps({"model_cfg": {**VIT, "text_cfg": text}}))
    with pytest.raises(TwobranchError, match=r"ones of open_clip itself or of timm, but found owner/name"):
        sentences(foreign, tmp_path)
    vision = {**VIT["vision_cfg"], "timm_model_name": "hf-hub:owner/name"}
    (foreign / "open_clip_config.json").write_text(json.dumps({"model_cfg": {**VIT, "vision_cfg": vision}}))
    with pytest.raises(TwobranchError, match="but found hf-hub:owner/name"):
        images(foreign, tmp_path)
    (foreign / "open_clip_config.json").write_text("{}")
    with pytest.raises(TwobranchError, match="must describe both networks"):
        images(foreign, tmp_path)
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("opened a pickle"))
    (folder / "open_clip_model.safetensors").rename(folder / "open_clip_pytorch_model.bin")
    with pytest.raises(TwobranchError, match=r"never opened, but found open_clip_pytorch_model\.bin"):
        images(folder, tmp_path)
