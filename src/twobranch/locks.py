"""One process at a time writes a folder; the lock of a killed process is free at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from twobranch.errors import TwobranchError, UnwritableError


@contextlib.contextmanager
def only_writer(folder: Path, lock: str, what: str, *, remedy: str) -> Iterator[None]:
    """Be the only writer of a folder, which is made where there is none.

    The operating system holds the lock and gives it up with the process, however that ends: the file alone means
    nothing and stays.

    Args:
        folder: the folder.
        lock: name of the file in it that is locked.
        what: what the folder is, with its article.
        remedy: what to do if another process is writing it.

    Raises:
        TwobranchError: if another process is writing the folder, or it cannot be made.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(folder / lock, timeout=0)
        held.acquire()
    except Timeout:
        raise TwobranchError(
            str(folder),
            f"one process at a time writes {what}",
            found="another one that is writing it now",
            remedy=remedy,
        ) from None
    except OSError as error:
        raise UnwritableError(
            str(folder), f"{what} must be writable", found=error.strerror or str(error), remedy="Choose another --out."
        ) from None
    try:
        yield
    finally:
        held.release()
