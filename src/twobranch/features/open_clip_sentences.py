"""The text tower of open_clip."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from twobranch.features.external_sentences import external_sentences, languages_of
from twobranch.features.library import imported
from twobranch.features.network_sentences import NetworkSentences, Tokenize
from twobranch.features.open_clip_networks import OpenClipFolder
from twobranch.features.transformers_sentences import TOKENIZER_FILES

if TYPE_CHECKING:
    from torch import Tensor

    from twobranch.features.token_network import TokenNetwork

_LONGEST = 77  # open_clip's own where a checkpoint states none


def open_clip_sentences(model: str, **place: Any) -> NetworkSentences:
    """Make the sentence encoder of a checkpoint of open_clip; its vector is what compares with pictures.

    Args:
        model: a folder, or `hub:owner/name`.
        **place: device, threads and cache, and the adapters that a stage may train.

    Raises:
        TwobranchError: if the folder holds no checkpoint of open_clip, or no safetensors.
    """
    checkpoint = OpenClipFolder.of(model)
    text = checkpoint.model["text_cfg"]
    files = checkpoint.digests(*(TOKENIZER_FILES if checkpoint.has_tokenizer else ()))
    # Where the end of a sentence is looked up and attention only looks back, what follows the end need not be computed.
    cut = text.get("pool_type", "argmax") == "argmax" and not text.get("no_causal_mask") and not text.get("embed_cls")

    def build() -> TokenNetwork:
        from twobranch.features.token_network import TokenNetwork

        return TokenNetwork(checkpoint.network(True).text, _read, int(text.get("pad_id", 0)))

    return external_sentences(
        checkpoint.name, checkpoint.folder.license, languages_of(checkpoint.folder), files,
        {"longest": text.get("context_length", _LONGEST)}, _tokenizer(checkpoint, cut=cut), build,
        dim=int(checkpoint.model["embed_dim"]), **place,
    )  # fmt: skip


def _read(net: Any, ids: Tensor, mask: Tensor) -> Tensor:
    whole, longest = net.attn_mask, ids.shape[1]
    if whole is not None:  # it has the size of the longest sentence that there may be
        net.attn_mask = whole[:longest, :longest]
    try:
        vector: Tensor = net(ids)
    finally:
        net.attn_mask = whole
    return vector + 0.0 * mask[:, :1]  # a network that ignores one of its inputs cannot be converted


def _tokenizer(checkpoint: OpenClipFolder, *, cut: bool) -> Tokenize:
    """The library's tokenizer for the checkpoint, read when the first sentence comes."""

    @functools.cache
    def words() -> Any:
        # What a folder asks for is overruled: no code of its own, nothing from elsewhere.
        own = {"local_files_only": True, "trust_remote_code": False} if checkpoint.has_tokenizer else {}
        return imported("open_clip").get_tokenizer(f"local-dir:{checkpoint.folder.path}", **own)

    def tokenize(sentences: Sequence[str]) -> list[list[int]]:
        if not sentences:  # the library cannot be asked for none
            return []
        rows: list[list[int]] = words()(list(sentences)).tolist()  # all filled up to the longest length
        # The end has the largest number of all tokens.
        return [row[: row.index(max(row)) + 1] if cut else row for row in rows]

    return tokenize
