"""Text networks of transformers: CLIP and SigLIP towers, and others that give a state for each token."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError
from twobranch.features.checkpoint_folder import CheckpointFolder
from twobranch.features.encoder import identity_of
from twobranch.features.external_sentences import external_sentences, languages_of
from twobranch.features.library import imported
from twobranch.features.network_sentences import NetworkSentences, Tokenize
from twobranch.features.remembered import remembered

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

    from twobranch.features.token_network import Read, TokenNetwork

TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "vocab.txt", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model",
)  # fmt: skip
"""What a tokenizer of transformers consists of; no checkpoint has all of them."""


def transformers_sentences(model: str, **place: Any) -> NetworkSentences:
    """Make the sentence encoder of a checkpoint.

    The vector is what compares with pictures in CLIP (the projection) and SigLIP (the pooling head); of other networks
    the mean over the tokens' last states.

    Args:
        model: a folder, or `hub:owner/name`.
        **place: device, threads and cache, and the adapters that a stage may train.

    Raises:
        TwobranchError: if the folder holds no network that reads text, or no safetensors.
    """
    folder = CheckpointFolder.of(model)
    files = folder.digests([*folder.weight_files(), *folder.named(["config.json", *TOKENIZER_FILES])])
    kind = str(folder.json("config.json").get("model_type"))
    tower = _TOWERS.get(kind, _Tower("AutoModel", _mean))

    def module(with_weights: bool) -> TokenNetwork:
        from twobranch.features.token_network import TokenNetwork
        from twobranch.features.transformers_networks import load_config, make_network, refuse_kind

        own = tower.config(load_config(folder))
        # Attention written out in plain operations, which every kind of network has and every version converts.
        net = make_network(folder, own, tower.kind, with_weights=with_weights, attention="eager")
        if getattr(net, "main_input_name", "") != "input_ids" or getattr(own, "is_encoder_decoder", False):
            raise refuse_kind(folder, kind, "text and gives a state for each token")
        if tower.kind == "AutoModel" and hasattr(net, "pooler"):
            net.pooler = None  # it is not read, and must not be trained
        return TokenNetwork(net, tower.read, getattr(own, "pad_token_id", None) or 0)

    def work_out() -> dict[str, int]:
        import torch

        from twobranch.features.transformers_networks import load_config

        with torch.device("meta"):
            module(False)  # refuses what reads no text before anything is encoded
        own = tower.config(load_config(folder))
        return {"dim": int(getattr(own, tower.dim)), "longest": _longest(folder, own)}

    name = f"transformers:{kind}"
    facts = remembered(identity_of(name=name, files=files), work_out, place.get("cache"))
    return external_sentences(
        name, folder.license, languages_of(folder), files, {"longest": facts["longest"]},
        tokenizer(folder, facts["longest"], to_longest=tower.fixed), lambda: module(True), dim=facts["dim"],
        portable=lambda: portable_tokenizer(folder, facts["longest"], to_longest=tower.fixed), **place,
    )  # fmt: skip


@dataclass(frozen=True)
class _Tower:
    """The text network of a kind of checkpoint, and how it is read.

    Attributes:
        kind: name of the class in transformers.
        read: gives its vector.
        dim: what its configuration calls the length of that vector.
        fixed: whether it was trained on sentences that are all filled up to the longest length, and reads the filling.
    """

    kind: str
    read: Read
    dim: str = "hidden_size"
    fixed: bool = False

    def config(self, config: Any) -> Any:
        """The configuration of the text network, with the size of the space that both towers project to."""
        text = getattr(config, "text_config", None)
        if text is None or self.kind == "AutoModel":
            return config
        if getattr(config, "projection_dim", None) is not None:
            text.projection_dim = config.projection_dim
        return text


def _clip(net: Any, ids: Tensor, mask: Tensor) -> Tensor:
    projected: Tensor = net(input_ids=ids, attention_mask=mask).text_embeds
    return projected


def _siglip(net: Any, ids: Tensor, mask: Tensor) -> Tensor:
    pooled: Tensor = net(input_ids=ids).pooler_output  # the state of the last position, filling or not
    return pooled + 0.0 * mask[:, :1]  # a network that ignores one of its inputs cannot be converted


def _mean(net: Any, ids: Tensor, mask: Tensor) -> Tensor:
    from twobranch.features.token_network import mean_over_tokens

    return mean_over_tokens(net(input_ids=ids, attention_mask=mask).last_hidden_state, mask)


_TOWERS = {
    "clip": _Tower("CLIPTextModelWithProjection", _clip, "projection_dim"),
    "clip_text_model": _Tower("CLIPTextModelWithProjection", _clip, "projection_dim"),
    "siglip": _Tower("SiglipTextModel", _siglip, "projection_size", fixed=True),
    "siglip_text_model": _Tower("SiglipTextModel", _siglip, "projection_size", fixed=True),
}
"""What of a checkpoint with two towers reads text."""

_OFFSET = ("roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl", "longformer")
"""Networks whose positions begin behind the padding's number: so many fewer tokens have one."""


def _longest(folder: CheckpointFolder, config: Any) -> int:
    """Tokens that a sentence may have: as many as its tokenizer says and the network has positions for."""
    stated = (folder.json_if_there("tokenizer_config.json") or {}).get("model_max_length")
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and config.model_type in _OFFSET:
        positions -= (config.pad_token_id or 0) + 1
    known = [int(number) for number in (stated, positions) if isinstance(number, int | float) and number < 1e9]
    return min([512, *known]) if positions is None else min(known)


def tokenizer(folder: CheckpointFolder, longest: int, *, to_longest: bool = False) -> Tokenize:
    """The tokenizer of a folder, read when the first sentence comes.

    Args:
        folder: the checkpoint.
        longest: tokens at which a sentence is cut.
        to_longest: whether sentences are filled up to this length.
    """
    words = functools.cache(lambda: _read(folder))

    def tokenize(sentences: Sequence[str]) -> list[list[int]]:
        if not sentences:  # the library cannot be asked for none
            return []
        padding = "max_length" if to_longest else False
        ids: list[list[int]] = words()(list(sentences), truncation=True, max_length=longest, padding=padding)[
            "input_ids"
        ]
        return ids

    return tokenize


def _read(folder: CheckpointFolder) -> Callable[..., Any]:
    """The library's tokenizer."""
    from twobranch.features.transformers_networks import readable

    with readable(folder):
        found: Callable[..., Any] = imported("transformers").AutoTokenizer.from_pretrained(
            folder.path, local_files_only=True, trust_remote_code=False
        )
        return found


def portable_tokenizer(folder: CheckpointFolder, longest: int, *, to_longest: bool = False) -> Tokenizer:
    """The tokenizer of a folder as the library tokenizers has it.

    Args:
        folder: the checkpoint.
        longest: tokens at which it cuts a sentence.
        to_longest: whether it fills sentences up to this length; else to that of the longest one beside them.

    Raises:
        TwobranchError: if it is written in Python.
    """
    from tokenizers import Tokenizer

    fast = getattr(_read(folder), "backend_tokenizer", None)
    if fast is None:
        raise TwobranchError(
            str(folder.path),
            "its tokenizer must be one of the library tokenizers",
            found="one that is written in Python",
            remedy="Save it again with a recent version of transformers, which writes tokenizer.json.",
        )
    own = Tokenizer.from_str(fast.to_str())
    own.enable_padding(length=longest if to_longest else None)
    own.enable_truncation(longest)
    return own
