"""The rows of a table."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks.reliability.jobs.base import Ends, Job, State, digest, told


class Reproduction(Job):
    """The rows of a table, two trainings, as `twobranch reproduce` makes them; a checkpoint after every batch."""

    name = "reproduction"

    def run(self, folder: Path) -> None:
        """Train what is missing."""
        import twobranch
        from twobranch.config import validated
        from twobranch.reproduction.bench import FrozenFeatures
        from twobranch.reproduction.paper import Paper
        from twobranch.reproduction.reproducing import write_tables
        from twobranch.reproduction.rows import Rows
        from twobranch.training import loop
        from twobranch.training.encoding import Place
        from twobranch.training.recipes import load_recipe

        loop.CHECKPOINT_SECONDS = -1.0
        recipes = {"tiny": load_recipe(str(self.material.recipe), ["stages.1.epochs=1"])}
        corpus = twobranch.read_corpus(self.material.corpus)
        paper = validated(Paper, {"title": "A table", "rows": [{"recipe": "tiny", "title": "tiny"}]}, "paper")
        prints = [corpus.split(name).fingerprint for name in ("train", "val")]
        rows = Rows(recipes, range(2), *prints, folder / "out")
        with told():
            write_tables({"table": paper}, rows, FrozenFeatures(corpus, Place("cpu", 1, self.material.cache)))

    def state(self, folder: Path) -> State:
        """Ranks, metrics and history of each training; the table reads as JSON."""
        import numpy as np

        found: State = {}
        for result in sorted((folder / "out" / "runs").glob("*/seed-?")):
            facts = json.loads((result / "result.json").read_text())
            history = [{**row, "seconds": 0} for row in facts["history"]]
            with np.load(result / "ranks.npz", allow_pickle=False) as arrays:
                ranks = [array for _, array in sorted(arrays.items())]
            found[result.name] = digest(facts["key"], facts["metrics"], history, facts["stages"], *ranks)
        if (folder / "out" / "table.json").exists():
            table = json.loads((folder / "out" / "table.json").read_text())
            if len(found) == len(table["seeds"]):
                found["table"] = digest([row.get("rsum") for row in table["papers"][0]["rows"]])
        return found

    def acknowledged(self, text: str) -> int:
        """Trainings that were told of."""
        return len(re.findall(r"seed \d+: rsum", text))

    def held(self, state: State, ends: Ends) -> int:
        """Results."""
        return sum(name.startswith("seed") for name in state)
