"""How far the engine's features are from torch float32, on real pictures and sentences.

    FLICKR8K=... python benchmarks/precision.py

Prints for each encoder the cosine of each row with torch float32: minimum, first percentile, median. The engine asks
for a first percentile of 0.995 or more on its own probe; this is the check of that probe.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from twobranch.features import efficientnet_lite, minilm
from twobranch.features.efficientnet_lite import LITE0, LITE2, EfficientNetLite
from twobranch.features.engine import TorchEngine
from twobranch.features.minilm import MiniLM
from twobranch.features.precision import BF16_COSINE
from twobranch.features.views import image_views

BATCH = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--sentences", type=int, default=2000)
    options = parser.parse_args()
    if "FLICKR8K" not in os.environ:
        sys.exit("Set FLICKR8K to the folder of the data set.")
    data = Path(os.environ["FLICKR8K"])

    paths = sorted((data / "images").glob("*.jpg"))
    paths = paths[:: max(1, len(paths) // options.images)][: options.images]
    for variant in (LITE0, LITE2):
        encoder = EfficientNetLite(variant, device="cpu")
        reference = TorchEngine(efficientnet_lite.network(variant), "cpu")
        found, expected = [], []
        for start in range(0, len(paths), BATCH):
            some = paths[start : start + BATCH]
            pixels = np.concatenate([image_views(path, ["image"], variant.size) for path in some])
            found.append(encoder.encode(pixels))
            expected += [rows for (rows,) in reference.run([(pixels,)], ("vector",))]
        report(f"{variant.name}, {encoder.engine.precision}, {len(paths)} pictures", found, expected)

    lines = (data / "Flickr8k.token.txt").read_text(encoding="utf-8").splitlines()
    sentences = [line.split("\t")[1] for line in lines[:: max(1, len(lines) // options.sentences)]][: options.sentences]
    sentence_encoder = MiniLM(device="cpu")
    found = [sentence_encoder.encode(sentences)]
    precision = sentence_encoder.engine.precision
    sentence_encoder.engine = TorchEngine(minilm.network(), "cpu")
    report(f"minilm, {precision}, {len(sentences)} sentences", found, [sentence_encoder.encode(sentences)])


def report(title: str, found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    a, b = np.concatenate(found).astype(np.float64), np.concatenate(expected).astype(np.float64)
    cosine = (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    first = np.percentile(cosine, 1)
    verdict = "enough" if first >= BF16_COSINE else "TOO LITTLE"
    print(
        f"{title}: cosine to torch float32: least {cosine.min():.5f}, first percentile {first:.5f}, "
        f"median {np.median(cosine):.5f}: {verdict} ({BF16_COSINE} asked for)",
        flush=True,
    )


if __name__ == "__main__":
    main()
