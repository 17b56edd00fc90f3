"""A training step of a recipe against the matrix products that it cannot do without, on random features.

    python benchmarks/training_step.py
    python benchmarks/training_step.py --recipe two-branch/embedding --threads 1

The floor is the products of the linear layers, forward and backward, and of the score matrix, in the same shapes, with
the same threads, in turns with the step. No cache, no corpus: the features are random.
"""

import argparse
import statistics
import time
from itertools import pairwise

import numpy as np
import torch

from twobranch.features.shards import FeatureRows, Shards
from twobranch.training.data import Feed, SplitData
from twobranch.training.inputs import Side
from twobranch.training.precision import Precision
from twobranch.training.recipes import load_recipe
from twobranch.training.samplers import Rows
from twobranch.training.steps import RunningStep

IMAGE_SIZE, SENTENCE_SIZE = 1280, 384


def random_split(images: int, sentences_each: int, views: int) -> SplitData:
    random = np.random.default_rng(0)
    owner = np.repeat(np.arange(images), sentences_each)
    # Rows as the cache keeps them: float16, one source per view.
    rows = random.standard_normal((views, images, IMAGE_SIZE), np.float32).astype(np.float16)
    features = FeatureRows([(Shards([view], (IMAGE_SIZE,)), np.arange(images)) for view in rows], (IMAGE_SIZE,))
    return SplitData(
        Side([""] * images, features, np.arange(images)),
        Side([""] * len(owner), random.standard_normal((len(owner), SENTENCE_SIZE), np.float32), owner),
        owner.astype(np.int32),
        np.arange(len(owner)),
    )


def floor_products(recipe, images: int, sentences: int):
    """A function that does the products of a step: for each y = x w, also the gradients by w and by x."""
    dim = recipe.model.embedding
    layers = []
    for rows, size, side in (
        (images, IMAGE_SIZE, recipe.model.image),
        (sentences, SENTENCE_SIZE, recipe.model.sentence),
    ):
        sizes = [size, *side.branch.hidden, dim]
        for first, (fan_in, fan_out) in enumerate(pairwise(sizes)):
            layers.append(
                (torch.randn(rows, fan_in), torch.randn(fan_in, fan_out), torch.randn(rows, fan_out), first > 0)
            )
    layers.append((torch.randn(images, dim), torch.randn(dim, sentences), torch.randn(images, sentences), True))

    def products() -> None:
        for x, w, gradient, needs_input_gradient in layers:
            x @ w
            x.T @ gradient
            if needs_input_gradient:
                gradient @ w.T

    return products


def main() -> None:
    """Print the medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = load_recipe(arguments.recipe)
    stage = recipe.stages[0]
    data = random_split(2000, 5, len(recipe.model.image.views))
    matching = recipe.model.build(IMAGE_SIZE, SENTENCE_SIZE)
    network = recipe.classifiers.build(matching, recipe.model.embedding, len(data.groups)).train()
    step = RunningStep(stage.steps[0], network, Precision.of(recipe.precision, torch.device("cpu")))
    feed = Feed(data, stage.inputs, torch.device("cpu"))
    rows: list[Rows] = list(stage.sampler.epoch(data.sentences_of_images, np.random.default_rng(0)))
    products = floor_products(recipe, len(rows[0].images), len(rows[0].sentences))
    seconds: dict[str, list[float]] = {"step": [], "feeding": [], "floor": []}
    for number in range(arguments.repeat + 2):
        started = time.perf_counter()
        batch = feed.batch(rows[number % len(rows)], np.random.default_rng(number))
        fed = time.perf_counter()
        step(batch, number, 12, 300)
        stepped = time.perf_counter()
        products()
        ended = time.perf_counter()
        if number >= 2:  # the first two warm up
            for name, value in (("feeding", fed - started), ("step", stepped - started), ("floor", ended - stepped)):
                seconds[name].append(value)
    for name, values in seconds.items():
        print(f"{name:8} median {1e3 * statistics.median(values):7.1f} ms, best {1e3 * min(values):7.1f} ms")
    ratios = [step / floor for step, floor in zip(seconds["step"], seconds["floor"], strict=True)]
    best = min(seconds["step"]) / min(seconds["floor"])
    print(f"step / floor: median {statistics.median(ratios):.2f}, best against best {best:.2f}")
    print(f"feeding / step: {statistics.median(seconds['feeding']) / statistics.median(seconds['step']):.1%}")


if __name__ == "__main__":
    main()
