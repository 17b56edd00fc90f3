"""Threads that answer, with a limit of how many wait and how long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from twobranch.serving.refusals import Busy, TooSlow

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """Runs functions in threads and gives up on those that take too long.

    A thread cannot be stopped: work that is given up goes on to its end and keeps its thread for so long, but nothing
    waits for it, and what has not begun never begins.

    Args:
        threads: functions that run at once.
        waiting: functions that may wait or run; the next one is refused.
        seconds: how long one may take, waiting included.
    """

    def __init__(self, threads: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="answer")
        self._most, self._seconds = waiting, seconds
        self._places = threading.BoundedSemaphore(waiting)

    async def run(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """The result of a function.

        Raises:
            Busy: if too many wait.
            TooSlow: if it is not there in time.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(
                "the server",
                f"answers at most {self._most} requests of a kind at once",
                remedy="Ask again in a second.",
            )
        future = self._pool.submit(function, *args, **options)
        future.add_done_callback(lambda _: self._places.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError:
            raise TooSlow(
                "the server", f"gives an answer {self._seconds:g} seconds at most", remedy="Ask for less, or later."
            ) from None

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
