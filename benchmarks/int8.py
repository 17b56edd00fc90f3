"""What 8-bit integers would change: time, features and rsum of the image encoder, against what the engine chooses.

    pip install nncf
    python benchmarks/int8.py $FLICKR8K RUN/model

EfficientNet-Lite2 is quantized after training, with NNCF's mixed preset and the statistics of 300 training pictures.
Processor time of ten pictures, medians; the cosine is to float32, on pictures of val. Nothing is read from or written
to the feature cache. NNCF is no dependency: docs/results.md says why the option is not offered.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from twobranch import Matcher, read_corpus
from twobranch.evaluation.evaluate import evaluate_retrieval
from twobranch.features.corpus_features import corpus_features
from twobranch.features.precision import first_percentile_cosine
from twobranch.features.views import image_views

CALIBRATION, MEASURED, BATCH = 300, 100, 10


def main() -> None:
    """Print the figures of each way to compute."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("model", help="a matcher on EfficientNet-Lite2")
    options = parser.parse_args()
    corpus = read_corpus(options.data).existing()[0]
    matcher = replace(Matcher.load(options.model, device="cpu", threads=1), cache=None)
    engine: Any = matcher.image_encoder.engine
    size = matcher.image_encoder.size
    train, val = (
        np.stack([image_views(path, ("image",), size)[0] for path in corpus.split(name).image_paths[:count]])
        for name, count in (("train", CALIBRATION), ("val", MEASURED))
    )
    plain, quantized = engine._model, _quantized(engine._model, train)
    ways = {
        "float32": (plain, "f32"),
        "engine": (plain, engine.precision),
        "int8": (quantized, "f32"),
        "int8 and bf16": (quantized, "bf16"),
    }
    rows, seconds = _measured(engine, ways, val)
    for name in ways:
        cosine = first_percentile_cosine(rows[name], rows["float32"])
        print(f"{name}: {seconds[name] / seconds['engine']:.2f} of the engine's time, cosine {cosine:.4f}", flush=True)
    split = corpus.split("val")
    for name in ("engine", "int8 and bf16"):
        _use(engine, *ways[name])
        found = corpus_features(split, matcher.image_encoder, matcher.views, matcher.sentence_encoder, None)
        rsum = evaluate_retrieval(matcher, found, split="val", bootstrap=0)["rsum"]
        print(f"{name}: val rsum {rsum:.2f}, corpus {split.fingerprint}", flush=True)


def _quantized(model: Any, pictures: np.ndarray) -> Any:
    os.environ["NNCF_CI"] = "1"  # it sends no telemetry then
    import nncf

    data = nncf.Dataset([pictures[[number]] for number in range(len(pictures))])
    return nncf.quantize(model, data, preset=nncf.QuantizationPreset.MIXED, subset_size=len(pictures))


def _use(engine: Any, model: Any, precision: str) -> Callable[[list[tuple[np.ndarray]]], list[tuple[np.ndarray]]]:
    engine._model, engine.precision = model, precision
    engine._requests.clear()
    return lambda batches: engine.run(batches, ("vector",))


def _measured(engine: Any, ways: dict[str, Any], pictures: np.ndarray) -> tuple[dict[str, Any], dict[str, float]]:
    rows, seconds = {}, {}
    for name, (model, precision) in ways.items():
        run, times, found = _use(engine, model, precision), [], []
        run([(pictures[:BATCH],)])
        for first in range(0, len(pictures), BATCH):
            started = time.process_time()
            found.append(run([(pictures[first : first + BATCH],)])[0][0])
            times.append(time.process_time() - started)
        rows[name], seconds[name] = np.concatenate(found), statistics.median(times)
    return rows, seconds


if __name__ == "__main__":
    main()
