"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`; on success it takes the name `path`, on failure it is removed.

    The temporary file or folder is synced before the rename, so that after a power cut `path` is
    either the old content or the new one. A folder that stood at `path` is replaced.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with atomic_path(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("whole")
        >>> [child.name for child in folder.iterdir()]
        ['a.txt']
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield temporary
        if temporary.is_dir():
            # In threads: the disk orders many small syncs better than it does one after the other.
            with ThreadPoolExecutor(max_workers=16) as pool:
                list(pool.map(_sync, temporary.rglob("*")))
            _replace_folder(temporary, target)
        else:
            _sync(temporary)
            os.replace(temporary, target)
        _sync(target.parent)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)


def _replace_folder(temporary: Path, target: Path) -> None:
    """Rename a folder over another: POSIX renames only over an empty one, so the old one steps aside first."""
    if not target.exists():
        os.rename(temporary, target)
        return
    aside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.old")
    os.rename(target, aside)
    os.rename(temporary, target)
    shutil.rmtree(aside, ignore_errors=True)


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
