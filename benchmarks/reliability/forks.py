"""Processes that are ready at once: forked from one that has imported everything and computed nothing."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAILED = 70  # exit code of what ended in a traceback
HANGS = 120.0  # seconds after which a process counts as hanging


@dataclass
class Child:
    """A process of its own group, whose output goes into a file."""

    pid: int
    log: Path
    code: int | None = None

    def kill(self) -> None:
        """End the process group as `kill -9` does."""
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself in this moment
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:  # it has no group yet
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds: float = HANGS) -> int | None:
        """Exit code, the negative number of a signal, or None where it is still running after so many seconds."""
        until = time.monotonic() + seconds
        while self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() >= until:
                break
            else:
                time.sleep(0.001)
        return self.code

    def ended(self) -> int:
        """Exit code of a process that must end by itself; one that hangs is killed.

        Raises:
            RuntimeError: if it hangs.
        """
        code = self.wait()
        if code is None:
            self.kill()
            self.wait()
            raise RuntimeError(f"it hangs: {self.text[-2000:]}")
        return code

    @property
    def text(self) -> str:
        """What it has written."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def warm() -> None:
    """Import what the commands import."""
    warnings.filterwarnings("ignore", message=".*fork")
    import lancedb
    import matplotlib.pyplot
    import openvino
    import scipy.optimize
    import sklearn.linear_model
    import torch._dynamo

    import twobranch.cli.main
    import twobranch.evaluation.reports.retrieval_page
    import twobranch.reproduction
    import twobranch.search.building
    import twobranch.search.store
    import twobranch.training

    torch.set_num_threads(1)
    del lancedb, matplotlib, openvino, scipy, sklearn, twobranch


def start(work: Callable[[], None], log: Path) -> Child:
    """Do some work in a new process."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os._exit(_exit_code(work))
    return Child(pid, log)


def _exit_code(work: Callable[[], None]) -> int:
    code: Any = 0
    try:
        work()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = FAILED
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code)


def value_of(compute: Callable[[], Any], log: Path) -> Any:
    """What a function computes in a process of its own, so that this one stays fit to be forked.

    Raises:
        RuntimeError: if it fails, with what it said.
    """
    answer = log.with_suffix(".json")
    child = start(lambda: answer.write_text(json.dumps(compute()), encoding="utf-8") and None, log)
    if child.ended() != 0:
        raise RuntimeError(child.text[-3000:])
    return json.loads(answer.read_text(encoding="utf-8"))
