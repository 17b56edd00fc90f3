"""Progress and messages: to standard error, bars only on a terminal."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

T = TypeVar("T")

console = Console(stderr=True)
"""The console of progress and messages; standard output belongs to results."""

log = logging.getLogger("twobranch")
"""The logger of the library. The command line prints it to standard error; a program that imports twobranch decides."""

WORTH_SHOWING = 0.5
"""Seconds after which work gets a bar: what is over before draws nothing."""

_open: list[_Line] = []
"""The work that is going on, outermost first: work inside other work adds a line to the same display."""

_hidden = False


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """Draw no bars meanwhile: a server computes in several threads, and a terminal has one display."""
    global _hidden
    _hidden, before = True, _hidden
    try:
        yield
    finally:
        _hidden = before


@contextlib.contextmanager
def progress(description: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar with rate and time left, drawn only on a terminal; yields the function that advances it.

    Example:
        >>> with progress("encoding images", total=2) as advance:
        ...     advance(1)
        ...     advance(1)
    """
    if _hidden or not console.is_terminal:
        yield lambda count: None
        return
    line = _Line(description, total)
    try:
        yield line.advance
    finally:
        line.close()


def counted(description: str, items: Iterable[T], total: int, *, each: int = 1) -> Iterator[T]:
    """The items one by one, with a progress bar that counts those that are done.

    Args:
        description: what is done.
        items: what to go through.
        total: how many there are, in the unit that the bar counts.
        each: units that an item stands for; the last one may stand for fewer.

    Example:
        >>> list(counted("encoding images", range(0, 10, 4), total=10, each=4))
        [0, 4, 8]
    """
    done = 0
    with progress(description, total) as advance:
        for item in items:
            yield item
            advance(min(each, total - done))
            done += each


class _Line:
    """A bar of one kind of work, which appears when the work turns out to be long."""

    def __init__(self, description: str, total: int | None) -> None:
        self._owns = not _open
        self._bar: Progress = Progress(*_columns(), console=console, transient=True) if self._owns else _open[0]._bar
        self._task = self._bar.add_task(description, total=total, visible=False)
        self._since = time.monotonic()
        _open.append(self)

    def advance(self, count: int) -> None:
        self._bar.advance(self._task, count)
        for line in _open:  # what this is a part of shows, too, although it has not advanced
            line.appear()

    def appear(self) -> None:
        if time.monotonic() - self._since >= WORTH_SHOWING:
            self._bar.start()  # nothing happens where it is drawn already
            self._bar.update(self._task, visible=True)

    def close(self) -> None:
        _open.remove(self)
        self._bar.remove_task(self._task)
        if self._owns:
            self._bar.stop()


class _Rate(ProgressColumn):
    """Items per second, or seconds per item."""

    def render(self, task: Task) -> Text:
        speed = task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s" if speed >= 1 else f"{1 / speed:.1f} s each")


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
