"""Two processes at the same folder: both do the job, or one does while the other searches."""

from __future__ import annotations

import random
import time
from pathlib import Path

from benchmarks.reliability.forks import start
from benchmarks.reliability.full_disk import ERROR
from benchmarks.reliability.jobs import Extraction, Indexing, Job
from benchmarks.reliability.trials import Bench, Tally


def two_at_once(job: Job, folder: Path, times: int, seed: int = 0) -> Tally:
    """Start a job twice, the second time within the duration of the first; one is killed every other time.

    Both must end well, or one must be refused: by the project's error, without having touched anything.
    """
    bench, clock = Bench(job, folder), random.Random(seed)
    for number in range(times):
        trial = bench.new_trial()
        first = bench.start(trial)
        time.sleep(clock.uniform(0, bench.seconds / 2))
        second = bench.start(trial, "second")
        killed = number % 2 == 1 and first.wait(clock.uniform(0, bench.seconds)) is None
        if killed:
            first.kill()
            first.wait()
        codes = [second.ended()] if number % 2 else [first.ended(), second.ended()]
        where = f"two at once{', one killed' if killed else ''}: {codes}"
        bench.tally.faults += 1
        for child in (first, second):
            bench.complain(child.text, where, trial)
        may_share = isinstance(job, Extraction)
        if any(code not in ((0,) if may_share else (0, ERROR)) for code in codes):
            bench.complain(f"Traceback? {first.text} {second.text}", where, trial)
        bench.look(trial, first.text, where)
        bench.finish(trial, where)
    return bench.done()


def searches_during_an_update(job: Job, folder: Path, times: int) -> Tally:
    """Search over and over while the index is updated: in one process that stays, and in new ones."""
    bench = Bench(job, folder)
    if not isinstance(job, Indexing) or not bench.ends.before:  # no index to search in
        return bench.done()
    while bench.tally.faults < times:
        trial = bench.new_trial()
        writer = bench.start(trial)
        reader = start(lambda trial=trial: job.search_until_done(trial), trial.with_suffix(".reader.log"))
        while writer.wait(0) is None:
            bench.look(trial, "", "read while it is written")
            bench.tally.faults += 1
        (trial / "done").touch()
        where = f"searched while it was written, exit code {reader.ended()}"
        bench.tally.faults += reader.text.count("answered")
        bench.complain(reader.text if reader.code == 0 else f"Traceback? {reader.text}", where, trial)
        writer.ended()
        bench.finish(trial, "done again")
    return bench.done()
