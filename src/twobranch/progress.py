"""Progress and messages: to standard error, bars only on a terminal."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console(stderr=True)
"""The console of progress and messages; standard output belongs to results."""

log = logging.getLogger("twobranch")
"""The logger of the library. The command line prints it to standard error; a program that imports twobranch decides."""

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
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=_hidden or not console.is_terminal) as bar:
        task = bar.add_task(description, total=total)
        yield lambda count: bar.advance(task, count)
