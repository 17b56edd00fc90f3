"""Faults at chosen calls: a library that is loaded before the C library counts calls and acts on one of them."""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

KILL_BEFORE, KILL_AFTER, DISK_FULL = 1, 2, 3
_LIBRARY = "TWOBRANCH_FAULTS"  # of the script alone: where the compiled library is


class _Plan(ctypes.Structure):
    """As in faults.c."""

    _fields_ = (
        ("calls", ctypes.c_long),
        ("at", ctypes.c_long),
        ("what", ctypes.c_long),
        ("name", ctypes.c_char * 24),
        ("path", ctypes.c_char * 232),
    )


@dataclass(frozen=True)
class Hit:
    """The call that was acted on, and how many there were until then."""

    calls: int
    name: str
    path: str


def preload() -> None:
    """Start this script anew with the library in front of the C library; returns where that has happened already.

    Raises:
        SystemExit: where there is no C compiler.
    """
    if _LIBRARY in os.environ:
        return
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        raise SystemExit("faults at chosen calls need Linux and a C compiler; run: kills or full-disks")
    library = Path(tempfile.mkdtemp()) / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    environment = {**os.environ, _LIBRARY: str(library), "LD_PRELOAD": str(library)}
    os.execve(sys.executable, [sys.executable, "-m", "benchmarks.reliability", *sys.argv[1:]], environment)


class Faults:
    """What the children of this process do at which call; `preload` comes first."""

    _memory = mmap.mmap(-1, ctypes.sizeof(_Plan))  # shared with children, and with the library for good
    _plan = _Plan.from_buffer(_memory)

    def __init__(self) -> None:
        ctypes.CDLL(os.environ[_LIBRARY]).faults_share(ctypes.byref(self._plan))

    def arm(self, at: int = 0, what: int = KILL_BEFORE) -> None:
        """Count from zero and act on call number `at`; 0 only counts."""
        self._plan.calls, self._plan.name, self._plan.path = 0, b"", b""
        self._plan.at, self._plan.what = at, what

    @property
    def hit(self) -> Hit:
        """What was acted on."""
        return Hit(int(self._plan.calls), self._plan.name.decode(), self._plan.path.decode(errors="replace"))
