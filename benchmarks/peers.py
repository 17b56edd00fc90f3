"""twobranch beside libraries that do a part of what it does, in one run: both sides see the same data and threads.

    pip install "twobranch[peers]"
    python benchmarks/peers.py                                       # all three, on random data
    python benchmarks/peers.py evaluation search training            # some of them
    python benchmarks/peers.py search --gallery images.npy --queries sentences.npy
    python benchmarks/peers.py training --data $FLICKR8K             # real features, from the cache or into it

| part | peer | what is compared |
|---|---|---|
| evaluation | fico-itr | recalls of both directions: time, memory, equality |
| search | hnswlib, usearch | ten best of a gallery: recall@10, latency, memory, time to build |
| training | sentence-transformers | the same heads on the same frozen features: time of a step, rsum on val |

`--gallery` and `--queries` are embeddings as `twobranch embed` writes them. A peer that is not installed is left out,
and said. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def imported(module: str, package: str) -> Any | None:
    """A peer, or None with a line that says so where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        print(f'  {package}: LEFT OUT, not installed ({error}); pip install "twobranch[peers]"')
        return None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="evaluation, search, training; all if left out")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=5, help="repetitions of the evaluation")
    parser.add_argument("--images", type=int, default=5000, help="images of the evaluation, five sentences each")
    parser.add_argument("--size", type=int, default=100_000, help="embeddings of the random gallery")
    parser.add_argument("--gallery", type=Path, help=".npy (N, D)")
    parser.add_argument("--queries", type=Path, help=".npy (Q, D)")
    parser.add_argument("--data", type=Path, help="images and sentences to train on")
    parser.add_argument("--steps", type=int, default=300, help="updates of the training")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    for variable in THREADS:
        os.environ[variable] = str(options.threads)  # read when numpy and torch are imported, hence before them
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}
    sys.path.insert(0, str(Path(__file__).parent))
    import torch

    torch.set_num_threads(options.threads)
    from peers_evaluation import evaluation
    from peers_search import search
    from peers_training import training

    parts: dict[str, Callable[[argparse.Namespace], None]] = {
        "evaluation": evaluation,
        "search": search,
        "training": training,
    }
    if unknown := set(options.parts) - set(parts):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}. Valid: {', '.join(parts)}.")
    print(f"{options.threads} threads, load {os.getloadavg()[0]:.1f}")
    for name in options.parts or parts:
        print(f"\n{name}")
        parts[name](options)


if __name__ == "__main__":
    main()
