"""The bundled word vectors: a tokenizer and a table with a vector for each token.

The 256-d token vectors of wordllama (distilled from the embedding tables of large language models), read directly
from its package: its own loader goes to a hub. They take the role that word2vec has in the papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from tokenizers import Tokenizer, processors

from twobranch.features.packaged import packaged_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PACKAGE = "wordllama"
_UNKNOWN = "<unk>"
_VECTORS = "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"
_TOKENIZER = "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68"


class TokenVectors:
    """Splits sentences into tokens that have a vector.

    Raises:
        TwobranchError: if the vectors are missing or not the known ones.

    Attributes:
        vectors: (V, 256) float32, one for each token id.
        unknown: the id of what is in no vocabulary, which has no vector.
    """

    dim = 256
    license = "MIT"
    languages: tuple[str, ...] = ("en",)
    hashes: ClassVar[dict[str, str]] = {"weights": _VECTORS, "tokenizer": _TOKENIZER}
    """SHA-256 of the two files, for identities."""

    def __init__(self) -> None:
        from safetensors.numpy import load

        content = packaged_bytes(_PACKAGE, "weights/l2_supercat_256.safetensors", _VECTORS)
        self.vectors: NDArray[np.float32] = load(content)["embedding.weight"].astype(np.float32)
        self._tokenizer = Tokenizer.from_buffer(
            packaged_bytes(_PACKAGE, "tokenizers/l2_supercat_tokenizer_config.json", _TOKENIZER)
        )
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.unknown: int = self._tokenizer.get_vocab()[_UNKNOWN]

    def portable(self) -> Tokenizer:
        """The tokenizer for other programs: an unknown token ends each sentence, so that none is empty, and fills."""
        own = Tokenizer.from_str(self._tokenizer.to_str())
        ending = [(_UNKNOWN, self.unknown)]
        own.post_processor = processors.TemplateProcessing(single=f"$A {_UNKNOWN}", special_tokens=ending)
        own.enable_padding(pad_id=self.unknown, pad_token=_UNKNOWN)
        return own

    def tokens(self, sentences: Sequence[str]) -> list[list[int]]:
        """The known tokens of each sentence, in its order; no padding and no special tokens."""
        encodings = self._tokenizer.encode_batch_fast(list(sentences), add_special_tokens=False)
        return [
            [token for token in encoding.ids if token != self.unknown and token < len(self.vectors)]
            for encoding in encodings
        ]
