"""Rows on their way into stores: collected, written as a shard every so often, with an estimate for long work."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from twobranch.features.row_table import RowTable
from twobranch.features.store import FeatureStore
from twobranch.progress import log, progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARD_ROWS = 8192
SHARD_SECONDS = 20.0
SHARD_BYTES = 128 << 20
"""A shard is written when so many rows or bytes wait, or after so many seconds: what a killed run loses at most."""


class ShardWriter:
    """Collects rows for several stores and writes them as shards; used as a context, it writes the rest at the end.

    The rest is written also when the block ends by an exception, so that an interrupted run keeps what it has done.

    Args:
        stores: where rows go, by a name of the caller's choice.
    """

    def __init__(self, stores: Mapping[str, RowTable]) -> None:
        self._stores = stores
        self._waiting: dict[str, list[tuple[Sequence[bytes], NDArray[np.floating]]]] = {name: [] for name in stores}
        self._rows = self._bytes = 0
        self._since = time.monotonic()

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def add(self, name: str, digests: Sequence[bytes], rows: NDArray[np.floating]) -> None:
        """Take rows (n, ...) for a store; they may be written only later."""
        self._waiting[name].append((digests, rows.astype(self._stores[name].dtype)))
        self._rows += len(rows)
        self._bytes += len(rows) * self._stores[name].row_bytes
        late = time.monotonic() - self._since >= SHARD_SECONDS
        if self._rows >= SHARD_ROWS or self._bytes >= SHARD_BYTES or late:
            self.flush()

    def flush(self) -> None:
        """Write everything that waits.

        Raises:
            TwobranchError: if the cache cannot be written.
        """
        for name, parts in self._waiting.items():
            if parts:
                digests = [digest for some, _ in parts for digest in some]
                self._stores[name].append(digests, np.concatenate([rows for _, rows in parts]))
                parts.clear()
        self._rows = self._bytes = 0
        self._since = time.monotonic()


class Estimate:
    """Says once, from the first seconds of the work itself, how long the rest takes and what disk it needs.

    Args:
        description: what is done, for the message.
        total: number of items.
        item_bytes: disk that an item takes.
        where: the folder that is written to.
    """

    WORTH_SAYING = 20.0  # seconds
    MEASURED = 2.0  # seconds of work after which the estimate is made

    def __init__(self, description: str, total: int, item_bytes: int, where: str) -> None:
        self._description, self._total, self._item_bytes, self._where = description, total, item_bytes, where
        self._done = 0
        self._start: tuple[float, int] | None = None  # time and items done, after the first batch: that one warms up
        self._said = False

    def advance(self, count: int) -> None:
        """Count finished items; logs when it is time."""
        self._done += count
        now = time.monotonic()
        if self._start is None:
            self._start = (now, self._done)
        elif not self._said and now - self._start[0] >= self.MEASURED:
            self._said = True
            seconds = (now - self._start[0]) / (self._done - self._start[1]) * (self._total - self._done)
            if seconds > self.WORTH_SAYING:
                log.info(
                    "%s: %d left, about %s and %s in %s",
                    self._description,
                    self._total - self._done,
                    _duration(seconds),
                    _size((self._total - self._done) * self._item_bytes),
                    self._where,
                )


@contextlib.contextmanager
def long_work(description: str, total: int, stores: list[RowTable]) -> Iterator[Callable[[int], None]]:
    """Show a progress bar, and an estimate of time and disk where the work is long; yields what counts both."""
    where = next((str(store.folder.parent) for store in stores if isinstance(store, FeatureStore)), "memory")
    estimate = Estimate(description, total, sum(store.row_bytes for store in stores), where)
    with progress(description, total) as advance:

        def count(items: int) -> None:
            advance(items)
            estimate.advance(items)

        yield count


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
