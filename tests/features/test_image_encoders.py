"""EfficientNet-Lite: equal to the package's own network, one network for both outputs, weights checked."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features import IMAGE_ENCODERS
from twobranch.features.efficientnet_lite import LITE0, LITE2, EfficientNetLite, classifier, network, probe_pictures
from twobranch.features.encoder import ImageEncoder, require_identity
from twobranch.features.engine import OpenVinoEngine, TorchEngine
from twobranch.features.precision import first_percentile_cosine
from twobranch.matcher.architecture import ImageSide


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return probe_pictures(224, 11)  # not a multiple of the chunk


def test_float32_features_give_the_logits_of_the_package(
    lite0: ImageEncoder, pixels: np.ndarray, encoder_cache: Path
) -> None:
    import torch

    engine = OpenVinoEngine(network(LITE0), encoder_cache, precision="f32")
    ((vector,),) = engine.run([(pixels,)], ("vector",))
    package = classifier(LITE0)
    with torch.inference_mode():
        images = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127) / 128
        expected = package(images).numpy()
        found = package._fc(torch.from_numpy(vector)).numpy()
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_the_engine_agrees_with_torch_float32(lite0: ImageEncoder, pixels: np.ndarray) -> None:
    ((expected, _),) = TorchEngine(network(LITE0), "cpu").run([(pixels,)], ("vector", "grid"))
    assert first_percentile_cosine(lite0.encode(pixels), expected) >= 0.995


def test_every_precision_computes_the_same_network(
    lite0: ImageEncoder, pixels: np.ndarray, encoder_cache: Path
) -> None:
    """Mixed: cut at the boundary, float32 before it and bf16 after; both cosines to float32, and mixed is nearer."""
    found = {}
    for precision in ("f32", "mixed", "bf16"):
        engine = OpenVinoEngine(network(LITE0), encoder_cache, precision=precision)
        chunks = [(pixels[:8],), (pixels[8:],)]
        results = engine.run(chunks, ("grid", "vector"))
        found[precision] = np.concatenate([vector for _, vector in results])
        np.testing.assert_allclose(results[0][0].mean((1, 2)), results[0][1], rtol=0.02, atol=5e-3)
    mixed, coarse = (first_percentile_cosine(found[name], found["f32"]) for name in ("mixed", "bf16"))
    assert mixed >= 0.995
    assert mixed >= coarse
    assert coarse > 0.95


def test_vector_is_the_mean_over_the_grid_of_the_same_pass(lite0: ImageEncoder, pixels: np.ndarray) -> None:
    both = lite0.encode_all(pixels)
    assert both["vector"].shape == (11, 1280)
    assert both["grid"].shape == (11, *lite0.grid, 1280)
    assert both["vector"].dtype == both["grid"].dtype == np.float32
    np.testing.assert_allclose(both["grid"].mean((1, 2)), both["vector"], rtol=0.02, atol=2e-3)
    np.testing.assert_allclose(lite0.encode(pixels, "grid"), both["grid"], atol=1e-5)


def test_a_picture_is_encoded_the_same_in_any_batch(lite0: ImageEncoder, pixels: np.ndarray) -> None:
    together = lite0.encode(pixels)
    alone = np.concatenate([lite0.encode(pixels[k : k + 1]) for k in range(3)])
    assert first_percentile_cosine(alone, together[:3]) > 0.9999


def test_no_picture_gives_no_row(lite0: ImageEncoder) -> None:
    assert lite0.encode(np.zeros((0, 224, 224, 3), np.uint8)).shape == (0, 1280)
    assert lite0.encode(np.zeros((0, 224, 224, 3), np.uint8), "grid").shape == (0, 7, 7, 1280)


@pytest.mark.parametrize("wrong", [np.zeros((1, 224, 224, 3), np.float32), np.zeros((1, 3, 224, 224), np.uint8)])
def test_wrong_pixels_are_refused(lite0: ImageEncoder, wrong: np.ndarray) -> None:
    with pytest.raises(TwobranchError, match=r"uint8 of shape \(B, 224, 224, 3\)"):
        lite0.encode(wrong)


def test_identity_changes_with_weights_size_and_preprocessing(monkeypatch: pytest.MonkeyPatch) -> None:
    known = network(LITE0).identity
    assert known == network(LITE0).identity
    variants = [LITE2, dataclasses.replace(LITE0, sha256="0" * 64), dataclasses.replace(LITE0, size=225)]
    assert len({known, *(network(variant).identity for variant in variants)}) == 4
    monkeypatch.setattr("twobranch.features.efficientnet_lite.PREPROCESSING", "other pixels")
    assert network(LITE0).identity != known


def test_unknown_weights_are_never_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import torch

    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("opened a checkpoint that is not the known one"))
    with pytest.raises(TwobranchError, match="SHA-256"):
        _ = EfficientNetLite(dataclasses.replace(LITE0, sha256="0" * 64), device="cpu", cache=tmp_path).engine


def test_another_identity_is_refused(lite0: ImageEncoder) -> None:
    require_identity(lite0, lite0.identity, "model")
    with pytest.raises(TwobranchError, match=r'model: the encoder "efficientnet-lite0" must have the weights'):
        require_identity(lite0, "0" * 64, "model")


@pytest.mark.parametrize(("name", "size"), [("efficientnet-lite0", 224), ("efficientnet-lite2", 260)])
def test_a_recipe_names_an_encoder(name: str, size: int, tmp_path: Path) -> None:
    encoder = ImageSide.model_validate({"encoder": name}).encoder.load(cache=tmp_path)
    assert (encoder.name, encoder.size) == (name, size)


def test_a_larger_size_has_a_finer_grid(tmp_path: Path) -> None:
    encoder = ImageSide.model_validate({"encoder": {"encoder": "efficientnet-lite0", "size": 300}}).encoder.load(
        cache=tmp_path
    )
    assert (encoder.size, encoder.grid) == (300, (10, 10))
    assert (
        encoder.identity
        != ImageSide.model_validate({"encoder": "efficientnet-lite0"}).encoder.load(cache=tmp_path).identity
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("efficientnet-lite", r'image encoder "efficientnet-lite": an image encoder must be known.*efficientnet-lite2'),
        ({"encoder": "efficientnet-lite0", "side": 8}, 'image encoder "efficientnet-lite0", side: a key must be known'),
        ({"encoder": "efficientnet-lite0", "size": 8}, "size: Input should be greater than or equal to 64"),
        (7, "must name an image encoder"),
    ],
)
def test_mistakes_in_a_recipe(value: object, message: str) -> None:
    with pytest.raises(TwobranchError, match=message):
        validated(ImageSide, {"encoder": value}, "recipe")


def test_the_place_must_be_there(tmp_path: Path) -> None:
    lite0 = IMAGE_ENCODERS["efficientnet-lite0"]()
    with pytest.raises(TwobranchError, match="--threads"):
        _ = lite0.load(threads=0, cache=tmp_path).engine
    with pytest.raises(TwobranchError, match="--device"):
        _ = lite0.load(device="tpu", cache=tmp_path).engine
