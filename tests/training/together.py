"""Several processes on this machine, as torchrun would start them, for tests."""

from __future__ import annotations

import multiprocessing
import os
import socket
from pathlib import Path

import torch

from twobranch.training.processes import launch, training_processes

SECONDS = 120
"""No test may wait longer: processes that wait for each other for ever are a failure."""

_server = multiprocessing.get_context("forkserver")  # imports torch once, and no thread of it is running at a fork
_server.set_forkserver_preload(
    ["twobranch.training", "torch.distributed", "tests.training.updates", "tests.training.test_loop"]
)


def run_together(count, work, folder, *arguments):
    """Run `work(processes, folder, *arguments)` in so many processes.

    Returns:
        Of each process what it raised, as (name of the class, message), or None.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = [
        _server.Process(target=_start, args=(rank, count, port, work, folder, arguments)) for rank in range(count)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join(SECONDS)
    hanging = [process for process in started if process.is_alive()]
    for process in hanging:
        process.kill()
    assert not hanging, "processes wait for each other"
    return [_outcome(folder / f"outcome-{rank}") for rank in range(count)]


def _start(rank, count, port, work, folder, arguments):
    os.environ |= {
        "RANK": str(rank), "WORLD_SIZE": str(count), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    torch.set_num_threads(1)
    launch.TIME_TO_SPEAK = 0.3
    try:
        with training_processes() as processes:
            work(processes, folder, *arguments)
    except BaseException as error:
        (folder / f"outcome-{rank}").write_text(f"{type(error).__name__}\n{error}")


def _outcome(path: Path):
    return tuple(path.read_text().split("\n", 1)) if path.exists() else None
