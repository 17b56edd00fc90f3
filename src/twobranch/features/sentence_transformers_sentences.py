"""Models of sentence-transformers: a text network with the pooling and normalization that its folder states."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from twobranch.errors import TwobranchError
from twobranch.features.checkpoint_folder import CheckpointFolder
from twobranch.features.external_sentences import external_sentences, languages_of
from twobranch.features.library import imported
from twobranch.features.network_sentences import NetworkSentences, Tokenize
from twobranch.features.transformers_sentences import TOKENIZER_FILES, portable_tokenizer, tokenizer
from twobranch.files import read_json

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

    from twobranch.features.token_network import TokenNetwork

_KNOWN = ("Transformer", "Pooling", "Dense", "LayerNorm", "Normalize")
_LENGTHS = tuple(
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
"""Where the longest length stands; what it is called once depended on the network."""
_NO_LIMIT = 100_000  # tokens; some tokenizers state 1e30
_SETTINGS = ("config_sentence_transformers.json", "modules.json")


def sentence_transformers_sentences(model: str, **place: Any) -> NetworkSentences:
    """Make the sentence encoder of a model of sentence-transformers.

    Args:
        model: a folder, or `hub:owner/name`.
        **place: device, threads and cache, and the adapters that a stage may train.

    Raises:
        TwobranchError: if the folder holds no such model, one with parts that are unknown here, or no safetensors.
    """
    folder = CheckpointFolder.of(model, deep=True)
    parts = _parts(folder)
    weights = [file for kind, path in parts if kind in ("Transformer", "Dense") for file in folder.weight_files(path)]
    settings = [folder.path / path / "config.json" for _, path in parts]
    words = CheckpointFolder(folder.path / parts[0][1])  # the folder itself, but for the oldest models
    files = folder.digests([*weights, *settings, *folder.named(_SETTINGS), *words.named([*_LENGTHS, *TOKENIZER_FILES])])
    prompt = _prompt(folder, parts)

    def build() -> TokenNetwork:
        from twobranch.features.token_network import TokenNetwork

        return TokenNetwork(_network(folder), _read, int(words.json("config.json").get("pad_token_id") or 0))

    return external_sentences(
        "sentence-transformers", folder.license, languages_of(folder), files, {"prompt": prompt},
        _tokenizer(words, prompt), build, dim=_dim(folder, parts), unit=parts[-1][0] == "Normalize",
        portable=lambda: _portable(words, prompt), **place,
    )  # fmt: skip


def _parts(folder: CheckpointFolder) -> list[tuple[str, str]]:
    """Kind and folder of each part, first to last.

    The library imports what `modules.json` names; some of its versions run code that lies in a local folder. So the
    names are checked before the library sees them.
    """
    listed = read_json(folder.path / "modules.json", "the list of a model's parts")
    parts: list[tuple[str, str]] = []
    for entry in listed if isinstance(listed, list) else []:
        named, path = str(entry.get("type", "")), PurePosixPath(str(entry.get("path", "")))
        kind = named.rpartition(".")[2]
        if not named.startswith("sentence_transformers.") or kind not in _KNOWN:
            raise _refusal(folder, f"a part must be one of {', '.join(_KNOWN)} of the library itself", named)
        if path.is_absolute() or ".." in path.parts:
            raise _refusal(folder, "a part lies in the model's folder", str(path))
        if kind == "Dense":
            activation = str(folder.json(str(path / "config.json")).get("activation_function", ""))
            if not activation.startswith("torch.nn.modules."):
                raise _refusal(folder, "an activation must be one of torch.nn", activation)
        parts.append((kind, str(path)))
    if [kind for kind, _ in parts[:2]] != ["Transformer", "Pooling"]:
        raise _refusal(folder, "must begin with a Transformer and its Pooling", ", ".join(kind for kind, _ in parts))
    return parts


def _refusal(folder: CheckpointFolder, rule: str, found: str) -> TwobranchError:
    return TwobranchError(
        str(folder.path / "modules.json"),
        rule,
        found=found or "nothing",
        remedy="Use another model; a folder of transformers is read by the encoder transformers.",
    )


def _dim(folder: CheckpointFolder, parts: list[tuple[str, str]]) -> int:
    """Length of the vector: what the last dense layer gives, or the states, once for each way of pooling them."""
    dense = [path for kind, path in parts if kind == "Dense"]
    if dense:
        return int(folder.json(f"{dense[-1]}/config.json")["out_features"])
    pooling = folder.json(f"{parts[1][1]}/config.json")
    ways = pooling.get("pooling_mode", [name for name in pooling if name.startswith("pooling_mode_") and pooling[name]])
    states = pooling.get("embedding_dimension", pooling.get("word_embedding_dimension"))
    return int(states or 0) * (1 if isinstance(ways, str) else max(1, len(ways)))


def _prompt(folder: CheckpointFolder, parts: list[tuple[str, str]]) -> str:
    """What the model puts before each sentence unless told otherwise."""
    described = folder.json_if_there("config_sentence_transformers.json") or {}
    prompt = str((described.get("prompts") or {}).get(described.get("default_prompt_name") or "", ""))
    if prompt and not folder.json(f"{parts[1][1]}/config.json").get("include_prompt", True):
        raise _refusal(folder, "the pooling must include the prompt", prompt)
    return prompt


class _Reading(NamedTuple):
    """What a folder says of the text: tokens at which it is cut, and whether it is put in lower case."""

    longest: int
    lower: bool


def _reading(folder: CheckpointFolder) -> _Reading:
    settings = next(filter(None, map(folder.json_if_there, _LENGTHS)), {})
    longest = settings.get("max_seq_length")
    if longest is None:
        stated = (folder.json_if_there("tokenizer_config.json") or {}).get("model_max_length", 512)
        longest = min(stated, folder.json("config.json").get("max_position_embeddings", stated), _NO_LIMIT)
    return _Reading(int(longest), bool(settings.get("do_lower_case")))


def _portable(folder: CheckpointFolder, prompt: str) -> Tokenizer:
    """The tokenizer as the library tokenizers has it, prompt and lower case included."""
    from tokenizers import normalizers

    longest, lower = _reading(folder)
    own = portable_tokenizer(folder, longest)
    steps = [
        *([normalizers.Prepend(prompt)] if prompt else []),
        *([normalizers.Lowercase()] if lower else []),
        *([own.normalizer] if own.normalizer else []),
    ]
    if steps:
        own.normalizer = normalizers.Sequence(steps)
    return own


def _tokenizer(folder: CheckpointFolder, prompt: str) -> Tokenize:
    longest, lower = _reading(folder)
    words = tokenizer(folder, longest)

    def tokenize(sentences: Sequence[str]) -> list[list[int]]:
        whole = [prompt + sentence for sentence in sentences]
        return words([sentence.lower() for sentence in whole] if lower else whole)

    return tokenize


def _network(folder: CheckpointFolder) -> Any:
    import torch

    library = imported("sentence_transformers")
    from twobranch.features.transformers_networks import quiet, readable

    with readable(folder), quiet(), torch.device("cpu"):
        model = library.SentenceTransformer(
            str(folder.path), device="cpu", local_files_only=True, trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "attn_implementation": "eager"},  # a folder may name one of a hub
        )  # fmt: skip
    return torch.nn.Sequential(*model.children())  # its parts in their order; the model itself is more than a network


def _read(net: Any, ids: Tensor, mask: Tensor) -> Tensor:
    vector: Tensor = net({"input_ids": ids, "attention_mask": mask})["sentence_embedding"]
    return vector
