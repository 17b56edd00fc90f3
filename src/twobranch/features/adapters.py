"""A network while a stage trains low-rank adapters in place of its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from twobranch.errors import TwobranchError
from twobranch.features.library import imported
from twobranch.features.lora import Lora
from twobranch.features.trainable import Trainable


class Adapted(Trainable):
    """The trainable network of an encoder whose own weights stand still; only its adapters are trained.

    Its state dictionary, and so a checkpoint of the training, holds the adapters alone: the rest comes with the
    encoder.

    Args:
        network: the encoder's network; adapters are put into it.
        inputs: from what a batch holds to what the network takes.
        unit: whether a feature is scaled to length 1.
        lora: which layers get an adapter, and of which kind.

    Raises:
        TwobranchError: if the network has no layer of these names, or peft is not installed.
    """

    def __init__(
        self, network: nn.Module, inputs: Callable[[Tensor], tuple[Tensor, ...]], lora: Lora, *, unit: bool = False
    ) -> None:
        super().__init__(_with_adapters(network, lora), inputs, unit=unit)
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(_is_adapter(name))
        self.register_state_dict_post_hook(_without_frozen)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_with_frozen)  # type: ignore[no-untyped-call]

    def weights(self) -> dict[str, Tensor]:
        """The weights of the network without adapters that computes the same: each W + alpha / rank * B A."""
        lora = imported("peft.tuners.lora")
        products = {
            f"{name}.weight": layer.get_delta_weight("default")
            for name, layer in self.network.named_modules()
            if isinstance(layer, lora.LoraLayer)
        }
        merged = {}
        for name, value in self.network.state_dict().items():
            if not _is_adapter(name):
                plain = name.replace(".base_layer.", ".")
                whole = value + products[plain] if plain in products else value
                merged[plain] = whole.detach().cpu().contiguous()
        return merged


def _with_adapters(network: nn.Module, lora: Lora) -> nn.Module:
    linear = {name.rpartition(".")[2]: name for name, layer in network.named_modules() if isinstance(layer, nn.Linear)}
    targets = [name for name in lora.targets if name in linear]
    if not targets:
        raise TwobranchError(
            "lora.targets",
            "must name linear layers of the encoder's network",
            found=", ".join(lora.targets),
            remedy=f"It has: {', '.join(sorted(linear)) or 'none'}.",
        )
    peft: Any = imported("peft")
    config = peft.LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, target_modules=targets, lora_dropout=lora.dropout, bias="none"
    )
    adapted: nn.Module = peft.inject_adapter_in_model(config, network)
    return adapted


def _is_adapter(name: str) -> bool:
    """Whether a weight belongs to an adapter: peft names them so."""
    return ".lora_" in name


def _without_frozen(module: nn.Module, state: dict[str, Any], prefix: str, metadata: Any) -> None:
    """Take what stands still out of a state dictionary that is written."""
    for name in [name for name in state if name.startswith(prefix) and not _is_adapter(name)]:
        del state[name]


def _with_frozen(module: nn.Module, state: dict[str, Any], prefix: str, *others: Any) -> None:
    """Put it back into one that is read."""
    assert isinstance(module, Adapted)
    for name, value in module.network.state_dict().items():
        if not _is_adapter(name):
            state.setdefault(f"{prefix}network.{name}", value)
