"""Temporary files beside what they are to become: their names say who writes them, so that leftovers are recognized."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import uuid
from pathlib import Path

_HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]
_NAME = re.compile(r"\.(?P<target>.+)\.(?P<host>[0-9a-f]{6})-(?P<process>\d+)-[0-9a-f]{8}\.(?P<kind>tmp|old)")

_in_use: set[str] = set()
"""Names of this process: in a container, a killed process often had the very number of the next one."""


def temporary_beside(target: Path, kind: str = "tmp") -> Path:
    """A new name beside a file or folder: `tmp` for what is to become it, `old` for what it was.

    Example:
        >>> path = temporary_beside(Path("run/model"))
        >>> path.parent.as_posix(), path.name.startswith(".model."), path.suffix
        ('run', True, '.tmp')
    """
    name = f".{target.name}.{_HOST}-{os.getpid()}-{uuid.uuid4().hex[:8]}.{kind}"
    _in_use.add(name)
    return target.with_name(name)


def discard(temporary: Path) -> None:
    """Remove a temporary file or folder, if it is still there."""
    _remove(temporary)
    _in_use.discard(temporary.name)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporaries in a folder whose process has ended; what stepped aside and was never replaced returns.

    Those of another machine, which may share the folder, are left to it.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / f".a.txt.{_HOST}-{2**22 + 1}-00000000.tmp").write_text("half")  # no process has this number
        >>> remove_leftovers(folder)
        >>> list(folder.iterdir())
        []
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:  # leftovers are not worth an error
        for name in [match for entry in entries if (match := _NAME.fullmatch(entry.name))]:
            if name["host"] != _HOST or _is_written(name.string, int(name["process"])):
                continue
            target = folder / name["target"]
            if name["kind"] == "old" and not target.exists():
                os.rename(folder / name.string, target)
            else:
                _remove(folder / name.string)


def _is_written(name: str, process: int) -> bool:
    if process == os.getpid():
        return name in _in_use
    if os.name != "posix":  # elsewhere the question would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
