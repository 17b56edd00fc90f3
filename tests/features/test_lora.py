"""Low-rank adapters: only they are trained, and the tuned encoder is the plain network with them merged in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.features import checkpoints
from tests.features.checkpoints import SENTENCES
from twobranch.errors import TwobranchError
from twobranch.features import IMAGE_ENCODERS, SENTENCE_ENCODERS
from twobranch.features.engine import OpenVinoEngine, TorchEngine

pytest.importorskip("transformers", reason="adapters are put into networks of transformers: extra encoders")
pytest.importorskip("peft", reason="adapters need peft: extra encoders")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    checkpoints.save_clip(folder)
    return folder


def encoder(side: str, folder: Path, cache: Path, lora: dict[str, object] | None) -> Any:
    table: Any = {"image": IMAGE_ENCODERS, "sentence": SENTENCE_ENCODERS}[side]
    config = table["transformers"].model_validate({"model": str(folder), "lora": lora})
    return config.load(device="cpu", threads=1, cache=cache)


def inputs(side: str, made: Any) -> torch.Tensor:
    return torch.from_numpy(checkpoints.pictures(32) if side == "image" else made.tokens(SENTENCES))


def trained(module: Any, batch: torch.Tensor, steps: int = 3) -> None:
    torch.manual_seed(0)
    target = torch.randn(len(batch), module(batch).shape[1])
    optimizer = torch.optim.Adam([one for one in module.parameters() if one.requires_grad], lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        (module(batch) - target).square().mean().backward()
        optimizer.step()


@pytest.mark.parametrize("side", ["image", "sentence"])
def test_adapters_are_trained_and_nothing_else(side: str, clip: Path, tmp_path: Path) -> None:
    made = encoder(side, clip, tmp_path, {"rank": 2})
    module = made.trainable()
    trainable = {name for name, weight in module.named_parameters() if weight.requires_grad}
    assert trainable
    assert all(".lora_A." in name or ".lora_B." in name for name in trainable)
    assert {name.split(".lora_")[0].rpartition(".")[2] for name in trainable} == {"q_proj", "v_proj"}
    frozen = {name: weight.clone() for name, weight in module.named_parameters() if name not in trainable}
    batch = inputs(side, made)
    before = module.eval()(batch).detach()
    trained(module, batch)
    assert not torch.allclose(module(batch), before, atol=1e-3)
    for name, weight in module.named_parameters():
        assert name in trainable or torch.equal(weight, frozen[name])


@pytest.mark.parametrize("side", ["image", "sentence"])
def test_the_tuned_encoder_is_the_plain_network_with_the_adapters_in_it(side: str, clip: Path, tmp_path: Path) -> None:
    made = encoder(side, clip, tmp_path, {"rank": 2, "alpha": 8})
    module = made.trainable().eval()
    batch = inputs(side, made)
    trained(module, batch)
    tuned = made.tuned(module.weights())
    assert tuned.identity != made.identity
    plain = made._network.build()
    assert set(module.weights()) == set(plain.state_dict())
    tuned.__dict__["engine"] = OpenVinoEngine(tuned._network, tmp_path, 1, "f32")
    found = tuned.encode(checkpoints.pictures(32) if side == "image" else SENTENCES)
    np.testing.assert_allclose(found, module(batch).detach().numpy(), atol=1e-4)

    tuned.save(tmp_path)
    again = encoder(side, clip, tmp_path, {"rank": 2, "alpha": 8})
    again.load(tmp_path)
    assert again.identity == tuned.identity


@pytest.mark.parametrize("side", ["image", "sentence"])
def test_adapters_that_were_never_trained_change_no_bit(side: str, clip: Path, tmp_path: Path) -> None:
    made = encoder(side, clip, tmp_path, {"rank": 4, "dropout": 0.5})
    module = made.trainable().eval()
    plain = made._network.build()
    for name, weight in module.weights().items():
        assert torch.equal(weight, plain.state_dict()[name]), name
    batch = inputs(side, made)
    without = encoder(side, clip, tmp_path, None)
    assert torch.equal(module(batch), without.trainable().eval()(batch))
    assert without.identity == made.identity


def test_a_checkpoint_of_the_training_holds_the_adapters_alone(clip: Path, tmp_path: Path) -> None:
    made = encoder("image", clip, tmp_path, {"rank": 2})
    module = torch.nn.ModuleDict({"image": made.trainable().eval()})
    batch = inputs("image", made)
    trained(module["image"], batch)
    state = {name: value.clone() for name, value in module.state_dict().items()}
    assert len(state) == 8
    assert all(".lora_" in name for name in state)
    again = torch.nn.ModuleDict({"image": made.trainable().eval()})
    again.load_state_dict(state)
    assert torch.equal(again["image"](batch), module["image"](batch))
    with pytest.raises(RuntimeError, match="lora_A"):
        again.load_state_dict({})


def test_without_adapters_all_weights_are_trained(clip: Path, tmp_path: Path) -> None:
    made = encoder("image", clip, tmp_path, None)
    module = made.trainable().eval()
    assert all(weight.requires_grad for weight in module.parameters())
    batch = inputs("image", made)
    trained(module, batch, 1)
    tuned = made.tuned(module.weights())
    ((found,),) = TorchEngine(tuned._network, "cpu").run([(batch.numpy(),)], ("vector",))
    np.testing.assert_allclose(found, module(batch).detach().numpy(), atol=1e-5)


def test_bert_and_vit_have_the_default_targets(tmp_path: Path) -> None:
    checkpoints.save_bert(tmp_path / "bert")
    checkpoints.save_vision(tmp_path / "vit", "ViT", **checkpoints.VISION)
    for side, name in (("sentence", "bert"), ("image", "vit")):
        module = encoder(side, tmp_path / name, tmp_path, {"rank": 1}).trainable()
        assert sum(weight.requires_grad for weight in module.parameters()) == 8  # A and B, twice in each of two layers


def test_targets_that_a_network_does_not_have(clip: Path, tmp_path: Path) -> None:
    made = encoder("image", clip, tmp_path, {"targets": ["attention"]})
    with pytest.raises(TwobranchError, match=r"lora\.targets: .*but found attention\. It has: .*q_proj.*v_proj"):
        made.trainable()
