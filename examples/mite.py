"""MITE (Liu, Zhao, Wei, Zheng, Yang, TOMCCAP 2019): a triplet loss against a classifier of the two modalities.

python examples/mite.py                  # emoji scenes that twobranch draws itself
python examples/mite.py captions.csv     # your own images and sentences

S1 trains the branches with the triplet loss; S2 a classifier that tells image from sentence embeddings; S3 the branches
against it, its weight growing from zero; S4 goes on at a low rate. After each stage is measured whether the modalities
have come closer: by the training's own classifier, by a fresh probe that has taken no part in training, and by the
distance of the mean embeddings. What stands after S1 is the baseline of so many updates; the recipe mite/triplet is the
baseline of equally many as the whole.
"""

import sys
import tempfile
from pathlib import Path

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

ROWS = {
    "mite/reversal": "one step; the gradient is reversed between classifier and branches",
    "mite/inverted-labels": "two steps in turn: the classifier learns, then the branches mislead it",
}
MEASURED = {
    "rsum": "rsum",
    "classifier_accuracy": "classifier %",
    "probe_accuracy": "fresh probe %",
    "mean_distance": "mean distance",
}


def main(data: Path, out: Path, settings: list[str]) -> None:
    """Train each row on `data`; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())
    encoded = encode_corpus(corpus, load_recipe("mite/reversal", settings).model, Place())

    for name, what in ROWS.items():
        recipe = load_recipe(name, settings)
        print(f"\n{name}: {what}")
        for stage in recipe.stages:
            for step in stage.steps:
                print(f"  {stage.name}: {', '.join(loss.label for loss in step.losses)} -> {', '.join(step.trains)}")

        trained = train_matcher(recipe, encoded, Run(out / name))
        print(f"{'after, on val':18}" + "".join(f"{title:>15}" for title in MEASURED.values()))
        # The same numbers stand in metrics.jsonl, under "after_stage" in the last row of each stage. There is no probe
        # where val has fewer than 20 images.
        for stage in trained.stages:
            values = [f"{stage[key]:.2f}" if key in stage else "-" for key in MEASURED]
            print(f"{stage['stage']:18}" + "".join(f"{value:>15}" for value in values))
    print("\n50 % from the probe: images and sentences cannot be told apart. 100 %: it always knows.")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), settings=[])
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=600)
            lengths = {"S1 triplet": 50, "S2 classifier": 20, "S3 adversarial": 50, "S4 fine-tuning": 20}
            quick = [f"stages.{stage}.length={length}" for stage, length in lengths.items()]
            main(Path(folder) / "scenes", Path(folder), ["model.image.encoder=efficientnet-lite0", *quick])
