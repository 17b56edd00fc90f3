"""What to expect of how many training images: dev results of a recipe trained on parts of the training split.

    python benchmarks/small_data.py $FLICKR8K [--recipe default] [--sizes 100 300 1000 3000] [--seeds 0 1 2]

Each part is drawn at random, with another draw for each seed; the val split is the same for all, and chooses the epoch.
The interval is that of one training over images, averaged over the seeds.
"""

import argparse
import statistics

import numpy as np

import twobranch
from twobranch.corpus.splits import TRAIN, VAL


def part(corpus: twobranch.Corpus, size: int, seed: int) -> twobranch.Corpus:
    """The corpus with `size` of its training images and all of its val images."""
    splits = np.array(corpus.images.column("split").to_pylist(), dtype=object)
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(splits == TRAIN))[:size]
    return corpus.select_images(np.sort(np.concatenate([drawn, np.flatnonzero(splits == VAL)])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--recipe", default="default")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300, 1000, 3000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    whole = twobranch.read_corpus(arguments.data)
    corpus = whole.existing()[0]
    val = corpus.split(VAL)
    print(f"corpus {whole.fingerprint}, val: {val.images.num_rows:,} images; recipe {arguments.recipe}", flush=True)
    for size in arguments.sizes:
        found = []
        for seed in arguments.seeds:
            own = part(corpus, size, seed)
            settings = [f"seed={seed}"]
            matcher = twobranch.fit(own, arguments.recipe, settings=settings, threads=arguments.threads)
            found.append(matcher.provenance.metrics["val"])
        figures = {
            "t2i R@1": [metrics["t2i"]["R@1"] for metrics in found],
            "t2i R@10": [metrics["t2i"]["R@10"] for metrics in found],
            "i2t R@10": [metrics["i2t"]["R@10"] for metrics in found],
            "rsum": [metrics["rsum"] for metrics in found],
        }
        ends = [statistics.mean(metrics["rsum_interval"][end] for metrics in found) for end in (0, 1)]
        cells = ", ".join(f"{name} {statistics.mean(values):.1f}" for name, values in figures.items())
        each = ", ".join(f"{value:.1f}" for value in figures["rsum"])
        print(f"{size:,} images: {cells} ({ends[0]:.1f} to {ends[1]:.1f}; seeds: {each})", flush=True)


if __name__ == "__main__":
    main()
