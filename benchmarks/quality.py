"""Train a recipe with several seeds as a user would, and print what comes out: rsum, AUROC, wall time, memory.

    python benchmarks/quality.py $FLICKR8K --recipe default --seeds 0 1 2
    python benchmarks/quality.py $FLICKR8K --recipe default --seeds 0 --cold      # with an empty feature cache

Each training is a process of its own. The interval of the mean
averages the ends of the seeds' own bootstrap intervals over images.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-c", "from twobranch.cli.main import main; main()"]


def train(data: str, recipe: str, seed: int, out: Path, environment: dict[str, str]) -> tuple[dict, float]:
    started = time.perf_counter()
    arguments = ["train", data, "--recipe", recipe, "--set", f"seed={seed}", "--out", str(out)]
    subprocess.run([*COMMAND, *arguments], check=True, env=environment, stderr=subprocess.DEVNULL)
    return json.loads((out / "model" / "matcher.json").read_text()), time.perf_counter() - started


def main() -> None:
    """Print a line per seed and the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--recipe", default="default")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--cold", action="store_true", help="an empty feature cache for every training")
    arguments = parser.parse_args()
    documents = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in arguments.seeds:
            environment = dict(os.environ)
            if arguments.cold:
                environment["TWOBRANCH_CACHE"] = f"{folder}/cache-{seed}"
            document, seconds = train(arguments.data, arguments.recipe, seed, Path(folder) / str(seed), environment)
            documents.append(document)
            val = document["metrics"]["val"]
            probability = document["probability"]
            aurocs = {
                direction: {
                    size: round(metrics["auroc"], 3) for size, metrics in probability[direction]["any_match"].items()
                }
                for direction in ("i2t", "t2i")
            }
            skills = {
                direction: round(probability[direction]["pairs"]["brier_skill"], 3) for direction in ("i2t", "t2i")
            }
            print(
                f"seed {seed}: val rsum {val['rsum']:.1f}, {seconds:.0f} s, "
                f"AUROC {aurocs}, Brier skill of pairs {skills}",
                flush=True,
            )
    values = [document["metrics"]["val"]["rsum"] for document in documents]
    low, high = (
        statistics.mean(document["metrics"]["val"]["rsum_interval"][end] for document in documents) for end in (0, 1)
    )
    spread = f", standard deviation {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    print(f"corpus {documents[0]['corpus']['fingerprint']}, recipe {arguments.recipe}, seeds {arguments.seeds}")
    print(f"val rsum: mean {statistics.mean(values):.1f} (95 % over images: {low:.1f} to {high:.1f}{spread})")
    print(f"largest process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20:.2f} GB resident")


if __name__ == "__main__":
    main()
