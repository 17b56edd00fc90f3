"""The jobs of benchmarks/reliability at a tenth of a second each: no encoder runs, and faults come from Python.

Run as a program it kills each of them before and after calls that are spread over the whole job, lets files not grow
beyond a size, and prints what was lost as JSON. It is a process of its own, for it forks.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.reliability.forks import start, value_of
from benchmarks.reliability.jobs import Ends, Job, State, digest, told
from benchmarks.reliability.material import Material
from benchmarks.reliability.trials import Bench, Tally

from tests.search.fakes import COLORS, FakeMatcher, paint
from tests.training.test_loop import run as run_loop
from twobranch.features.cache import FeatureCache, FeatureKey
from twobranch.features.store import FeatureStore
from twobranch.search import Index, building
from twobranch.training import loop

KEY = FeatureKey("fake", "a" * 64, "image", "vector", (3,))


class StoreJob(Job):
    """Appends 20 rows in five shards."""

    name = "store"

    def run(self, folder: Path) -> None:
        store = FeatureCache(folder).get(KEY)
        with told():
            for first in range(0, 20, 4):
                ids = [hashlib.sha256(str(number).encode()).digest() for number in range(first, first + 4)]
                store.append(ids, np.arange(3 * first, 3 * first + 12, dtype=np.float32).reshape(4, 3))
                os.write(2, b"stored\n")

    def state(self, folder: Path) -> State:
        store: FeatureStore = FeatureCache(folder).get(KEY)
        ids = np.concatenate(store._ids).tolist() if len(store) else []
        return {key.hex(): digest(store.gather(store.lookup([key]))) for key in ids}

    def acknowledged(self, text: str) -> int:
        return 4 * text.count("stored")

    def held(self, state: State, ends: Ends) -> int:
        return len(state)


class LoopJob(Job):
    """Trains two stages of five epochs, with a checkpoint after each batch."""

    name = "loop"

    def run(self, folder: Path) -> None:
        loop.CHECKPOINT_SECONDS = -1.0
        checkpoints = folder / "checkpoints"
        with told():
            network, rows = run_loop(checkpoints, resume=(checkpoints / "last.safetensors").exists())
            weights = {name: value.numpy() for name, value in network.state_dict().items()}
            history = [{**row, "seconds": 0} for row in rows]
            (folder / "done.json").write_text(json.dumps([digest(*weights.values()), digest(history)]))

    def state(self, folder: Path) -> State:
        from safetensors import safe_open

        for checkpoint in (folder / "checkpoints").glob("[a-z]*.safetensors"):
            with safe_open(checkpoint, framework="pt") as file:
                file.get_tensor("random")
        done = folder / "done.json"
        return dict(zip(("weights", "history"), json.loads(done.read_text()), strict=True)) if done.exists() else {}

    def acknowledged(self, text: str) -> int:
        return 0

    def held(self, state: State, ends: Ends) -> int:
        return 0


class IndexJob(Job):
    """Brings an index of seven pictures up to date: three are new, two changed, one renamed and one gone."""

    name = "index"

    def prepare(self, folder: Path) -> None:
        colors = list(COLORS)
        for number in range(7):
            paint(folder / "photos" / f"{number}.png", colors[number % 6], (20 + number, 20))
        start(lambda: self._index(folder), folder / "prepare.log").ended()
        for number in (1, 2, 7, 8, 9):
            paint(folder / "photos" / f"{number}.png", colors[(number + 1) % 6], (50 + number, 30))
        (folder / "photos" / "3.png").rename(folder / "photos" / "renamed.png")
        (folder / "photos" / "4.png").unlink()

    def _index(self, folder: Path) -> None:
        building.COMMIT_ROWS, building._ENCODE_ROWS = 2, 2
        with told():
            Index.build(FakeMatcher(), folder / "photos", folder / "index")

    def run(self, folder: Path) -> None:
        self._index(folder)

    def state(self, folder: Path) -> State:
        index = Index.open(folder / "index")
        snapshot = index.snapshot()
        rows = index.store_of(snapshot).take(snapshot.row_ids.tolist()).to_pylist()
        assert len({row["id"] for row in rows}) == len(rows)
        # Paths and times differ between trials.
        return {row["id"]: digest(row["sha256"], row["embedding"], row["thumbnail"]) for row in rows}

    def acknowledged(self, text: str) -> int:
        return 0

    def held(self, state: State, ends: Ends) -> int:
        return 0


class KillSwitch:
    """Ends the process group before or after one of the calls that rename, sync or commit; counts them without."""

    def __init__(self, at: float, after: bool) -> None:
        from twobranch.search.store import Store

        self._at, self._after, self.calls = at, after, 0
        for owner, name in ((os, "replace"), (os, "rename"), (os, "fsync"), (Store, "add"), (Store, "delete")):
            setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            here = self.calls == self._at
            if here and not self._after:
                os.killpg(0, signal.SIGKILL)
            result = call(*arguments, **options)
            if here:
                os.killpg(0, signal.SIGKILL)
            return result

        return watched


def kills(job: Job, folder: Path, points: int) -> Tally:
    """Kill a job before and after calls that are spread over it."""
    bench = Bench(job, folder)

    def count(trial: Path) -> int:
        switch = KillSwitch(0, False)
        job.run(trial)
        return switch.calls

    trial = bench.new_trial()
    calls = value_of(lambda: count(trial), folder / "count.log")
    for number in range(points):
        at = 1 + (calls - 1) * number // (points - 1)
        for after in (False, True):
            trial = bench.new_trial()

            def armed(trial: Path = trial, at: int = at, after: bool = after) -> None:
                KillSwitch(at, after)
                job.run(trial)

            child = start(armed, folder / "killed.log")
            where = f"killed {'after' if after else 'before'} call {at} of {calls}"
            if child.ended() != -signal.SIGKILL:
                bench.complain(f"Traceback? {child.text}", where, trial)
            bench.tally.faults += 1
            bench.look(trial, child.text, where)
            bench.finish(trial, where)
    return bench.done()


def short_files(job: Job, folder: Path, sizes: list[int]) -> Tally:
    """Let no file grow beyond a size, as on a disk that is full; then it may."""
    bench = Bench(job, folder / "sizes")
    for size in sizes:
        trial = bench.new_trial()

        said, says = os.pipe()  # a log file would be cut, too

        def limited(trial: Path = trial, size: int = size, says: int = says) -> None:
            os.dup2(says, 2)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            job.run(trial)

        child = start(limited, folder / "limited.log")
        code = child.ended()
        os.close(says)
        with open(said, encoding="utf-8") as stream:
            text = stream.read()
        where = f"no file beyond {size} bytes"
        if code != 2 or "error:" not in text:
            bench.complain(f"Traceback? {code} {text}", where, trial)
        bench.tally.faults += 1
        bench.look(trial, text, where)
        bench.finish(trial, where)
    return bench.done()


SIZES = {"store": [200], "loop": [3000], "index": [1500]}


def main(folder: Path, points: int) -> None:
    # Once, for all children.
    import filelock  # noqa: F401
    import lancedb  # noqa: F401
    import torch._dynamo
    from PIL import Image

    import twobranch.cli.main  # noqa: F401

    Image.init()
    torch.set_num_threads(1)
    tallies = []
    for job in (StoreJob(Material(folder)), LoopJob(Material(folder)), IndexJob(Material(folder))):
        tallies.append(kills(job, folder, points))
        tallies.append(short_files(job, folder, SIZES[job.name]))
    print(json.dumps([asdict(tally) for tally in tallies]))


if __name__ == "__main__":
    import twobranch.search.index

    twobranch.search.index.load_matcher = FakeMatcher.load  # an index in a test carries a fake matcher
    main(Path(sys.argv[1]), int(sys.argv[2]))
