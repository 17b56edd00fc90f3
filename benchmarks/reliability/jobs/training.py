"""`twobranch train`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks.reliability.jobs.base import Ends, Job, State, digest
from benchmarks.reliability.material import command


class Training(Job):
    """`twobranch train`, with a checkpoint after every batch; going on is the same command with `--resume`."""

    name = "training"

    def run(self, folder: Path) -> None:
        """Train, or go on."""
        from twobranch.training import loop

        loop.CHECKPOINT_SECONDS = -1.0
        out, material = folder / "run", self.material
        command(["train", material.corpus, "--recipe", material.recipe, "--out", out, "--cache", material.cache,
                 "--threads", 1, *(["--resume"] if out.exists() else [])])()  # fmt: skip

    def state(self, folder: Path) -> State:
        """Rows of the history, weights of the checkpoints' best and of the matcher, and its calibration."""
        from safetensors.numpy import load_file

        from twobranch.training.checkpoint import load_position

        run, found = folder / "run", State()
        if (run / "metrics.jsonl").exists():
            for number, line in enumerate((run / "metrics.jsonl").read_text().splitlines()):
                row = json.loads(line)
                if (after := row.pop("after_stage", None)) is not None:
                    found[f"stage {number}"] = digest(after)
                found[f"epoch {number}"] = digest({**row, "seconds": 0})
        for checkpoint in ("best", "last"):
            if (run / "checkpoints" / f"{checkpoint}.safetensors").exists():
                load_position(run / "checkpoints" / f"{checkpoint}.safetensors")
        if (run / "model").exists():
            from twobranch.matcher import Matcher

            Matcher.load(run / "model", device="cpu", threads=1, cache=self.material.cache)
            for file in sorted((run / "model").rglob("*.safetensors")):
                found[f"model {file.name}"] = digest(*[(k, v.tobytes()) for k, v in sorted(load_file(file).items())])
            found["model calibration"] = digest(json.loads((run / "model" / "calibration.json").read_text()))
        if (run / "report.html").exists():
            for weights in ("best", "last"):
                tensors = load_file(run / "checkpoints" / f"{weights}.safetensors")
                found[f"checkpoint {weights}"] = digest(*[(k, v.tobytes()) for k, v in sorted(tensors.items())])
        return found

    def acknowledged(self, text: str) -> int:
        """Epochs that were told of."""
        return max([0, *(3 * (stage == "second") + int(n) for stage, n in re.findall(r"(\w+), epoch (\d+): ", text))])

    def held(self, state: State, ends: Ends) -> int:
        """Epochs of the history."""
        return sum(name.startswith("epoch") for name in state)
