"""Trains the rows of region-phrase matching and compares them: ablations of the two-branch paper on a user's corpus.

    python benchmarks/regions.py DATA --out DIR [--rows ROW ...] [--seed 0] [--threads N] [--set KEY=VALUE ...]

Every row is a recipe `regions/...`. The val split is measured: R@1, R@5, R@10 with 95 % intervals over images, the
whole image and a random proposal beside them, the upper bound. A finding is the difference of two rows in R@1 over the
same phrases, with a 95 % interval of paired resamples of images. What was trained before in DIR is used again.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from twobranch.corpus import read_corpus
from twobranch.evaluation.intervals import mean_interval
from twobranch.evaluation.localize import evaluate_localization, rank_phrases, region_scorer
from twobranch.files import write_json
from twobranch.training.encoding import Encoded, Place, encode_corpus
from twobranch.training.recipes import load_recipe, recipe_names
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

FINDINGS = (
    ("Structure terms help the embedding network.", "regions/embedding", "regions/embedding-no-structure"),
    ("Neighborhood sampling helps the embedding network.", "regions/embedding", "regions/embedding-triplet-sampling"),
    ("More positives by overlap help the embedding network.", "regions/embedding", "regions/embedding-own-boxes"),
    ("More positives by overlap help the similarity network.", "regions/similarity", "regions/similarity-own-boxes"),
    ("The similarity network beats the embedding network.", "regions/similarity", "regions/embedding"),
    ("The softmax over regions beats the ranking loss.", "regions/softmax", "regions/embedding"),
    ("The place of a box helps.", "regions/softmax", "regions/softmax-no-position"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    names = [name for name in recipe_names() if name.startswith("regions/")]
    parser.add_argument("--rows", nargs="+", choices=names, default=names)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    corpus = read_corpus(options.data)
    encoded: dict[str, Encoded[Any]] = {}
    for name in options.rows:
        if not (options.out / name / "result.json").exists():
            recipe = load_recipe(name, [f"seed={options.seed}", *options.settings])
            sides = recipe.model.model_dump(mode="json", exclude={"image": {"branch"}, "sentence": {"branch"}})
            key = json.dumps([sides["image"], sides["sentence"], sides["regions"]])
            if key not in encoded:
                encoded = {key: encode_corpus(corpus, recipe.model, Place(threads=options.threads))}
            train(name, recipe, encoded[key], options.out / name)
    report(options.out, options.rows, corpus.fingerprint, options.seed)


def train(name: str, recipe: Any, encoded: Encoded[Any], folder: Path) -> None:
    """Train a row, or go on with it, and keep what it found for each phrase."""
    trained = train_matcher(recipe, encoded, Run(folder / "run"), recipe_name=name, resume=True)
    val, started = encoded.val, time.perf_counter()
    metrics = evaluate_localization(trained.matcher, val, split="val")
    seconds = time.perf_counter() - started
    found = rank_phrases(val.asked, val.proposals, region_scorer(trained.matcher, val), split="val")
    order = np.argsort(found.phrases)
    np.save(folder / "rank.npy", found.ranks.rank[order])
    np.save(folder / "images.npy", val.asked.images)
    facts = {"training_seconds": trained.seconds, "evaluation_seconds": seconds, "parameters": trained.parameters}
    write_json(folder / "result.json", {**metrics, **facts})


def report(out: Path, rows: list[str], fingerprint: str, seed: int) -> None:
    results = {name: json.loads((out / name / "result.json").read_text()) for name in rows}
    one = next(iter(results.values()))
    print(f"corpus {fingerprint}, split val ({one['corpus']}): {one['images']:,} images, {one['phrases']:,} phrases")
    print(f"seed {seed}; at most {one['proposals']} proposals, upper bound {one['upper_bound']:.1f}\n")
    print("| row | R@1 | R@5 | R@10 | seconds |\n|---|---|---|---|---|")
    for name, result in results.items():
        cells = [f"{result[key]:.1f} ({' to '.join(f'{x:.1f}' for x in result['interval'][key])})" for key in KEYS]
        print(f"| `{name}` | {' | '.join(cells)} | {result['training_seconds']:.0f} |")
    for name, values in one["baselines"].items():
        print(f"| the {name} as the answer | {values['R@1']:.1f} | | | |")
    print("\n| finding | difference in R@1 | 95 %, paired | verdict |\n|---|---|---|---|")
    for claim, favored, other in FINDINGS:
        if favored in results and other in results:
            difference = right(out / favored) - right(out / other)
            low, high = mean_interval(difference, np.load(out / favored / "images.npy"))
            verdict = "true" if low > 0 else "false" if high < 0 else "undecided"
            cells = [f"{claim} {favored} against {other}", f"{difference.mean():+.1f}", f"{low:+.1f} to {high:+.1f}"]
            print(f"| {' | '.join([*cells, verdict])} |")


KEYS = ("R@1", "R@5", "R@10")


def right(folder: Path) -> np.ndarray:
    """(P,) 100 where the first box of a phrase is right."""
    return 100.0 * (np.load(folder / "rank.npy") == 1)


if __name__ == "__main__":
    main()
