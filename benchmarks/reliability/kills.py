"""Kills at uniformly random times, and before and after chosen calls."""

from __future__ import annotations

import random
from pathlib import Path
from signal import SIGKILL

from benchmarks.reliability.faults import KILL_AFTER, KILL_BEFORE, Faults
from benchmarks.reliability.jobs import Job
from benchmarks.reliability.trials import Bench, Tally, chosen_calls


def random_kills(job: Job, folder: Path, times: int, seed: int = 0) -> Tally:
    """Kill a job again and again until it happens to end; each time after a uniformly random part of its duration.

    Args:
        job: the job.
        folder: where to work.
        times: kills.
        seed: of the times.
    """
    bench, clock = Bench(job, folder), random.Random(seed)
    while bench.tally.faults < times:
        trial, code = bench.new_trial(), None
        while code is None and bench.tally.faults < times:
            child, seconds = bench.start(trial), clock.uniform(0, bench.seconds)
            code = child.wait(seconds)
            if code is None:
                child.kill()
                child.wait()
                bench.tally.faults += 1
                bench.look(trial, child.text, f"killed after {seconds:.3f} s")
        bench.finish(trial, "done again")
    return bench.done()


def kills_at_calls(job: Job, folder: Path, most: int) -> Tally:
    """Kill a job before and after calls that rename, link, sync, make or remove something, spread over all of them.

    Args:
        job: the job.
        folder: where to work.
        most: calls at most.
    """
    bench, faults = Bench(job, folder), Faults()
    for at in chosen_calls(bench, faults, most):
        for what in (KILL_BEFORE, KILL_AFTER):
            trial = bench.new_trial()
            faults.arm(at, what)
            child = bench.start(trial)
            code = child.ended()
            where = (
                f"killed {'before' if what == KILL_BEFORE else 'after'} call {at}: {faults.hit.name} {faults.hit.path}"
            )
            faults.arm()
            if code != -SIGKILL:  # threads may make a few calls less in one run than in another
                bench.complain(child.text, where, trial)
                continue
            bench.tally.faults += 1
            bench.look(trial, child.text, where)
            bench.finish(trial, where)
    return bench.done()
