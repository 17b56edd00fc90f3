"""What every experiment does: a job is disturbed, looked at, done again, and compared with an undisturbed run."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability.faults import Faults
from benchmarks.reliability.forks import Child, start, value_of
from benchmarks.reliability.jobs import Ends, Job, State


@dataclass
class Tally:
    """What came out for one job.

    Attributes:
        job: its name.
        faults: how many were injected.
        lost: rows that were there or acknowledged, and were not afterwards, or not the same.
        problems: everything that was not as it must be.
        seconds: of the whole experiment.
    """

    job: str
    faults: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Bench:
    """Runs a job in folders of its own.

    Args:
        job: the job.
        folder: where trials work.
    """

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.tally = job, Tally(job.name)
        self._root, self._number = folder / job.name.replace(" ", "-"), 0
        self._started = time.monotonic()
        self._root.mkdir(parents=True)
        trial = self.new_trial()
        before = self.state(trial)
        begun = time.monotonic()
        if (code := self.start(trial).ended()) != 0:
            raise RuntimeError(f"{job.name} ends with {code} undisturbed: {self._log(trial).read_text()[-3000:]}")
        self.seconds = time.monotonic() - begun  # of an undisturbed run
        self.ends = Ends(before, self.state(trial))

    def new_trial(self, folder: Path | None = None) -> Path:
        """A folder in which nothing is done yet; the one before is removed where all went well."""
        if folder is None:
            if self._number and not self.tally.problems:
                shutil.rmtree(self._root / str(self._number))
            self._number += 1
            folder = self._root / str(self._number)
        self.job.prepare(folder)
        return folder

    def start(self, trial: Path, name: str = "") -> Child:
        """Begin the job, or go on with it."""
        return start(lambda: self.job.run(trial), self._log(trial, name))

    def state(self, trial: Path) -> State:
        """What is in the folder."""
        found: State = value_of(lambda: self.job.state(trial), self._log(trial, "state"))
        return found

    def _log(self, trial: Path, name: str = "") -> Path:
        return self._root / f"{trial.name}{name}.log"

    def look(self, trial: Path, text: str, what: str) -> None:
        """After a fault: what was there is there, what was told is there, and nothing is half-done."""
        self._note(self._wrong(trial, text), what, trial)

    def _wrong(self, trial: Path, text: str) -> tuple[int, str]:
        try:
            state = self.state(trial)
        except RuntimeError as error:
            return len(self.ends.kept), f"cannot be read: {error}"
        missing = len(self.ends.kept - set(state))
        told, held = self.job.acknowledged(text), self.job.held(state, self.ends)
        if missing or held < told:
            return missing + max(0, told - held), f"{missing} rows missing, {told} told of and {held} there"
        return 0, "rows of neither end" if self.job.mixes(state, self.ends) else ""

    def finish(self, trial: Path, what: str) -> None:
        """Run the job undisturbed and compare what comes out."""
        child = self.start(trial)
        try:
            code = child.ended()
            state = self.state(trial)
        except RuntimeError as error:
            self._note((len(self.ends.after), f"cannot be finished: {error}"), what, trial)
            return
        differing = {name for name in self.ends.after if state.get(name) != self.ends.after[name]}
        more = set(state) - set(self.ends.after)
        wrong = f"exit code {code}, {len(differing)} rows differ, {len(more)} too many: {sorted(differing | more)[:5]}"
        self._note((len(differing), wrong if code or differing or more else ""), what, trial)
        left = [str(path.relative_to(trial)) for path in trial.rglob("*") if _is_leftover(path)]
        self._note((0, f"leftovers: {left[:5]}" if left else ""), what, trial)

    def complain(self, text: str, what: str, trial: Path) -> None:
        """A process that a fault did not kill must end well or with the project's error, never with a traceback."""
        wrong = text[-1500:] if "Traceback" in text else ""
        self._note((0, wrong), what, trial)

    def _note(self, found: tuple[int, str], what: str, trial: Path) -> None:
        lost, wrong = found
        if wrong:
            self.tally.lost += lost
            self.tally.problems.append(f"{self.job.name}, {trial}, {what}: {wrong}")
            print("PROBLEM", self.tally.problems[-1], flush=True)

    def done(self) -> Tally:
        """The tally, with the time."""
        self.tally.seconds = time.monotonic() - self._started
        return self.tally


def chosen_calls(bench: Bench, faults: Faults, most: int) -> list[int]:
    """Numbers of calls, from 1, spread over all that an undisturbed run makes."""
    faults.arm()
    bench.start(bench.new_trial()).ended()
    calls = faults.hit.calls
    return list(range(1, calls + 1)) if calls <= most else [1 + (calls - 1) * k // (most - 1) for k in range(most)]


def _is_leftover(path: Path) -> bool:
    ours = path.name.startswith(".") and path.suffix in (".tmp", ".old", ".new")
    return ours or path.name.endswith(".work")
