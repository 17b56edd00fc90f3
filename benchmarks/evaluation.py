"""Exact ranks against the bare matrix product, their memory, their NumPy twin, and the time of the intervals.

    python benchmarks/evaluation.py
    python benchmarks/evaluation.py --images 5000 --per-image 5 --dim 512 --threads 2 --repeat 5
    python benchmarks/evaluation.py --per-image 20          # another gallery: the memory stays
    python benchmarks/evaluation.py --device cuda --tile 4096

The floor computes the same scores and looks at none: torch over the same tiles, torch and NumPy over larger tiles.
All are timed in turn, and the best of the repetitions counts. Random embeddings, matches made a little closer. The twin
counts in NumPy what the definition says; for it embeddings are rounded to small whole numbers, whose products are exact
in any order, so that all ranks must be equal, ties included.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--images", type=int, default=5000)
parser.add_argument("--per-image", type=int, default=5, help="sentences per image")
parser.add_argument("--dim", type=int, default=512)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repeat", type=int, default=5)
parser.add_argument("--device", default="cpu", help="the torch device that computes")
parser.add_argument("--tile", type=int, default=512, help="images and sentences of a tile")
arguments = parser.parse_args()
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(arguments.threads)  # read when numpy and torch are imported, hence before them

import numpy as np  # noqa: E402
import torch  # noqa: E402
from measuring import MB, seconds, with_memory  # noqa: E402

from twobranch.evaluation.ranks import Ranks, embedding_ranks  # noqa: E402
from twobranch.evaluation.retrieval import metrics_from_ranks  # noqa: E402
from twobranch.evaluation.tiles import cut  # noqa: E402

MOST_RATIO, MOST_MEMORY = 1.25, 64
"""What is asked: of the time of the bare product, and MB beyond the embeddings."""
TILE = (arguments.tile, arguments.tile)


def gemm(images: torch.Tensor, sentences: torch.Tensor, tile: tuple[int, int]) -> None:
    rows, columns = cut(len(images), tile[0]), cut(len(sentences), tile[1])
    product = images.new_empty(rows[0].stop, columns[0].stop)
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


def numpy_twin(images: np.ndarray, sentences: np.ndarray, own: np.ndarray, rows: int = 500) -> Ranks:
    """From the definition: 1 + how many scores of other images' sentences are not below that of the best match.

    `own` (M,) is the image of each sentence.
    """
    scores = [images[start : start + rows] @ sentences.T for start in range(0, len(images), rows)]  # (rows, M) each
    matches = [own == np.arange(start, min(start + rows, len(images)))[:, None]
               for start in range(0, len(images), rows)]  # fmt: skip
    i2t = [
        1 + ((block >= np.where(match, block, -np.inf).max(1, keepdims=True)) & ~match).sum(1)
        for block, match in zip(scores, matches, strict=True)
    ]
    best = np.max([np.where(match, block, -np.inf).max(0) for block, match in zip(scores, matches, strict=True)], 0)
    above = [((block >= best) & ~match).sum(0) for block, match in zip(scores, matches, strict=True)]
    return Ranks(np.concatenate(i2t), 1 + np.sum(above, 0))


def check_twin(images: torch.Tensor, sentences: torch.Tensor, groups: tuple[np.ndarray, np.ndarray]) -> None:
    """Compare all ranks with those of the twin, on at most 25,000 sentences: it holds all scores."""
    count = min(len(sentences), 25_000)
    sides = [(side * 60).round().numpy() for side in (images, sentences[:count])]
    ranks = embedding_ranks(*sides, groups[0], groups[1][:count], device=arguments.device, tile=TILE)
    twin = numpy_twin(sides[0], sides[1], groups[1][:count])
    unmatched = np.isin(groups[0], groups[1][:count], invert=True)
    different = int(((ranks.i2t != twin.i2t) & ~unmatched).sum() + (ranks.t2i != twin.t2i).sum())
    print(f"NumPy twin: {different} of {len(images) + count} ranks differ (asked: none)")


def timed(function: Callable[[], object]) -> float:
    def finished() -> None:
        function()
        if arguments.device.startswith("cuda"):
            torch.cuda.synchronize()

    return seconds(finished)


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
        found[:] = [embedding_ranks(images, sentences, *groups, device=arguments.device, tile=TILE)]

    gemm(images[:600], sentences[:600], TILE)  # the threads start
    print(f"memory beyond the embeddings: {with_memory(ranks)[1] / MB:.0f} MB (asked: at most {MOST_MEMORY})")
    placed = images.to(arguments.device), sentences.to(arguments.device)
    floors: dict[str, Callable[[], None]] = {
        f"torch, same tiles {TILE[0]} x {TILE[1]}": lambda: gemm(*placed, TILE),
        "torch, tiles 1008 x 5008": lambda: gemm(*placed, (1008, 5008)),
    }
    if arguments.device == "cpu":
        floors["numpy, tiles 1008 x 5008"] = lambda: numpy_gemm(images.numpy(), sentences.numpy(), (1008, 5008))
    best = dict.fromkeys([*floors, "ranks"], float("inf"))
    for _ in range(arguments.repeat):
        for name, floor in floors.items():
            best[name] = min(best[name], timed(floor))
            best["ranks"] = min(best["ranks"], timed(ranks))
    print(f"exact ranks, both directions: {best['ranks']:.3f} s, {arguments.images} x {count} x {arguments.dim},"
          f" {arguments.threads} threads, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    for name in floors:
        ratio = best["ranks"] / best[name]
        print(f"bare matrix product, {name}: {best[name]:.3f} s, ratio {ratio:.2f} (asked: at most {MOST_RATIO})")
    check_twin(images, sentences, groups)
    split = Ranks(found[0].i2t[:1000], found[0].t2i[: 1000 * arguments.per_image])
    some = groups[0][:1000], groups[1][: 1000 * arguments.per_image]
    interval = min(seconds(lambda: metrics_from_ranks([split], [some])) for _ in range(arguments.repeat))
    print(f"1000 resamples of {len(some[0])} groups, {len(some[1])} sentences, all intervals: {interval:.3f} s")


if __name__ == "__main__":
    main()
