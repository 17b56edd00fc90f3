"""What the faults are tried on: a few dozen drawn pictures, a recipe that trains in a second, a matcher, an index."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SCENES = 48
RECIPE = """
summary: Two stages that train in a second.
model:
  embedding: 32
  similarity: cosine
  image:
    encoder: {encoder: efficientnet-lite0, size: 64}
    views: [image, mirror]
    branch: {branch: mlp, hidden: [64], dropout: 0.5}
  sentence: {encoder: minilm, branch: {branch: mlp, hidden: [64], dropout: 0.5}}
stages:
  - name: first
    inputs: {image: {input: random-views, count: 1}, sentence: features}
    sampler: {sampler: neighborhood, images: 12, sentences: 2}
    steps:
      - losses: [{loss: in-batch-cross-entropy, temperature: 0.05}]
        optimizer: {optimizer: adamw, learning_rate: 0.001}
        schedule: {schedule: one-cycle, warmup: 0.2}
    epochs: 3
  - name: second
    sampler: {sampler: neighborhood, images: 12, sentences: 2}
    steps:
      - losses: [{loss: bidirectional-ranking, margin: 0.2}]
        optimizer: {optimizer: sgd, learning_rate: 0.01}
    epochs: 3
"""


@dataclass(frozen=True)
class Material:
    """Files that every trial starts from and none changes."""

    folder: Path

    @property
    def corpus(self) -> Path:
        """Pictures and sentences."""
        return self.folder / "scenes"

    @property
    def recipe(self) -> Path:
        """The file of the recipe."""
        return self.folder / "tiny.yaml"

    @property
    def cache(self) -> Path:
        """A feature cache that holds everything."""
        return self.folder / "cache"

    @property
    def before(self) -> Path:
        """Pictures that an index holds."""
        return self.folder / "before"

    @property
    def after(self) -> Path:
        """The same folder later: pictures kept, changed, renamed, gone and new."""
        return self.folder / "after"

    @property
    def index(self) -> Path:
        """An index of `before`."""
        return self.folder / "index"

    def model(self, seed: int) -> Path:
        """A matcher, trained with a seed."""
        return self.folder / f"run-{seed}" / "model"


def command(arguments: Sequence[object]) -> Callable[[], None]:
    """The command line as work for a child."""

    def run() -> None:
        from twobranch.cli.main import main

        sys.argv = ["twobranch", *map(str, arguments)]
        main()

    return run


def made(folder: Path, run: Callable[[Callable[[], None]], None]) -> Material:
    """Make everything; `run` does a piece of work in a child."""
    material = Material(folder)
    folder.mkdir(parents=True, exist_ok=True)
    material.recipe.write_text(RECIPE, encoding="utf-8")
    run(lambda: _draw(material))
    for seed in (0, 1):
        out = material.model(seed).parent
        run(command(["train", material.corpus, "--recipe", material.recipe, "--set", f"seed={seed}", "--out", out,
                     "--cache", material.cache, "--threads", 1]))  # fmt: skip
    _photograph(material)
    for pictures, out in ((material.before, material.index), (material.after, folder / "other")):
        run(command(["index", material.model(0), pictures, "--out", out, "--cache", material.cache, "--threads", 1]))
    return material


def _draw(material: Material) -> None:
    from twobranch.corpus.emoji_scenes import write_emoji_scenes

    write_emoji_scenes(material.corpus, scenes=SCENES)


def _photograph(material: Material) -> None:
    """The pictures before and after: 24, of which 12 stay, 4 change, 4 get another name and 4 go; 16 are new."""
    pictures = sorted((material.corpus / "images").iterdir())
    suffix = pictures[0].suffix
    material.before.mkdir()
    material.after.mkdir()
    for number in range(24):
        shutil.copy2(pictures[number], material.before / f"{number:02}{suffix}")
    for number in range(12):
        shutil.copy2(pictures[number], material.after / f"{number:02}{suffix}")
    for number in range(12, 16):
        shutil.copy2(pictures[number + 30], material.after / f"{number:02}{suffix}")
    for number in range(16, 20):
        shutil.copy2(pictures[number], material.after / f"renamed-{number:02}{suffix}")
    for number in range(24, 40):
        shutil.copy2(pictures[number], material.after / f"{number:02}{suffix}")
