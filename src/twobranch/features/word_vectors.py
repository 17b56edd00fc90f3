"""Word vectors: the mean of a sentence's token vectors, without any network; fast and simple.

The vectors are those of `token_vectors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from twobranch.features.encoder import FrozenSentences, identity_of
from twobranch.features.token_vectors import TokenVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WordVectors(FrozenSentences):
    """The mean over the vectors of a sentence's known tokens; a sentence without any is the zero vector.

    No padding and no special tokens enter the mean. Token order is lost: it is a bag of words.

    Attributes:
        table: the tokens and their vectors.

    Raises:
        TwobranchError: if the vectors are missing or not the known ones.
    """

    name = "word-vectors"
    dim = TokenVectors.dim
    license = TokenVectors.license
    languages = TokenVectors.languages
    identity = identity_of(name=name, pooling="mean over known tokens", **TokenVectors.hashes)

    def __init__(self) -> None:
        self.table = TokenVectors()

    def encode(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Features of C sentences: (C, 256) float32; rows have no fixed length."""
        features = np.zeros((len(sentences), self.dim), np.float32)
        for row, known in enumerate(self.table.tokens(sentences)):
            if known:
                features[row] = self.table.vectors[known].mean(axis=0)
        return features
