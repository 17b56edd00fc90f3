"""`torchrun -m twobranch train`: one run of several processes, and what other verbs say under torchrun."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import twobranch
from tests.conftest import SMALL

SETTINGS = [argument for setting in SMALL for argument in ("--set", setting)]
ROOT = Path(__file__).parents[2]


def torchrun(*arguments, processes=2):
    """The command of the documents, on this machine."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", processes]
    command += ["-m", "twobranch", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([*map(str, command)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stderr


@pytest.mark.parametrize("verb", [["evaluate", "run/model", "data"], []], ids=str)
def test_other_verbs_are_refused(monkeypatch, verb):
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    done = twobranch(*verb)
    assert done.code == 2
    assert "torchrun: starts twobranch train on several processes, and no other verb" in done.err


def test_the_package_is_a_command():
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "twobranch", "--help"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert "train" in done.stdout


@pytest.mark.slow
def test_a_run_of_two_processes_is_resumed_by_one_and_by_three(scenes, tmp_path):
    run, longer = tmp_path / "run", ["--set", "stages.0.epochs=4"]
    code, said = torchrun("train", scenes, "--out", run, *SETTINGS, *longer)
    assert code == 0, said
    assert said.count("before training") == 1
    assert said.count("report: ") == 1
    assert {path.name for path in run.iterdir()} >= {"recipe.yaml", "metrics.jsonl", "report.html", "model"}
    rows = (run / "metrics.jsonl").read_text()
    assert len(rows.splitlines()) == 4
    assert json.loads(twobranch("evaluate", run / "model", scenes, "--json").out)["rsum"] > 100
    assert twobranch("train", scenes, "--out", run, "--resume", *SETTINGS, *longer).code == 0  # done already
    code, said = torchrun("train", scenes, "--out", run, "--resume", *SETTINGS, *longer, processes=3)
    assert code == 0, said
    assert (run / "metrics.jsonl").read_text() == rows


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["data", "run", "recipe"])
def test_what_is_wrong_is_said_once(scenes, tmp_path, wrong):
    data = tmp_path / "nothing.csv" if wrong == "data" else scenes
    run = ROOT if wrong == "run" else tmp_path / "run"
    settings = ["--set", "stages.0.sampler.imges=3"] if wrong == "recipe" else SETTINGS
    code, said = torchrun("train", data, "--out", run, *settings)
    assert code != 0
    assert said.count("error: ") == 1, said
    message = {"data": "nothing.csv", "run": "a new run needs", "recipe": "imges"}
    assert message[wrong] in said
