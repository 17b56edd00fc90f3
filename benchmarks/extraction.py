"""Extraction end to end, decode + resize + encode + write: OpenVINO against torch eager, in turns in one process.

    FLICKR8K=... python benchmarks/extraction.py --images 256 --rounds 3

Both engines run inside the same pipeline (threads decode ahead, shards are written), so that only the engine
differs; "plain torch" is the loop that one writes first: decode, then encode 32 at a time. Printed are the best round,
the median, and the load of the machine. Other work on the machine flatters the ratios: torch's threads wait for each
other at every layer and suffer more from it. Trust a ratio only where the load is near the number of threads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from twobranch.features import efficientnet_lite, minilm
from twobranch.features.cache import FeatureCache
from twobranch.features.efficientnet_lite import LITE0, LITE2, EfficientNetLite, Variant
from twobranch.features.engine import TorchEngine
from twobranch.features.extract import image_features, sentence_features
from twobranch.features.minilm import MiniLM
from twobranch.features.runtime import cpu_count
from twobranch.features.views import image_views

PLAIN_BATCH = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=256, help="pictures in each round")
    parser.add_argument("--sentences", type=int, default=4000, help="sentences in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=["efficientnet-lite0", "efficientnet-lite2", "minilm"])
    options = parser.parse_args()
    if "FLICKR8K" not in os.environ:
        sys.exit("Set FLICKR8K to the folder of the data set.")
    data = Path(os.environ["FLICKR8K"])
    paths = sorted((data / "images").glob("*.jpg"))[: options.images]
    for variant in (LITE0, LITE2):
        if not options.only or variant.name in options.only:
            for views in (("image",), ("image", "mirror")):
                compare_images(variant, paths, views, options.rounds)
    if not options.only or "minilm" in options.only:
        lines = (data / "Flickr8k.token.txt").read_text(encoding="utf-8").splitlines()
        compare_sentences(
            [line.split("\t")[1] for line in lines][:: max(1, len(lines) // options.sentences)], options.rounds
        )


def compare_images(variant: Variant, paths: list[Path], views: tuple[str, ...], rounds: int) -> None:
    fast, eager = EfficientNetLite(variant, device="cpu"), EfficientNetLite(variant, device="cpu")
    eager.engine = TorchEngine(efficientnet_lite.network(variant), "cpu")
    plain = [paths[k : k + PLAIN_BATCH] for k in range(0, len(paths), PLAIN_BATCH)]

    def pipeline(encoder: EfficientNetLite) -> None:
        with tempfile.TemporaryDirectory() as folder:
            image_features(encoder, paths, views, FeatureCache(folder))

    def loop() -> None:
        with tempfile.TemporaryDirectory() as folder:
            for number, some in enumerate(plain):
                pixels = np.concatenate([image_views(path, views, variant.size) for path in some])
                ((rows,),) = eager.engine.run([(pixels,)], ("vector",))
                np.save(Path(folder) / f"{number}.npy", rows.astype(np.float16))

    ways = {"openvino": lambda: pipeline(fast), "torch": lambda: pipeline(eager), "plain torch": loop}
    report(f"{variant.name}, {fast.engine.precision}, {len(views)} view(s)", "images/s", len(paths), ways, rounds)


def compare_sentences(sentences: list[str], rounds: int) -> None:
    fast, eager = MiniLM(device="cpu"), MiniLM(device="cpu")
    eager.engine = TorchEngine(minilm.network(), "cpu")

    def pipeline(encoder: MiniLM) -> None:
        with tempfile.TemporaryDirectory() as folder:
            sentence_features(encoder, sentences, FeatureCache(folder))

    ways = {"openvino": lambda: pipeline(fast), "torch": lambda: pipeline(eager)}
    report(f"minilm, {fast.engine.precision}", "sentences/s", len(sentences), ways, rounds)


def report(title: str, unit: str, count: int, ways: dict[str, Callable[[], None]], rounds: int) -> None:
    """Run the ways in turns, after one round that warms up, and print rates and ratios."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way, run in ways.items():
            start = time.perf_counter()
            run()
            if number:
                seconds[way].append(time.perf_counter() - start)
    print(f"{title}; load {os.getloadavg()[0]:.1f} on {cpu_count()} processors")
    for way in ways:
        best, median = min(seconds[way]), statistics.median(seconds[way])
        print(
            f"  {way:12} best {count / best:8.1f} {unit}, median {count / median:8.1f}; openvino is "
            f"{best / min(seconds['openvino']):.2f} x by the best, "
            f"{median / statistics.median(seconds['openvino']):.2f} x by the median"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
