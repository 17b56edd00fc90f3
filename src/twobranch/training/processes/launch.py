"""From torchrun's variables to the processes of a training, and to one message where one of them fails."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from twobranch.errors import OtherProcessError, TwobranchError
from twobranch.launched import TIME_TO_SPEAK, Launched
from twobranch.progress import console, log
from twobranch.training.processes.base import ALONE, Processes
from twobranch.training.processes.group import ProcessGroup

MEETING = timedelta(minutes=30)
"""How long processes wait for each other at the start, and for each message of a batch."""

_current: list[Processes] = []


@contextlib.contextmanager
def training_processes() -> Iterator[Processes]:
    """The processes that torchrun started with this one, or this one alone; inside itself, the same again.

    Only the first process speaks while they train. Where one fails, all end, and only the first one that failed raises
    its error; the others raise `OtherProcessError`.

    Raises:
        TwobranchError: if the processes cannot find each other.

    Example:
        >>> with training_processes() as processes:
        ...     processes.count
        1
    """
    place = Launched.of()
    if place.count == 1:
        yield ALONE
    elif _current:
        yield _current[-1]
    else:
        store = _met(place)
        try:
            with _only_the_first_speaks(place):
                _current.append(ProcessGroup(place))
                yield _current[-1]
        except BaseException as error:
            if not _is_first_to_fail(store):
                time.sleep(TIME_TO_SPEAK)
                raise OtherProcessError(
                    "training on several processes", "ends in all of them when it ends in one",
                    remedy="Read the message of the process that failed.",
                ) from error  # fmt: skip
            if place.index == 0:
                _await_others(store, place.count)
            raise
        finally:
            _current.clear()
        dist.destroy_process_group()


def _met(place: Launched) -> Any:
    """Find the other processes; what they can all write to and read from."""
    if dist.is_initialized():
        raise TwobranchError(
            "training on several processes",
            "twobranch makes the process group itself",
            found="one that was made before",
            remedy="Leave init_process_group out of your program.",
        )
    try:
        store = PrefixStore("twobranch", next(rendezvous("env://", place.index, place.count, timeout=MEETING))[0])
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        dist.init_process_group(backend, store=store, rank=place.index, world_size=place.count, timeout=MEETING)
    except (RuntimeError, ValueError) as error:
        raise TwobranchError(
            "training on several processes",
            "all processes must find each other",
            found=str(error).splitlines()[0],
            remedy="Start with torchrun, with the same --nnodes and --rdzv-endpoint on all machines (docs/scale.md).",
        ) from error
    return store


def _is_first_to_fail(store: Any) -> bool:
    try:
        return bool(store.add("failed", 1) == 1)
    except RuntimeError:  # whoever kept the store is gone: better twice than never
        return True


def _await_others(store: Any, count: int) -> None:
    """Let those that fail by the same mistake ask who was first: the store may end with this process."""
    until = time.monotonic() + TIME_TO_SPEAK
    while store.add("failed", 0) < count and time.monotonic() < until:
        time.sleep(0.05)


@contextlib.contextmanager
def _only_the_first_speaks(place: Launched) -> Iterator[None]:
    before = log.disabled, console.quiet
    log.disabled, console.quiet = (True, True) if place.index else before
    try:
        yield
    finally:
        log.disabled, console.quiet = before
