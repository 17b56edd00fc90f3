"""Full disks: a small file system in memory, and single calls that say that there is no room."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.reliability.faults import DISK_FULL, Faults
from benchmarks.reliability.jobs import Job
from benchmarks.reliability.trials import Bench, Tally, chosen_calls

ERROR = 2  # exit code of the project's error
ROOM = 512 << 20  # of a disk that is not full


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """A file system of its own.

    Raises:
        SystemExit: where the user may not mount one.
    """
    folder.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder]).returncode:
        raise SystemExit("a full disk needs the right to mount a file system in memory; run as root, or: full-at-calls")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def _resize(folder: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


def _used(folder: Path) -> int:
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def small_disks(job: Job, folder: Path, times: int, seed: int = 0) -> Tally:
    """Run a job on disks that fill up somewhere in it; then there is room, and it goes on.

    Args:
        job: the job.
        folder: where to work.
        times: disks.
        seed: of their sizes.
    """
    bench, sizes, tried = Bench(job, folder), random.Random(seed), 0
    while bench.tally.faults < times and tried < 3 * times:
        tried += 1
        with disk(folder / f"disk-{job.name.replace(' ', '-')}-{tried}") as mounted:
            trial = bench.new_trial(mounted / "trial")
            filled = _used(mounted)
            if tried == 1:
                bench.start(trial).ended()
                grown = _used(mounted) - filled
                continue
            _resize(mounted, max(filled, 1) + sizes.randrange(4096, max(8192, int(grown * 1.1))))
            child = bench.start(trial)
            code = child.ended()
            size = f"a disk with {(os.statvfs(mounted).f_blocks * os.statvfs(mounted).f_frsize - filled) >> 10} kB"
            _resize(mounted, ROOM)
            if code == 0:
                continue  # it was large enough
            bench.tally.faults += 1
            bench.complain(child.text, size, trial)
            if code != ERROR or "error:" not in child.text:
                bench.complain(f"Traceback? exit code {code}: {child.text[-1500:]}", size, trial)
            bench.look(trial, child.text, size)
            bench.finish(trial, size)
    return bench.done()


def full_at_calls(job: Job, folder: Path, most: int) -> Tally:
    """Let single calls that rename, link, sync, make or remove something say that the disk is full.

    Args:
        job: the job.
        folder: where to work.
        most: calls at most.
    """
    bench, faults = Bench(job, folder), Faults()
    for at in chosen_calls(bench, faults, most):
        trial = bench.new_trial()
        faults.arm(at, DISK_FULL)
        child = bench.start(trial)
        code = child.ended()
        where = f"no room at call {at}: {faults.hit.name} {faults.hit.path}"
        faults.arm()
        bench.tally.faults += 1
        bench.complain(child.text if code in (0, ERROR) else f"Traceback? {code} {child.text}", where, trial)
        bench.look(trial, child.text, where)
        bench.finish(trial, where)
    return bench.done()
