"""Rows of features found by the digest of what they were computed from, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.features.shards import Shards

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGEST_BYTES = 32


class RowTable:
    """Digest -> row, over a growing list of shards; the store on disk is one of these with files behind it.

    Args:
        shape: shape of one row.
        dtype: what rows are kept in; float16 halves the size at an error far below that of bf16.
    """

    def __init__(self, shape: tuple[int, ...], dtype: str = "float16") -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self._reset()

    def _reset(self) -> None:
        self._arrays: list[NDArray[Any]] = []
        self._ids: list[NDArray[np.bytes_]] = []
        self._sorted: tuple[NDArray[np.bytes_], NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        return sum(len(ids) for ids in self._ids)

    @property
    def shards(self) -> Shards:
        """The rows as they are now; later appends do not change what was returned."""
        return Shards(self._arrays, self.shape)

    @property
    def row_bytes(self) -> int:
        """Size of one row with its digest."""
        return int(np.prod(self.shape)) * self.dtype.itemsize + DIGEST_BYTES

    def append(self, digests: Sequence[bytes], rows: NDArray[np.floating]) -> None:
        """Add rows as one new shard; rows whose digest is there already are left out.

        Args:
            digests: SHA-256 of each input, 32 bytes; none twice.
            rows: features (n, ...).

        Raises:
            ValueError: if the digests and rows do not fit together.
        """
        if rows.shape != (len(digests), *self.shape):
            raise ValueError(f"rows must have shape {(len(digests), *self.shape)}, but have {rows.shape}")
        ids = as_ids(digests)
        self._append(ids, rows.astype(self.dtype))

    def _append(self, ids: NDArray[np.bytes_], rows: NDArray[Any]) -> None:
        new = self._positions(ids) < 0
        self._add(ids[new], rows[new])

    def _add(self, ids: NDArray[np.bytes_], rows: NDArray[Any]) -> None:
        self._arrays.append(rows)
        self._ids.append(ids)
        self._sorted = None

    def lookup(self, digests: Sequence[bytes]) -> NDArray[np.int64]:
        """Find the position of each digest's row; -1 where there is none."""
        return self._positions(as_ids(digests))

    def _positions(self, ids: NDArray[np.bytes_]) -> NDArray[np.int64]:
        if self._sorted is None:
            together = np.concatenate(self._ids) if self._ids else np.zeros(0, f"S{DIGEST_BYTES}")
            order = np.argsort(together, kind="stable").astype(np.int64)
            self._sorted = (together[order], order)
        known, order = self._sorted
        if not len(known):
            return np.full(len(ids), -1, np.int64)
        place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        return np.where(known[place] == ids, order[place], -1)

    def gather(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Gather rows (n, ...) float32 by position; -1 gives zeros."""
        return self.shards.gather(positions)


def as_ids(digests: Sequence[bytes]) -> NDArray[np.bytes_]:
    """Pack digests into an array (n,) of 32-byte strings.

    Raises:
        ValueError: if one has another length.
    """
    if any(len(digest) != DIGEST_BYTES for digest in digests):
        raise ValueError(f"a digest has {DIGEST_BYTES} bytes")
    # Byte strings of a fixed width compare as the digests do: both sides drop trailing zeros alike.
    return np.frombuffer(b"".join(digests), dtype=f"S{DIGEST_BYTES}")
