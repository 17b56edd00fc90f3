"""How long grounding takes: a picture's proposals and region features, a phrase in a cold process, and a warm one.

    python benchmarks/grounding.py MODEL IMAGES [--images 30] [--proposals centers] [--phrase "a dog"]

MODEL is a matcher of regions, IMAGES a folder. Everything runs on one thread, without a cache. Medians.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from twobranch.features.extract import image_features
from twobranch.matcher import Matcher
from twobranch.matcher.grounding import ground, proposer_of
from twobranch.regions.opencv import opencv
from twobranch.search.scan import scan_folder

COMMAND = [sys.executable, "-c", "from twobranch.cli.main import main; main()"]


def median(answer: Callable[[str], object], paths: list[str]) -> float:
    answer(paths[0])  # what is loaded once is loaded here
    seconds = []
    for path in paths:
        started = time.perf_counter()
        answer(path)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument("--proposals", default="centers")
    parser.add_argument("--phrase", default="a dog")
    options = parser.parse_args()
    torch.set_num_threads(1)
    opencv("benchmark").setNumThreads(1)
    matcher = Matcher.load(options.model, threads=1)
    paths = [image.path for image in list(scan_folder(options.folder).images.values())[: options.images]]

    def features(path: str) -> object:
        return image_features(matcher.image_encoder, [path], ("image",), None, output="grid").features.array()

    print(f"seconds, median over {len(paths)} pictures, one thread")
    print(f"{'features':60}{median(features, paths):8.3f}")
    for name in dict.fromkeys([matcher.proposer.name if matcher.proposer else "selective-search", options.proposals]):
        proposer = proposer_of(matcher, name)

        def regions(path: str, proposer: object = proposer) -> None:
            proposer.propose(path)  # type: ignore[attr-defined]
            features(path)

        print(f"{f'proposals {name} and features':60}{median(regions, paths):8.3f}")
        warm = median(lambda path, own=proposer: ground(matcher, path, [options.phrase], proposer=own), paths)
        print(f"{f'ground, warm, proposals {name}':60}{warm:8.3f}")
    cold = []
    with tempfile.TemporaryDirectory() as folder:
        for path in paths[:5]:
            command = [*COMMAND, "ground", str(options.model), path, options.phrase, "--json", "--threads", "1"]
            started = time.perf_counter()
            subprocess.run([*command, "--out", f"{folder}/found.png"], check=True, capture_output=True)
            cold.append(time.perf_counter() - started)
    print(f"{'ground, a new process, drawn':60}{statistics.median(cold):8.3f}")


if __name__ == "__main__":
    main()
