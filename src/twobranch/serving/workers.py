"""Threads that answer, with a limit of how many wait and how long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from twobranch.serving.limits import ANSWER_SECONDS, ANSWERS_AT_ONCE, GROUND_SECONDS, MOST_WAITING
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
        self._unfinished: set[Future[Any]] = set()

    async def run(self, function: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """The result of a function.

        Raises:
            Busy: if too many wait.
            TooSlow: if it is not there in time.
        """
        if len(self._unfinished) >= self._most:
            raise Busy(
                "the server",
                f"answers at most {self._most} requests of a kind at once",
                remedy="Ask again in a second.",
            )
        future = self._pool.submit(function, *args, **options)
        self._unfinished.add(future)
        future.add_done_callback(self._unfinished.discard)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError:
            raise TooSlow(
                "the server", f"gives an answer {self._seconds:g} seconds at most", remedy="Ask for less, or later."
            ) from None

    @property
    def busy(self) -> bool:
        """Whether work goes on, or waits."""
        return bool(self._unfinished)

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Pools:
    """Threads for each kind of work, so that slow work does not stand in the way of fast work."""

    def __init__(self) -> None:
        self.answers = Workers(ANSWERS_AT_ONCE, MOST_WAITING, ANSWER_SECONDS)
        self.annotations = Workers(2, MOST_WAITING, ANSWER_SECONDS)
        self.pictures = Workers(4, MOST_WAITING, ANSWER_SECONDS)
        self.grounding = Workers(1, MOST_WAITING, GROUND_SECONDS)
        self._all = (self.answers, self.annotations, self.pictures, self.grounding)

    @property
    def busy(self) -> bool:
        """Whether any thread is still at work."""
        return any(workers.busy for workers in self._all)

    def close(self) -> None:
        """Begin nothing more."""
        for workers in self._all:
            workers.close()
