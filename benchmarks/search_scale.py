"""How search grows with the number of images: time, recall, size, updates.

    python -m benchmarks.search_scale MODEL DATA [--sizes 100000 300000 1000000] [--peers-up-to 300000]
        [--queries 500] [--index-at 1000000] [--folder DIR] [--out FILE.json]

The gallery is grown from the embeddings of the images of DATA: each further row is a mixture of an image and three of
its 64 nearest ones, no one of them with more than 70 %, so that there are no near copies; how near the nearest ones
are, and how near the scores of the ten best, is part of the output. Queries are sentences of the validation split.

All searches run on one thread. The floor is the bare matrix-vector product over the same matrix; hnswlib and usearch
are measured in the same run. With --index-at a whole index with so many images is made, opened, searched with and
without a filter, added to, deleted from, searched while another process adds, and served; it needs about 8 KB a row of
512 on disk, in DIR.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float32]
K = 10
BLOCK = 20_000


def grow(images: Floats, count: int, file: Path) -> Floats:
    """(count, D) unit rows: the images, then mixtures of neighbors."""
    generator = np.random.default_rng(0)
    near = np.concatenate([np.argsort(-(part @ images.T), axis=1)[:, 1:65] for part in np.array_split(images, 8)])
    gallery = np.lib.format.open_memmap(file, "w+", np.float32, (count, images.shape[1]))
    gallery[: len(images)] = images[:count]
    for start in range(len(images), count, BLOCK):
        size = min(BLOCK, count - start)
        first = generator.integers(len(images), size=size)
        others = near[first[:, None], generator.integers(64, size=(size, 3))]
        weights = np.minimum(generator.dirichlet(np.ones(4), size=size), 0.7).astype(np.float32)
        mixed = np.einsum("nk,nkd->nd", weights, images[np.column_stack([first, others])])
        gallery[start : start + size] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return gallery


def best_scores(gallery: Floats, queries: Floats, count: int) -> tuple[NDArray[np.intp], Floats]:
    """The best rows for each query and their scores, exactly, in blocks of the gallery."""
    rows = np.zeros((len(queries), 0), np.intp)
    scores = np.zeros((len(queries), 0), np.float32)
    for start in range(0, len(gallery), BLOCK):
        part = queries @ np.asarray(gallery[start : start + BLOCK]).T
        rows = np.concatenate([rows, np.broadcast_to(start + np.arange(part.shape[1]), part.shape)], axis=1)
        scores = np.concatenate([scores, part], axis=1)
        keep = np.argsort(-scores, axis=1)[:, :count]
        rows, scores = np.take_along_axis(rows, keep, 1), np.take_along_axis(scores, keep, 1)
    return rows, scores


def times(answer: Callable[[Floats], object], queries: Floats) -> dict[str, float]:
    """Milliseconds of an answer."""
    for query in queries[:20]:
        answer(query)
    found = []
    for query in queries:
        started = time.perf_counter()
        answer(query)
        found.append((time.perf_counter() - started) * 1000)
    return {"p50_ms": round(float(np.median(found)), 3), "p99_ms": round(float(np.quantile(found, 0.99)), 3)}


def timed(make: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    made = make()
    return made, round(time.perf_counter() - started, 2)


def recall(found: Sequence[Sequence[int]], truth: NDArray[np.intp]) -> float:
    return round(
        float(np.mean([len(np.intersect1d(one, best)) / K for one, best in zip(found, truth, strict=True)])), 4
    )


def gaps(gallery: Floats, queries: Floats) -> tuple[NDArray[np.intp], dict[str, Any]]:
    """The exact ten best of each query, and how near their scores are; how near the nearest other image is."""
    rows, scores = best_scores(gallery, queries, K + 1)
    _, others = best_scores(gallery, np.asarray(gallery[:: max(1, len(gallery) // 200)][:200]), 2)
    median = [round(float(value), 5) for value in np.median(scores[:, :-1] - scores[:, 1:], axis=0)]
    nearest = {f"p{at}": round(float(np.percentile(others[:, 1], at)), 4) for at in (50, 95, 100)}
    figures = {"median gap of rank r to r + 1": median, "cosine with the nearest other image": nearest}
    return rows[:, :K], {**figures, "median best score": round(float(np.median(scores[:, 0])), 4)}


def engine(gallery: Floats, queries: Floats, truth: NDArray[np.intp], folder: Path, calibration: Any) -> dict[str, Any]:
    """Exact and approximate search over one gallery."""
    from twobranch.search.approximate import ApproximateIndex
    from twobranch.search.matrix import Snapshot
    from twobranch.search.probability import query_probabilities
    from twobranch.search.ranking import rank

    rows = pa.table({"_rowid": pa.array(np.arange(len(gallery), dtype=np.uint64))})
    exact = Snapshot(gallery, rows, "", 0)
    figures: dict[str, Any] = {"gemv": times(lambda query: gallery @ query, queries[:100])}
    figures["exact"] = times(lambda query: rank(exact, query, None, K), queries[:100])
    built, seconds = timed(lambda: ApproximateIndex.build(gallery))
    folder.mkdir(exist_ok=True)
    built.save(folder)
    opened, opening = timed(lambda: ApproximateIndex.open(folder))
    size = sum(file.stat().st_size for file in ApproximateIndex.files(folder))
    near = Snapshot(gallery, rows, "", 0, approximate=opened)
    _, adding = timed(lambda: built.add(np.asarray(gallery[:1000])))
    found = [rank(near, query, None, K).rows for query in queries]
    judged = [
        abs(
            (query_probabilities(calibration, "t2i", one.seen, query, one.weights)[1] or 0)
            - (query_probabilities(calibration, "t2i", np.asarray(gallery @ query), query)[1] or 0)
        )
        for query in queries[:100]
        for one in [rank(near, query, None, K)]
    ]
    figures["approximate"] = {
        **times(lambda query: rank(near, query, None, K), queries),
        "recall@10": recall(found, truth),
        "build_s": seconds,
        "open_s": opening,
        "add_1000_s": adding,
        "size_to_float32": round(size / gallery.nbytes, 4),
        "any_match, mean and largest error": [round(float(np.mean(judged)), 5), round(float(np.max(judged)), 5)],
    }
    return figures


def peers(gallery: Floats, queries: Floats, truth: NDArray[np.intp]) -> dict[str, Any]:
    """Peers over the same gallery, with the effort that reaches a recall like ours."""
    import hnswlib
    from usearch.index import Index as Usearch

    figures: dict[str, Any] = {}
    graph = hnswlib.Index(space="ip", dim=gallery.shape[1])
    graph.init_index(max_elements=len(gallery), ef_construction=100, M=16)
    graph.set_num_threads(os.cpu_count() or 1)
    _, seconds = timed(lambda: [graph.add_items(gallery[at : at + BLOCK]) for at in range(0, len(gallery), BLOCK)])
    graph.set_num_threads(1)
    for effort in (100, 200, 400):
        graph.set_ef(effort)
        found = [graph.knn_query(query, k=K)[0][0].astype(np.intp) for query in queries]
        speed = times(lambda query: graph.knn_query(query, k=K), queries)
        figures[f"hnswlib, ef {effort}"] = {**speed, "recall@10": recall(found, truth), "build_s": seconds}
    other = Usearch(ndim=gallery.shape[1], metric="ip", dtype="f16", connectivity=16, expansion_add=100)
    keys = np.arange(len(gallery))
    _, seconds = timed(lambda: other.add(keys, np.asarray(gallery), threads=os.cpu_count() or 1))
    for effort in (100, 200, 400):
        other.expansion_search = effort
        found = [other.search(query, K, threads=1).keys.astype(np.intp) for query in queries]
        speed = times(lambda query: other.search(query, K, threads=1), queries)
        figures[f"usearch f16, expansion {effort}"] = {**speed, "recall@10": recall(found, truth), "build_s": seconds}
    return figures


def table(store: Any, embeddings: Floats, start: int) -> pa.Table:
    """Rows of a store with made-up facts; a column `even` for filters."""
    count = len(embeddings)
    names = [f"folder/{start + number:09d}.jpg" for number in range(count)]
    columns = {
        "id": names,
        "path": names,
        "sha256": [f"{start + number:064x}" for number in range(count)],
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(embeddings.reshape(-1)), embeddings.shape[1]),
        "thumbnail": [b"jpeg"] * count,
        "hundredth": pa.array(np.arange(start, start + count) % 100),
    }
    for name in ("bytes", "mtime_ns", "width", "height"):
        columns[name] = np.full(count, 640)
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
        for field in store.schema
    ]
    return pa.table(arrays, schema=store.schema)


def whole_index(model: Path, gallery: Floats, sentences: Sequence[str], folder: Path) -> dict[str, Any]:
    """An index with so many images: opening, searching, updating, serving."""
    from twobranch.matcher import Matcher
    from twobranch.search import Index
    from twobranch.search.folder import Description, now, write_description
    from twobranch.search.ranking import rank
    from twobranch.search.store import Store

    path, matcher = folder / "photos.index", Matcher.load(model)
    path.mkdir()
    matcher.save(path / "matcher")
    facts = {"matcher_identity": matcher.identity, "similarity": matcher.similarity, "dim": matcher.dim}
    write_description(path, Description(**facts, views=matcher.views, images=str(folder), created=now()))
    store = Store(path / "store", matcher.dim)
    store.set_metadata_columns({"hundredth": pa.int64()})
    for start in range(0, len(gallery) - 2000, BLOCK * 5):
        part = np.asarray(gallery[start : min(start + BLOCK * 5, len(gallery) - 2000)])
        store.add_table(table(store, part, start), new=True)
    index = Index.open(path)
    figures: dict[str, Any] = {"making the derived files_s": timed(index.snapshot)[1]}
    index = Index.open(path)
    figures["opening_s"] = timed(index.snapshot)[1]
    derived = {file.name: file.stat().st_size / gallery.nbytes for file in (path / "derived").glob("*/*")}
    figures["derived files to float32"] = {name: round(size, 4) for name, size in derived.items()}
    embeddings = index.matcher.encode_sentences(sentences)
    figures["in process, all of Index.search"] = times_of(index.search, sentences)
    for where in ("hundredth < 50", "hundredth < 10", "hundredth = 7"):
        answer = functools.partial(index.search, where=where)
        figures[f"in process, {where}"] = times_of(answer, sentences[:50])
    late = np.asarray(gallery[len(gallery) - 2000 : len(gallery) - 1000])
    _, writing = timed(lambda: store.add_table(table(store, late, len(gallery) - 2000), new=True))
    _, following = timed(index.snapshot)
    figures["adding 1,000, s"] = {"to the store": writing, "until they are found": following}
    added = index.search(like=f"folder/{len(gallery) - 1500:09d}.jpg", k=1).hits[0].id
    figures["an added image finds itself"] = added == f"folder/{len(gallery) - 1500:09d}.jpg"
    gone = [hit.id for hit in index.search(sentences[0], k=100).hits]
    store.delete(gone)
    _, following = timed(index.snapshot)
    figures["deleting the best 100"] = {
        "until they are gone_s": following,
        "found again": len({hit.id for hit in index.search(sentences[0], k=100).hits} & set(gone)),
    }
    figures["engine after that"] = times(lambda query: rank(index.snapshot(), query, None, K), embeddings)
    figures["while another process adds"] = while_adding(index, path, sentences, folder)
    figures["served"] = served(path, sentences)
    return figures


def times_of(answer: Callable[[str], object], sentences: Sequence[str]) -> dict[str, float]:
    answer(sentences[0])
    found = [timed_ms(answer, sentence) for sentence in sentences]
    return {"p50_ms": round(float(np.median(found)), 1), "p99_ms": round(float(np.quantile(found, 0.99)), 1)}


def timed_ms(answer: Callable[[str], object], sentence: str) -> float:
    started = time.perf_counter()
    answer(sentence)
    return (time.perf_counter() - started) * 1000


ADDING = """
import sys, numpy as np
sys.path.insert(0, sys.argv[4])
from pathlib import Path
from search_scale import table
from twobranch.search.store import Store
store = Store(Path(sys.argv[1]) / "store", int(sys.argv[3]))
rows = np.load(sys.argv[2])
for start in range(0, len(rows), 100):
    store.add_table(table(store, rows[start : start + 100], 10**8 + start), new=True)
