"""What is lost by faults: nothing, or the exit code is 1.

    python -m benchmarks.reliability EXPERIMENT [--times 50] [--jobs training,indexing] [--out FILE.json]

| experiment | what it does to each job |
|---|---|
| kills | SIGKILL to the process group at uniformly random times |
| kills-at-calls | SIGKILL before and after calls that rename, link, sync, make or remove something |
| full-disks | small file systems in memory that fill up somewhere (needs the right to mount) |
| full-at-calls | such calls say that there is no room |
| two-at-once | a second process does the same, and every other time the first is killed |
| searches | a second process reads the index while it is updated |

Prints a line of the table in docs/reliability.md for each job: faults, survived, rows lost, seconds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.reliability import faults, forks, full_disk, kills, second_process
from benchmarks.reliability.jobs import JOBS, Job
from benchmarks.reliability.material import made
from benchmarks.reliability.trials import Tally

EXPERIMENTS: dict[str, Callable[[Job, Path, int], Tally]] = {
    "kills": kills.random_kills,
    "kills-at-calls": kills.kills_at_calls,
    "full-disks": full_disk.small_disks,
    "full-at-calls": full_disk.full_at_calls,
    "two-at-once": second_process.two_at_once,
    "searches": second_process.searches_during_an_update,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--times", type=int, default=50, help="faults for each job; calls, where calls are chosen")
    parser.add_argument("--jobs", default=",".join(JOBS), help="names of jobs")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if arguments.experiment.endswith("calls"):
        faults.preload()
    forks.warm()
    folder = Path(tempfile.mkdtemp(prefix="twobranch-reliability-"))

    def run(work: Callable[[], None]) -> None:
        child = forks.start(work, folder / "material.log")
        if child.ended() != 0:
            sys.exit(child.text)

    material = made(folder / "material", run)
    tallies = []
    for name in arguments.jobs.split(","):
        tally = EXPERIMENTS[arguments.experiment](JOBS[name](material), folder / "trials", arguments.times)
        tallies.append(tally)
        survived = tally.faults - min(len(tally.problems), tally.faults)
        cells = (arguments.experiment, name, tally.faults, survived, tally.lost, f"{tally.seconds:.0f} s")
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
        if arguments.out:
            arguments.out.write_text(json.dumps([asdict(one) for one in tallies], indent=2), encoding="utf-8")
    if any(tally.problems for tally in tallies):
        sys.exit(1)  # the folder stays, to look at
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
