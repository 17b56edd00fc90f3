"""Nothing is lost by kills, full disks and second processes: a few of them here, hundreds in benchmarks/reliability."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by signals, forks")


def test_small_jobs_lose_nothing(tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "tests.reliability.small_jobs", tmp_path, "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    tallies = json.loads(done.stdout.splitlines()[-1])
    assert [tally["problems"] for tally in tallies] == [[]] * 6
    assert [(tally["job"], tally["faults"], tally["lost"]) for tally in tallies] == [
        ("store", 4, 0), ("store", 1, 0), ("loop", 4, 0), ("loop", 1, 0), ("index", 4, 0), ("index", 1, 0),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("experiment", ["kills", "kills-at-calls", "full-at-calls", "two-at-once", "searches"])
def test_commands_lose_nothing(experiment):
    command = [sys.executable, "-m", "benchmarks.reliability", experiment, "--times", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
