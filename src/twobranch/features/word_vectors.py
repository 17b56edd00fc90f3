"""Word vectors: the mean of a sentence's token vectors, without any network; fast and simple.

The 256-d token vectors of wordllama (distilled from the embedding tables of large language models), read directly
from its package: its own loader goes to a hub. They take the role that word2vec has in the papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Tokenizer

from twobranch.features.encoder import FrozenSentences, identity_of
from twobranch.features.packaged import packaged_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PACKAGE = "wordllama"
_VECTORS = "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"
_TOKENIZER = "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68"


class WordVectors(FrozenSentences):
    """The mean over the vectors of a sentence's known tokens; a sentence without any is the zero vector.

    No padding and no special tokens enter the mean. Token order is lost: it is a bag of words.

    Raises:
        TwobranchError: if the vectors are missing or not the known ones.
    """

    name = "word-vectors"
    dim = 256
    license = "MIT"
    languages: tuple[str, ...] = ("en",)
    identity = identity_of(name=name, weights=_VECTORS, tokenizer=_TOKENIZER, pooling="mean over known tokens")

    def __init__(self) -> None:
        from safetensors.numpy import load

        content = packaged_bytes(_PACKAGE, "weights/l2_supercat_256.safetensors", _VECTORS)
        self._vectors = load(content)["embedding.weight"].astype(np.float32)  # (V, F)
        self._tokenizer = Tokenizer.from_buffer(
            packaged_bytes(_PACKAGE, "tokenizers/l2_supercat_tokenizer_config.json", _TOKENIZER)
        )
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._unknown = self._tokenizer.token_to_id("<unk>")

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Features of C sentences: (C, 256) float32; rows have no fixed length."""
        encodings = self._tokenizer.encode_batch_fast(list(sentences), add_special_tokens=False)
        features = np.zeros((len(encodings), self.dim), np.float32)
        for row, encoding in enumerate(encodings):
            known = [token for token in encoding.ids if token != self._unknown and token < len(self._vectors)]
            if known:
                features[row] = self._vectors[known].mean(axis=0)
        return features
