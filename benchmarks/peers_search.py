"""The ten best of a gallery, beside hnswlib and usearch; see peers.py.

Another engine is a line in `ENGINES`: from a gallery to a function of a query.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from measuring import MB, resident
from peers import imported

from twobranch.search.exact import best, gallery_scores

Rows: TypeAlias = np.ndarray
Ask: TypeAlias = Callable[[Rows], Rows]
"""From a query (D,) to the numbers of its best rows, best first."""

K = 10
EFFORT = {"M": 16, "ef_construction": 200, "ef": 128}
"""Of both graphs alike: links of a node, candidates while building, candidates while searching."""


def exact(gallery: Rows, threads: int) -> Ask:
    return lambda query: best(gallery_scores(gallery, query), K)


def hnswlib(gallery: Rows, threads: int) -> Ask | None:
    peer = imported("hnswlib", "hnswlib")
    if peer is None:
        return None
    index = peer.Index(space="ip", dim=gallery.shape[1])
    index.init_index(len(gallery), M=EFFORT["M"], ef_construction=EFFORT["ef_construction"], random_seed=0)
    index.set_num_threads(threads)
    index.add_items(gallery)
    index.set_ef(EFFORT["ef"])
    index.set_num_threads(1)
    found: Ask = lambda query: index.knn_query(query, K)[0][0]  # noqa: E731
    return found


def usearch(gallery: Rows, threads: int) -> Ask | None:
    peer: Any = imported("usearch.index", "usearch")
    if peer is None:
        return None
    index = peer.Index(
        ndim=gallery.shape[1], metric="ip", dtype="f32", connectivity=EFFORT["M"],
        expansion_add=EFFORT["ef_construction"], expansion_search=EFFORT["ef"],
    )  # fmt: skip
    index.add(np.arange(len(gallery)), gallery, threads=threads)
    return lambda query: index.search(query, K, threads=1).keys


ENGINES: dict[str, Callable[[Rows, int], Ask | None]] = {
    "twobranch exact": exact,
    "hnswlib": hnswlib,
    "usearch": usearch,
}


def search(options: argparse.Namespace) -> None:
    gallery, queries = galleries(options)
    truth = [set(best(gallery_scores(gallery, query), K).tolist()) for query in queries]
    print(f"  {len(gallery):,} x {gallery.shape[1]} ({gallery.nbytes / MB:.0f} MB), {len(queries)} queries, one by one;"
          f" graphs: {', '.join(f'{name} {value}' for name, value in EFFORT.items())}")  # fmt: skip
    for name, make in ENGINES.items():
        before, started = resident(), time.perf_counter()
        ask = make(gallery, options.threads)
        built, memory = time.perf_counter() - started, resident() - before
        if ask is not None:
            print(f"  {name:16} {_asked(ask, queries, truth)}, built in {built:.1f} s, {memory / MB:.0f} MB")
        del ask


def _asked(ask: Ask, queries: Rows, truth: list[set[int]]) -> str:
    ask(queries[0])
    times, found = [], 0
    for query, expected in zip(queries, truth, strict=True):
        started = time.perf_counter()
        rows = ask(query)
        times.append(1000 * (time.perf_counter() - started))
        found += len(expected & {int(row) for row in rows})
    p50, p99 = np.percentile(times, (50, 99))
    return f"recall@{K} {found / (K * len(queries)):.3f}, p50 {p50:.2f} ms, p99 {p99:.2f} ms"


def galleries(options: argparse.Namespace) -> tuple[Rows, Rows]:
    """The embeddings of the options; else clusters of random ones, and queries that lie near some of them."""
    if options.gallery is not None:
        gallery = np.load(options.gallery, allow_pickle=False).astype(np.float32)
        queries = gallery[:500] if options.queries is None else np.load(options.queries, allow_pickle=False)[:500]
        return np.ascontiguousarray(gallery), np.ascontiguousarray(queries, dtype=np.float32)
    random = np.random.default_rng(0)
    # Few directions matter, as in trained embeddings; in all of them no row would be nearer than another.
    directions = random.standard_normal((64, 512), np.float32)
    centers = random.standard_normal((2000, 64), np.float32)
    gallery = centers[random.integers(0, 2000, options.size)] + random.standard_normal((options.size, 64), np.float32)
    queries = gallery[random.integers(0, options.size, 500)] + 0.7 * random.standard_normal((500, 64), np.float32)
    return tuple(_unit(rows @ directions) for rows in (gallery, queries))  # type: ignore[return-value]


def _unit(rows: Rows) -> Rows:
    scaled: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled
