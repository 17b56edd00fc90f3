"""Token ids of sentences, computed once and kept without padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.encoder import SentenceEncoder
from twobranch.features.ragged import places

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 1024  # sentences that are padded to the same length on their way


class TokenRows:
    """The token ids of sentences; rows are padded when they are gathered, to the longest of them.

    Args:
        encoder: an encoder with the output "tokens", fitted if it needs it.
        sentences: row i holds the ids of sentence i.
        advance: is told how many sentences were encoded.

    Raises:
        TwobranchError: if the encoder gives ids outside 0..V-1.

    Attributes:
        shape: (N, V): a row stands for a vector of counts over the vocabulary.
    """

    def __init__(
        self, encoder: SentenceEncoder, sentences: Sequence[str], advance: Callable[[int], None] = lambda count: None
    ) -> None:
        self.shape = (len(sentences), encoder.dim)
        flat, lengths = [np.zeros(0, np.int32)], [np.zeros(1, np.int64)]
        for start in range(0, len(sentences), _CHUNK):
            ids = encoder.encode(sentences[start : start + _CHUNK])  # (C, T)
            _check(encoder, ids)
            flat.append(ids[ids != 0].astype(np.int32))  # row after row, without the padding
            lengths.append((ids != 0).sum(1))
            advance(len(ids))
        self._flat = np.concatenate(flat)
        self._offsets = np.cumsum(np.concatenate(lengths), dtype=np.int64)  # (N + 1,)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.integer] | slice) -> NDArray[np.int64]:
        """Gather rows by number: (n,) integers -> (n, T) int64, 0 is padding, T at least 1."""
        lengths, found = places(self._offsets, np.arange(len(self))[rows])
        width = max(1, int(lengths.max(initial=0)))
        ids = np.zeros((len(lengths), width), np.int64)
        ids[np.arange(width) < lengths[:, None]] = self._flat[found]
        return ids

    def array(self) -> NDArray[np.int64]:
        """All rows at once, in memory: (N, T) int64."""
        return self[slice(None)]


def _check(encoder: SentenceEncoder, ids: NDArray[np.float32] | NDArray[np.int64]) -> None:
    if ids.dtype.kind != "i" or ids.min(initial=0) < 0 or ids.max(initial=0) >= encoder.dim:
        raise TwobranchError(
            f'sentence encoder "{encoder.name}"',
            f"gives token ids from 0 to {encoder.dim - 1}, as integers",
            found=f"{ids.dtype}, {ids.min(initial=0)} to {ids.max(initial=0)}",
            remedy="Correct its encode.",
        )
