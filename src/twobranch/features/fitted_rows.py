"""Features of a fitted encoder, computed when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from twobranch.features.encoder import SentenceEncoder

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FittedRows:
    """Rows of a fitted encoder, computed when they are asked for: a corpus of sparse word counts would fill memory.

    Args:
        encoder: a fitted encoder.
        sentences: row i is the feature of sentence i.
    """

    def __init__(self, encoder: SentenceEncoder, sentences: Sequence[str]) -> None:
        self._encoder, self._sentences = encoder, sentences
        self.shape = (len(sentences), encoder.dim)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.integer] | slice) -> NDArray[np.float32]:
        """Encode rows by number: (n,) integers -> (n, F) float32."""
        return self._encoder.encode([self._sentences[row] for row in np.arange(len(self))[rows]])

    def array(self) -> NDArray[np.float32]:
        """All rows at once, in memory: (C, F) float32."""
        return self[slice(None)]
