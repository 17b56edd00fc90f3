"""Where cached features and converted networks are kept, and what is said when they cannot be written."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from twobranch.errors import UnwritableError


def cache_folder(chosen: str | Path | None = None) -> Path:
    """Give the cache folder: the one that was chosen, else $TWOBRANCH_CACHE, else the user's cache folder.

    Example:
        >>> cache_folder("/data/cache").as_posix()
        '/data/cache'
    """
    if chosen is not None:
        return Path(chosen)
    if named := os.environ.get("TWOBRANCH_CACHE"):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("twobranch"))


def file_name(encoder: str) -> str:
    """The name of an encoder as a part of a path: some systems have no colon there.

    Example:
        >>> file_name("transformers:clip")
        'transformers-clip'
    """
    return encoder.replace(":", "-")


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a full disk or a read-only cache into a message that says what to do.

    Raises:
        UnwritableError: in place of any OSError inside the block.
    """
    try:
        yield
    except (OSError, UnwritableError) as error:
        raise UnwritableError(
            str(folder),
            "the cache must be writable and have room",
            found=error.found if isinstance(error, UnwritableError) else error.strerror or str(error),
            remedy="Free space, or name another folder with --cache DIR or the variable TWOBRANCH_CACHE.",
        ) from error
