"""Pictures of a batch on this machine: what lies on object storage is fetched once and read as often as needed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from twobranch.corpus.contents import content
from twobranch.corpus.object_storage import is_remote
from twobranch.errors import TwobranchError

THREADS = 16
"""Pictures that are fetched at once: they wait for the network, not for the processor."""


@contextlib.contextmanager
def staged(paths: Sequence[str]) -> Iterator[list[str]]:
    """A path on this machine for each path, for the length of the block.

    A local path is given back as it is. One that cannot be fetched is given back as it is, too: who reads it meets the
    error.
    """
    if not any(map(is_remote, paths)):
        yield list(paths)
        return
    with tempfile.TemporaryDirectory(prefix="twobranch-batch-") as folder, ThreadPoolExecutor(THREADS) as pool:
        targets = [Path(folder, f"{number}{os.path.splitext(path)[1]}") for number, path in enumerate(paths)]
        yield list(pool.map(_fetched, paths, targets))


def _fetched(path: str, target: Path) -> str:
    if not is_remote(path):
        return path
    try:
        target.write_bytes(content(path))
    except TwobranchError:
        return path
    return str(target)
