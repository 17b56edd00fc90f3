"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError, UnwritableError
from twobranch.exchange import put_in_place
from twobranch.temporaries import discard, remove_leftovers, temporary_beside

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sync(path: Path) -> None:
    """Have the disk hold the content of a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`; on success it takes the name `path`, on failure it is removed.

    The temporary file or folder is synced before the rename, so that after a power cut `path` is
    either the old content or the new one. A folder that stood at `path` is replaced. What a killed process has left
    in the folder is removed on the way.

    Raises:
        UnwritableError: in place of an OSError inside the block: the disk is full, or the folder cannot be written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with atomic_path(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("whole")
        >>> [child.name for child in folder.iterdir()]
        ['a.txt']
    """
    target = Path(path)
    temporary = temporary_beside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target.parent)
        yield temporary
        _settle(temporary, target)
    except OSError as error:
        raise UnwritableError(
            str(target),
            "must be writable, on a disk with room",
            found=error.strerror or str(error),
            remedy="Free space or choose another place, then run the command again; what was there is unchanged.",
        ) from error
    finally:
        discard(temporary)


def _settle(temporary: Path, target: Path) -> None:
    """Sync what was written, give it its name, and sync the name."""
    if temporary.is_dir():
        # In threads: the disk orders many small syncs better than it does one after the other.
        with ThreadPoolExecutor(max_workers=16) as pool:
            list(pool.map(sync, [*temporary.rglob("*"), temporary]))
        put_in_place(temporary, target)
    else:
        sync(temporary)
        os.replace(temporary, target)
    sync(target.parent)


@contextlib.contextmanager
def as_os_error(kind: type[Exception]) -> Iterator[None]:
    """What a library raises of its own where it cannot write a file, as the OSError that it is.

    Example:
        >>> with as_os_error(RuntimeError):
        ...     raise RuntimeError("no space left")
        Traceback (most recent call last):
        ...
        OSError: no space left
    """
    try:
        yield
    except kind as error:
        raise OSError(str(error)) from error


def write_json(path: str | os.PathLike[str], document: Any) -> None:
    """Write a JSON document atomically, with sorted indentation that diffs well; NaN is refused."""
    with atomic_path(path) as temporary:
        temporary.write_text(
            json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )


def read_json(path: str | os.PathLike[str], what: str) -> Any:
    """Read a JSON document; `what` names it in the error, for example "the matcher folder's description".

    Raises:
        TwobranchError: if the file is missing, cannot be read, or is not JSON.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        document = json.loads(text)
        if "\\ud" in text.lower():
            json.dumps(document, ensure_ascii=False).encode()  # half of a surrogate pair is no character
    except FileNotFoundError:
        raise TwobranchError(str(path), f"{what} must exist", remedy="Check the path.") from None
    except OSError as error:
        raise TwobranchError(
            str(path), f"{what} must be readable", found=error.strerror, remedy="Check its permissions."
        ) from None
    except (ValueError, RecursionError) as error:  # JSON and UTF-8 errors are ValueErrors
        raise TwobranchError(
            str(path), f"{what} must be a JSON document", found=str(error), remedy="Restore the file or make it anew."
        ) from None
    return document


def read_array(path: str | os.PathLike[str], what: str) -> NDArray[Any]:
    """Read an array (.npy); nothing is unpickled. `what` names it in the error.

    Raises:
        TwobranchError: if the file is missing or damaged.
    """
    import numpy as np

    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
    except Exception as error:  # the header is parsed as Python and can fail as Python can
        raise TwobranchError(
            str(path), f"{what} must be an array", found=str(error), remedy="Restore the file or make it anew."
        ) from None
    return array
