"""Two-branch networks (Wang, Li, Huang, Lazebnik, TPAMI 2019): embedding network, its parts, similarity network.

python examples/two_branch.py                  # emoji scenes that twobranch draws itself
python examples/two_branch.py captions.csv     # your own images and sentences

The embedding network is trained as it is, then with one part taken away at a time; every change is what `--set`
takes on the command line, and each has a recipe of its name (two-branch/no-structure, two-branch/linear, ...).
Within-view retrieval, a sentence that finds the other sentences of its image, shows what neighborhood terms are for.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.evaluation.evaluate import evaluate_retrieval, evaluate_within_view
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

LOSSES = "stages.ranking.steps.embedding.losses"
CHANGES = {
    "embedding network": [],
    "no sentence structure": [f"{LOSSES}.sentence-structure.weight=0"],
    "one direction: image anchors": [f"{LOSSES}.bidirectional-ranking.sentence_anchor=0"],
    "linear branches": ["model.image.branch.hidden=[]", "model.sentence.branch.hidden=[]"],
    "triplet sampling, no structure": [
        "stages.ranking.sampler={sampler: triplet, pairs: 1000}",
        f"{LOSSES}.sentence-structure.weight=0",
    ],
}


def main(data: Path, out: Path, settings: list[str]) -> None:
    """Train each row on `data`; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())
    # One set of features serves all rows: they differ in what is trained, not in what is encoded.
    encoded = encode_corpus(corpus, load_recipe("two-branch/tuned", settings).model, Place())

    print(f"\n{'on val':32}{'i2t R@1':>9}{'t2i R@1':>9}{'rsum':>8}{'within-view R@1':>17}")
    for number, (name, changes) in enumerate(CHANGES.items()):
        recipe = load_recipe("two-branch/tuned", [*settings, *changes])
        trained = train_matcher(recipe, encoded, Run(out / f"row-{number}"))
        within = evaluate_within_view(trained.matcher, encoded.val, split="val")["s2s"]["R@1"]
        print(_line(name, evaluate_retrieval(trained.matcher, encoded.val, split="val")) + f"{within:17.1f}")

    # The similarity network has the same branches; a head on the product of two embeddings scores a pair.
    recipe = load_recipe("two-branch/similarity", settings)
    trained = train_matcher(recipe, encoded, Run(out / "similarity"))
    print(_line("similarity network", evaluate_retrieval(trained.matcher, encoded.val, split="val")))

    val = corpus.split("val")
    sentences = [val.sentence_texts[list(val.sentence_images).index(image)] for image in range(3)]
    logits = trained.matcher.score(val.image_paths[:3], sentences)  # (3, 3)
    print("\nsigmoid of the scores of three pictures (rows) and a sentence of each (columns):")
    print((1 / (1 + np.exp(-logits))).round(2))


def _line(name: str, metrics: dict) -> str:
    return f"{name:32}{metrics['i2t']['R@1']:9.1f}{metrics['t2i']['R@1']:9.1f}{metrics['rsum']:8.1f}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), settings=[])
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=600)
            quick = ["model.image.encoder=efficientnet-lite0", "stages.0.length=60"]
            main(Path(folder) / "scenes", Path(folder), settings=quick)
