"""What benchmarks share: time, and the memory that a call needs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MB = 2**20


def seconds(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def resident() -> int:
    """Bytes of memory that the process holds (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def with_memory(function: Callable[[], Any]) -> tuple[Any, int]:
    """What a call gives, and the largest resident size during it beyond that before it; sampled every millisecond."""
    before, done = resident(), threading.Event()
    largest = [before]

    def watch() -> None:
        while not done.wait(0.001):
            largest[0] = max(largest[0], resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        found = function()
    finally:
        done.set()
        watcher.join()
    return found, max(largest[0], resident()) - before
