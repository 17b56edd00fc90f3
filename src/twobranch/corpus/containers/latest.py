"""What was worked out of the files that were read last."""

from __future__ import annotations

import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class FileVersion:
    """A regular file as it is now; a file that is written anew is another one.

    Attributes:
        path: the file, as it was named.
        bytes: its size.
        mtime_ns: when it was last written, in nanoseconds.
    """

    path: str
    bytes: int
    mtime_ns: int


def version_of(path: str) -> FileVersion | None:
    """The regular file at `path`, or the object at an address s3://...; None where there is none.

    Example:
        >>> version_of("/no/such/file") is None
        True
    """
    if path.startswith("s3://"):
        from twobranch.corpus.object_storage import version  # it knows the class of this module

        return version(path)
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return FileVersion(path, status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


class Latest(Generic[Key, Value]):
    """Keeps what was computed of the last few files, each computed once, whatever the number of threads that ask.

    Args:
        compute: from a key, such as a `FileVersion`, to what is kept.
        count: of how many keys.

    Example:
        >>> latest = Latest(len, count=2)
        >>> latest.of("a.tar")
        5
    """

    def __init__(self, compute: Callable[[Key], Value], count: int) -> None:
        self._compute, self._count = compute, count
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: Key) -> Value:
        """What belongs to a key; the least recently asked for makes room."""
        with self._lock:  # held while computing: a second thread would only do the same work again
            if key not in self._kept:
                self._kept[key] = self._compute(key)
            self._kept.move_to_end(key)
            while len(self._kept) > self._count:
                self._kept.popitem(last=False)
            return self._kept[key]
