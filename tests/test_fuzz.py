"""benchmarks/fuzz.py: its targets take their seeds, and what goes wrong is counted and kept."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from twobranch.errors import TwobranchError

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import fuzz  # noqa: E402
import fuzz_targets  # noqa: E402

SLOW_TO_MAKE = {"matcher folder", "matcher weights"}


@pytest.mark.parametrize("name", sorted(set(fuzz_targets.TARGETS) - SLOW_TO_MAKE))
def test_targets_take_their_seeds_and_at_most_refuse_what_is_damaged(name, tmp_path):
    target = fuzz_targets.TARGETS[name](tmp_path)
    chance = random.Random(1)
    for seed in target.seeds:
        if not seed.startswith(b"%!PS"):  # EPS is no picture
            target.use(seed)
    for _ in range(20):
        with contextlib.suppress(TwobranchError):
            target.use(fuzz.mutated(chance, chance.choice(target.seeds)))


def test_what_goes_wrong_is_counted_and_kept(tmp_path):
    def use(data: bytes) -> None:
        if data == b"refused":
            raise TwobranchError("a file", "must be whole", remedy="Mend it.")
        if data.startswith(b"bad"):
            raise KeyError(data)

    counted = fuzz.Counted(use, tmp_path, seconds=60)
    for data in (b"good", b"refused", b"bad 1", b"bad 2"):
        counted(data)
    counted.write()
    counts = json.loads((tmp_path / "counts.json").read_text())
    assert (counts["inputs"], counts["refused"], counts["crashes"], counts["done"]) == (4, 1, 2, False)
    assert (tmp_path / "KeyError-outside.input").read_bytes() == b"bad 1"


def test_the_command_prints_a_table(tmp_path):
    command = [sys.executable, ROOT / "benchmarks" / "fuzz.py", "reader pairs", "--engine", "random"]
    done = subprocess.run([*command, "--seconds", "1", "--out", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "| reader pairs | " in done.stdout
    assert "inputs, 0 crashes" in done.stdout
