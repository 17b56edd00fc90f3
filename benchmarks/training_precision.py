"""What bfloat16 changes in training: the same recipe and seeds in both precisions, dev rsum with its interval.

    python benchmarks/training_precision.py $FLICKR8K
    python benchmarks/training_precision.py $FLICKR8K --recipe two-branch/tuned --seeds 0

The features are encoded once, or come from the cache. The two trainings of a seed follow each other, so that their
times can be compared on a machine that is otherwise quiet; the interval is over images, by bootstrap.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from twobranch import read_corpus
from twobranch.evaluation.evaluate import evaluate_retrieval
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

NAMES = ("float32", "bfloat16")


def main() -> None:
    """Print rsum, interval and seconds of each training, and whether the mean lies inside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--recipe", default="default")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    corpus = read_corpus(arguments.data)
    encoded = encode_corpus(corpus, load_recipe(arguments.recipe, arguments.settings).model, Place("cpu"))
    rsums: dict[str, list[float]] = {name: [] for name in NAMES}
    intervals: list[tuple[float, float]] = []
    for seed in arguments.seeds:
        for name in NAMES:
            settings = [*arguments.settings, f"precision={name}", f"seed={seed}"]
            with tempfile.TemporaryDirectory() as folder:
                recipe = load_recipe(arguments.recipe, settings)
                trained = train_matcher(recipe, encoded, Run(Path(folder)), device="cpu")
            found = evaluate_retrieval(trained.matcher, trained.encoded.val, split="val")
            low, high = found["rsum_interval"]
            rsums[name].append(found["rsum"])
            if name == "float32":
                intervals.append((low, high))
            print(
                f"seed {seed}, {name}: {found['rsum']:.2f} ({low:.1f} to {high:.1f}), {trained.seconds:.0f} s",
                flush=True,
            )
    low, high = (statistics.mean(ends) for ends in zip(*intervals, strict=True))
    means = {name: statistics.mean(values) for name, values in rsums.items()}
    inside = "inside" if low <= means["bfloat16"] <= high else "OUTSIDE"
    print(
        f"mean rsum: float32 {means['float32']:.2f} ({low:.1f} to {high:.1f}), bfloat16 {means['bfloat16']:.2f}:"
        f" {inside} the interval of float32; corpus {encoded.val.corpus.fingerprint}"
    )


if __name__ == "__main__":
    main()
