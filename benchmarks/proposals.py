"""Region proposals: the upper bound of localization and the time per image, by kind and budget.

    FLICKR8K=... python benchmarks/proposals.py [--split val] [--images 200] [--kinds centers union]

The upper bound is the share of phrases, in percent, for which some box reaches an IoU of 0.5 with the union of the
phrase's boxes; its 95 % interval is a bootstrap over images. What is fitted is fitted on the split train. Times are
those of one core, decoding included, and processor time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from twobranch.corpus import read_corpus
from twobranch.evaluation.intervals import mean_interval
from twobranch.regions.boxes import iou
from twobranch.regions.centers import CentersConfig
from twobranch.regions.edge_boxes import EdgeBoxesConfig
from twobranch.regions.opencv import opencv
from twobranch.regions.phrase_boxes import PhraseBoxes, phrase_boxes
from twobranch.regions.proposer import ProposerConfig
from twobranch.regions.selective_search import PASSES, Pass, SelectiveSearchConfig
from twobranch.regions.union import UnionConfig
from twobranch.regions.whole import WholeConfig

KINDS: dict[str, ProposerConfig] = {
    "whole": WholeConfig(),
    "centers": CentersConfig(budget=500),
    "edge-boxes": EdgeBoxesConfig(budget=500),
    "selective-search, 96 px": SelectiveSearchConfig(budget=500, passes=(Pass(side=96, grain=40),)),
    "selective-search, 224 px": SelectiveSearchConfig(budget=500, passes=PASSES[-1:]),
    "selective-search": SelectiveSearchConfig(budget=500),
    "union": UnionConfig(budget=500),
}
BUDGETS = (1, 10, 100, 200, 500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="val")
    parser.add_argument("--images", type=int, help="so many images, drawn with seed 0; all if left out")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    options = parser.parse_args()
    if "FLICKR8K" not in os.environ:
        sys.exit("Set FLICKR8K to the folder of the data set.")
    opencv("benchmark").setNumThreads(1)
    corpus = read_corpus(Path(os.environ["FLICKR8K"]) / "entities")
    measured = corpus.split(options.split)
    if options.images:
        measured = measured.select_images(
            np.random.default_rng(0).permutation(len(measured.image_ids))[: options.images]
        )
    training, asked = phrase_boxes(corpus.split("train")), phrase_boxes(measured)
    sizes = f"{len(measured.image_ids):,} images, {len(asked):,} phrases"
    print(f"corpus {corpus.fingerprint}, split {options.split}: {sizes}")
    print(f"{'kind':26}{'boxes':>7}  {'upper bound, 95 % interval':28}{'seconds per image, median':>26}")
    for name in options.kinds:
        measure(name, KINDS[name], training, asked)


def measure(name: str, config: ProposerConfig, training: PhraseBoxes, asked: PhraseBoxes) -> None:
    proposer = config.load()
    start = time.perf_counter()
    proposer.fit(training)
    fitted = time.perf_counter() - start
    seconds, first = [], np.full(len(asked), np.inf)
    for image, path in enumerate(asked.corpus.image_paths):
        start = time.process_time()
        boxes = proposer.propose(path)
        seconds.append(time.process_time() - start)
        own = asked.images == image
        hits = iou(boxes, asked.unions[own]) >= 0.5  # (R, P of the image)
        first[own] = np.where(hits.any(0), hits.argmax(0), np.inf)
    for budget in BUDGETS:
        if budget <= config.budget:
            found = 100.0 * (first < budget)
            low, high = mean_interval(found, asked.images)
            bound = f"{found.mean():.1f} ({low:.1f} to {high:.1f})"
            print(f"{name:26}{budget:7}  {bound:28}{statistics.median(seconds):26.4f}")
    if proposer.fitted:
        print(f"{name:26}fitted in {fitted:.1f} s")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
