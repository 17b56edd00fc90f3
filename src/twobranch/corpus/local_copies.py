"""Copies of remote tars and Parquet files: their pictures are read from a file of this machine, not one by one."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twobranch.corpus import object_storage
from twobranch.corpus.containers.latest import FileVersion, version_of
from twobranch.errors import TwobranchError

KEPT = 2
"""Copies that are kept beside those in use."""


@dataclass
class _Copy:
    path: Path
    lock: threading.Lock
    users: int = 0


_lock = threading.Lock()
_copies: OrderedDict[FileVersion, _Copy] = OrderedDict()
_folder: Path | None = None
_numbers = itertools.count()


@contextlib.contextmanager
def local_copy(file: FileVersion) -> Iterator[FileVersion]:
    """A file on this machine with the content of a file: itself, or a copy, which is there for the block at least.

    Raises:
        TwobranchError: if it cannot be read, or there is no room for the copy.
    """
    if not object_storage.is_remote(file.path):
        yield file
        return
    copy = _taken(file)
    try:
        with copy.lock:  # the first of several threads makes it
            if not copy.path.exists():
                _fill(file.path, copy.path)
        found = version_of(str(copy.path))
        if found is None:
            raise TwobranchError(file.path, "its copy on this machine must stay", remedy="Run the command again.")
        yield found
    finally:
        _give_back(copy)


def _taken(file: FileVersion) -> _Copy:
    global _folder
    with _lock:
        if _folder is None or not _folder.is_dir():
            _folder = Path(tempfile.mkdtemp(prefix="twobranch-copies-"))
            atexit.register(shutil.rmtree, _folder, ignore_errors=True)
            _copies.clear()
        if file not in _copies:
            ending = os.path.splitext(file.path)[1].lower()
            _copies[file] = _Copy(_folder / f"{next(_numbers)}{ending}", threading.Lock())
        _copies.move_to_end(file)
        _copies[file].users += 1
        return _copies[file]


def _give_back(copy: _Copy) -> None:
    with _lock:
        copy.users -= 1
        idle = [file for file, kept in _copies.items() if not kept.users]
        for file in idle[: max(len(idle) - KEPT, 0)]:
            _copies.pop(file).path.unlink(missing_ok=True)


def _fill(url: str, target: Path) -> None:
    part = target.with_suffix(".part")
    try:
        object_storage.download(url, part)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
