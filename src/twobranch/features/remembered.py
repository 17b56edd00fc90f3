"""What follows from a checkpoint's content, worked out once: a search must not import a library of networks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twobranch.errors import TwobranchError, UnwritableError
from twobranch.features.cache_folder import cache_folder, writing
from twobranch.files import read_json, write_json
from twobranch.progress import log

_FOLDER = "described"


def remembered(identity: str, work_out: Callable[[], dict[str, int]], cache: Path | None) -> dict[str, int]:
    """Numbers that an identity decides.

    Args:
        identity: SHA-256 of all that they follow from.
        work_out: what gives them where they are not known yet.
        cache: the cache folder; None for the default.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> remembered("ab12", lambda: {"dim": 512}, folder), remembered("ab12", lambda: {}, folder)
        ({'dim': 512}, {'dim': 512})
    """
    file = cache_folder(cache) / _FOLDER / f"{identity[:32]}.json"
    if (known := _known(file)) is not None:
        return known
    facts = work_out()
    try:
        write_json(file, facts)
    except UnwritableError as error:  # a shared cache may be read-only: then it is worked out in every process
        log.info("what is known of a checkpoint cannot be kept in %s: %s", file.parent, error.found)
    return facts


def _known(file: Path) -> dict[str, int] | None:
    """What a file tells; None where it is missing or damaged, for then it is worked out again."""
    try:
        document = read_json(file, "what is known of a checkpoint")
        return {str(name): int(value) for name, value in document.items()}
    except (TwobranchError, AttributeError, TypeError, ValueError, OverflowError):
        return None


def clear_remembered(cache: Path) -> int:
    """Delete all of it in a cache folder; returns how many bytes that freed."""
    freed = 0
    for file in sorted((cache / _FOLDER).glob("*.json")):
        freed += file.stat().st_size
        with writing(cache):
            file.unlink()
    return freed