"""


def while_adding(index: Any, path: Path, sentences: Sequence[str], folder: Path) -> dict[str, Any]:
    """Search while another process commits a hundred images ten times."""
    rows = np.asarray(index.snapshot().embeddings(np.arange(1000)))
    np.save(folder / "added.npy", rows)
    before = len(index)
    command = [str(path), str(folder / "added.npy"), str(rows.shape[1]), str(Path(__file__).parent)]
    process = subprocess.Popen([sys.executable, "-c", ADDING, *command])
    found = []
    while process.poll() is None:
        found.append(timed_ms(index.search, sentences[len(found) % len(sentences)]))
    return {
        "searches": len(found),
        "p50_ms": round(float(np.median(found)), 1),
        "max_ms": round(max(found), 1),
        "images added": len(index) - before,
    }


def served(path: Path, sentences: Sequence[str]) -> dict[str, float]:
    from benchmarks.search import serving

    with serving(path) as address:

        def ask(sentence: str) -> None:
            with urllib.request.urlopen(f"{address}search?{urllib.parse.urlencode({'query': sentence})}") as answer:
                answer.read()

        return times_of(ask, sentences)


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    from twobranch import Matcher, read_corpus

    corpus = read_corpus(arguments.data).existing()[0]
    matcher = Matcher.load(arguments.model)
    images = matcher.encode_images(corpus.image_paths)
    texts = corpus.split("val").sentence_texts
    sentences = texts[:: max(1, len(texts) // arguments.queries)][: arguments.queries]
    queries = matcher.encode_sentences(sentences)
    figures: dict[str, Any] = {"corpus": corpus.fingerprint, "model": matcher.identity, "sizes": {}}
    for size in arguments.sizes:
        gallery = grow(images, size, folder / f"gallery-{size}.npy")
        truth, near = gaps(gallery, queries)
        one = {**near, **engine(gallery, queries, truth, folder / f"approximate-{size}", matcher.calibration)}
        if size <= arguments.peers_up_to:
            one.update(peers(gallery, queries, truth))
        figures["sizes"][size] = one
        print(json.dumps({size: one}, indent=2), flush=True)
        if size == arguments.index_at:
            figures["index"] = whole_index(arguments.model, gallery, sentences, folder)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--peers-up-to", type=int, default=300_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--index-at", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        text = json.dumps(measure(arguments, Path(folder)), indent=2)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
