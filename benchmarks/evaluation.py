"""Exact ranks against the bare matrix product, and the time of the intervals.

    python benchmarks/evaluation.py [--images 5000] [--per-image 5] [--dim 512] [--threads 2] [--repeat 5]

The floor computes the same scores and looks at none: torch over the same tiles, torch and NumPy over larger tiles.
All are timed in turn, and the best of the repetitions counts. Random embeddings, matches made a little closer.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--images", type=int, default=5000)
parser.add_argument("--per-image", type=int, default=5, help="sentences per image")
parser.add_argument("--dim", type=int, default=512)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repeat", type=int, default=5)
arguments = parser.parse_args()
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(arguments.threads)  # read when numpy and torch are imported, hence before them

import numpy as np  # noqa: E402
import torch  # noqa: E402

from twobranch.evaluation.ranks import DEFAULT_TILE, Ranks, embedding_ranks  # noqa: E402
from twobranch.evaluation.retrieval import metrics_from_ranks  # noqa: E402
from twobranch.evaluation.tiles import cut  # noqa: E402


def gemm(images: torch.Tensor, sentences: torch.Tensor, tile: tuple[int, int]) -> None:
    rows, columns = cut(len(images), tile[0]), cut(len(sentences), tile[1])
    product = torch.empty(rows[0].stop, columns[0].stop)
    for column in columns:
        block = sentences[column.whole].T
        for row in rows:
            torch.mm(images[row.whole], block, out=product)


def numpy_gemm(images: np.ndarray, sentences: np.ndarray, tile: tuple[int, int]) -> None:
    rows, columns = cut(len(images), tile[0]), cut(len(sentences), tile[1])
    product = np.empty((rows[0].stop, columns[0].stop), dtype=np.float32)
    for column in columns:
        block = sentences[column.whole].T
        for row in rows:
            np.matmul(images[row.whole], block, out=product)


def seconds(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def resident() -> int:
    """Bytes of memory that the process holds (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def added_memory(function: Callable[[], object]) -> int:
    """The largest resident size during a call, beyond that before it; sampled every millisecond."""
    before, done = resident(), threading.Event()
    largest = [before]

    def watch() -> None:
        while not done.wait(0.001):
            largest[0] = max(largest[0], resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    function()
    done.set()
    watcher.join()
    return largest[0] - before


def main() -> None:
    torch.set_num_threads(arguments.threads)
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(arguments.images, arguments.dim, generator=generator)
    count = arguments.images * arguments.per_image
    sentences = torch.randn(count, arguments.dim, generator=generator)
    sentences += 0.3 * images.repeat_interleave(arguments.per_image, 0)
    images, sentences = (torch.nn.functional.normalize(side, dim=1) for side in (images, sentences))
    groups = np.arange(arguments.images), np.repeat(np.arange(arguments.images), arguments.per_image)
    found: list[Ranks] = []

    def ranks() -> None:
        found[:] = [embedding_ranks(images, sentences, *groups)]

    gemm(images[:600], sentences[:600], DEFAULT_TILE)  # the threads start
    print(f"memory beyond the embeddings: {added_memory(ranks) / 2**20:.0f} MB")
    floors: dict[str, Callable[[], None]] = {
        f"torch, same tiles {DEFAULT_TILE[0]} x {DEFAULT_TILE[1]}": lambda: gemm(images, sentences, DEFAULT_TILE),
        "torch, tiles 1008 x 5008": lambda: gemm(images, sentences, (1008, 5008)),
        "numpy, tiles 1008 x 5008": lambda: numpy_gemm(images.numpy(), sentences.numpy(), (1008, 5008)),
    }
    best = dict.fromkeys([*floors, "ranks"], float("inf"))
    for _ in range(arguments.repeat):
        for name, floor in floors.items():
            best[name] = min(best[name], seconds(floor))
            best["ranks"] = min(best["ranks"], seconds(ranks))
    print(f"exact ranks, both directions: {best['ranks']:.3f} s, {arguments.images} x {count} x {arguments.dim},"
          f" {arguments.threads} threads, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    for name in floors:
        print(f"bare matrix product, {name}: {best[name]:.3f} s, ratio {best['ranks'] / best[name]:.2f}")
    split = Ranks(found[0].i2t[:1000], found[0].t2i[: 1000 * arguments.per_image])
    some = groups[0][:1000], groups[1][: 1000 * arguments.per_image]
    interval = min(seconds(lambda: metrics_from_ranks([split], [some])) for _ in range(arguments.repeat))
    print(f"1000 resamples of {len(some[0])} groups, {len(some[1])} sentences, all intervals: {interval:.3f} s")


if __name__ == "__main__":
    main()
