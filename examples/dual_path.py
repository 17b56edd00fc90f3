"""Dual path (Zheng et al., TOMM 16(2), 2020) on frozen features: instance loss first, then ranking together with it.

python examples/dual_path.py                  # emoji scenes that twobranch draws itself
python examples/dual_path.py captions.csv     # your own images and sentences

Instance loss takes every training image with its sentences for a class of its own and trains one classifier over these
classes, which both branches share: that is what brings them together. The classifier needs a row per image, so three
ways are shown to train it: over all classes, over the batch's and a thousand drawn ones, and without a classifier at
all. On fewer than a thousand images nothing is left out, and the first two are the same.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

UPDATES = 200
ROWS = {
    "dual-path/ranking": "ranking alone, as many updates as the two stages together",
    "dual-path/instance-then-ranking": "the paper's order",
    "dual-path/instance": "instance loss alone, over all groups",
    "dual-path/sampled-instance": "over the batch's groups and some drawn ones that stand for the others",
    "dual-path/in-batch-instance": "without a classifier, over the groups of the batch",
}


def main(data: Path, out: Path, settings: list[str], updates: int = UPDATES) -> None:
    """Train each row on `data` with the same number of updates; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())
    encoded = encode_corpus(corpus, load_recipe("dual-path/ranking", settings).model, Place())
    print(f"{len(np.unique(encoded.train.corpus.image_groups)):,} groups to classify into")

    for name, what in ROWS.items():
        stages = len(load_recipe(name).stages)
        lengths = [f"stages.{number}.length={updates // stages}" for number in range(stages)]
        trained = train_matcher(load_recipe(name, [*settings, *lengths]), encoded, Run(out / name))
        # The classifier is left behind: only the two branches become the matcher.
        print(f"\n{name}: {what}; {trained.parameters:,} parameters, {trained.seconds:.0f} s")
        for stage in trained.stages:
            last = [row for row in trained.history if row["stage"] == stage["stage"]][-1]
            losses = ", ".join(f"{label.split('.', 1)[1]} {value:.3f}" for label, value in last["losses"].items())
            recalls = f"i2t R@1 {stage['i2t.R@1']:.1f}, t2i R@1 {stage['t2i.R@1']:.1f}, rsum {stage['rsum']:.1f}"
            print(f"  after {stage['stage']}: {recalls}; last losses: {losses}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), settings=[])
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=600)
            main(Path(folder) / "scenes", Path(folder), ["model.image.encoder=efficientnet-lite0"], updates=60)
