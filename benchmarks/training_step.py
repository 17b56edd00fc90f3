"""A training step of a recipe against the matrix products that it cannot do without, on random features.

    python benchmarks/training_step.py
    python benchmarks/training_step.py --recipe two-branch/embedding --threads 1

The floor is the products of the linear layers, forward and backward, and of the score matrix, in float32, in the same
shapes, with the same threads. A step in float32, one in bfloat16 and the floor come in turns, in an order that rotates,
so that whatever else the machine does meets all of them; with one thread the time of the thread itself is counted, from
which other processes take little. Feeding is drawing a batch and gathering it. No cache, no corpus: the features are
random.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch

from twobranch.features.shards import FeatureRows, Shards
from twobranch.training.data import Feed, SplitData
from twobranch.training.inputs import Side
from twobranch.training.precision import Precision, PrecisionName
from twobranch.training.recipes import load_recipe
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


def measured(work: Callable[[], object], clock: Callable[[], float]) -> float:
    started = clock()
    work()
    return clock() - started


def main() -> None:
    """Print the medians and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    clock = time.thread_time if arguments.threads == 1 else time.perf_counter
    recipe = load_recipe(arguments.recipe)
    stage = recipe.stages[0]
    data = random_split(6000, 5, len(recipe.model.image.views))
    matching = recipe.model.build(IMAGE_SIZE, SENTENCE_SIZE)
    network = recipe.classifiers.build(matching, recipe.model.embedding, len(data.groups)).train()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    names: tuple[PrecisionName, ...] = ("float32", "bfloat16")
    steps = {name: RunningStep(stage.steps[0], network, Precision.of(name, torch.device("cpu"))) for name in names}
    feed = Feed(data, stage.inputs, torch.device("cpu"))
    batches = stage.sampler.epoch(data.drawn_from, np.random.default_rng(0))
    batch = feed.batch(next(batches), np.random.default_rng(0))
    products = floor_products(recipe, batch.images.items, batch.sentences.items)
    seconds: dict[str, list[float]] = {name: [] for name in ("feeding", *names, "floor")}
    for number in range(arguments.repeat + 2):

        def fed(number: int = number) -> None:
            nonlocal batch, batches
            rows = next(batches, None)
            if rows is None:
                batches = stage.sampler.epoch(data.drawn_from, np.random.default_rng(number))
                rows = next(batches)
            batch = feed.batch(rows, np.random.default_rng(number))

        work: list[tuple[str, Callable[[], object]]] = [("feeding", fed)]
        turns = [("floor", products), *((name, lambda s=steps[name], n=number: s(batch, n, 12, 300)) for name in names)]
        work += turns[number % 3 :] + turns[: number % 3]
        for name, one in work:
            value = measured(one, clock)
            if number >= 2:  # the first two warm up
                seconds[name].append(value)
    report(seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"memory beyond features and weights: {(peak - before) / 1024:.0f} MB (both optimizers and the floor included)"
    )


def report(seconds: dict[str, list[float]]) -> None:
    for name, values in seconds.items():
        print(f"{name:8} median {1e3 * statistics.median(values):7.1f} ms, best {1e3 * min(values):7.1f} ms")

    def ratio(of: str, to: str) -> str:
        pairs = [a / b for a, b in zip(seconds[of], seconds[to], strict=True)]
        return f"median {statistics.median(pairs):.3f}, best against best {min(seconds[of]) / min(seconds[to]):.3f}"

    print(f"floor / step in float32: {ratio('floor', 'float32')} (at least 0.85 is asked for)")
    print(f"step in float32 / in bfloat16: {ratio('float32', 'bfloat16')} (at least 1.5 is asked for)")
    print(f"feeding / step in float32: {ratio('feeding', 'float32')} (at most 0.02 is asked for)")
    print(f"feeding / step in bfloat16: {ratio('feeding', 'bfloat16')}")


if __name__ == "__main__":
    main()
