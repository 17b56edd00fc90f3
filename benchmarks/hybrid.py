"""What searching the stored words is worth: recalls of embeddings, of words, and of both fused.

    python benchmarks/hybrid.py MODEL DATA [--split val] [--gallery val all] [--captioned 1.0 0.5] [--out FILE.json]

Each image has its sentences stored; of an image that is asked for, one sentence is left out and is the query, and each
sentence takes its turn. With --captioned 0.5 about every second image has stored sentences, as in a collection whose
captions are incomplete. Beside the fusion of `twobranch search --text` stand the same without the rule for images that
have no text, and reciprocal rank fusion.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from twobranch import Corpus, Matcher, read_corpus
from twobranch.search.fusion import DEPTH, fuse
from twobranch.search.store import Store

Rows = NDArray[np.intp]


def store_of(folder: Path, sentences: list[list[str] | None]) -> tuple[Store, dict[int, int]]:
    """A store of images with these sentences, and the number of each image by its row id."""
    store = Store(folder, 1)
    fixed = {"bytes": 1, "mtime_ns": 1, "width": 1, "height": 1, "thumbnail": b"", "embedding": np.ones(1, np.float32)}
    named = {"path": "", "sha256": "", **fixed}
    store.add([{**named, "id": str(row), "sentences": stored} for row, stored in enumerate(sentences)], new=True)
    store.index_text()
    return store, {row["_rowid"]: int(row["id"]) for row in store.listing().to_pylist()}


def orders(
    scores: NDArray[np.float32], by_text: Rows, bm25: NDArray[np.float32], has: NDArray[np.bool_]
) -> dict[str, Rows]:
    """The rows in the order of each way."""
    by_score = np.argsort(-scores, kind="stable")
    words = np.zeros(len(scores))
    words[by_text] = bm25
    named = np.concatenate([by_score[:DEPTH], np.setdiff1d(by_text, by_score[:DEPTH])])
    always = np.ones(len(scores), np.bool_)
    found = {"embeddings": by_score, "words": by_text}
    for name, speaks in (("fused", has), ("fused, no text as no word", always)):
        found[name] = named[np.argsort(-fuse(scores[named], words[named], speaks[named]), kind="stable")]
    for smoothing in (5, 60):
        sums = np.zeros(len(scores))
        for order in (by_score[:DEPTH], by_text):
            sums[order] += 1 / (smoothing + np.arange(1, len(order) + 1))
        found[f"reciprocal ranks, {smoothing}"] = named[np.argsort(-sums[named], kind="stable")]
    return found


def measure(matcher: Matcher, corpus: Corpus, split: str, captioned: float) -> dict[str, Any]:
    asked = np.flatnonzero(np.array(corpus.images.column("split").to_pylist(), object) == split)
    of_image: list[list[int]] = [[] for _ in corpus.image_ids]
    for row, image in enumerate(corpus.sentence_images.tolist()):
        of_image[image].append(row)
    texts = corpus.sentence_texts
    images = matcher.encode_images(corpus.image_paths)
    queries = [row for image in asked for row in of_image[image]]
    embeddings = dict(zip(queries, matcher.encode_sentences([texts[row] for row in queries]), strict=True))
    has = np.random.default_rng(0).random(len(images)) < captioned
    found: list[tuple[bool, dict[str, int]]] = []
    for turn in range(max(len(of_image[image]) for image in asked)):
        left_out = {of_image[image][turn] for image in asked if turn < len(of_image[image])}
        stored = [
            [texts[row] for row in rows if row not in left_out] if has[image] else None
            for image, rows in enumerate(of_image)
        ]
        with tempfile.TemporaryDirectory() as folder:
            store, numbers = store_of(Path(folder), stored)
            for query in sorted(left_out):
                row_ids, bm25 = store.text_search(texts[query], DEPTH)
                by_text = np.array([numbers[row_id] for row_id in row_ids.tolist()], np.intp)
                match = int(corpus.sentence_images[query])
                ways = orders(images @ embeddings[query], by_text, bm25, has)
                found.append((bool(has[match]), {name: place(order, match) for name, order in ways.items()}))
    figures: dict[str, Any] = {"images": len(images), "queries": len(found), "captioned": captioned}
    for part, chosen in (("all", (True, False)), ("with sentences", (True,)), ("without", (False,))):
        places = [one for captions, one in found if captions in chosen]
        for name in places[0] if places else ():
            at = np.array([one[name] for one in places])
            figures.setdefault(name, {})[part] = {f"R@{k}": round(float(100 * (at <= k).mean()), 1) for k in (1, 5, 10)}
    return figures


def place(order: Rows, match: int) -> int:
    """The rank of the match; beyond all images where it is not named."""
    found = np.flatnonzero(order == match)
    return int(found[0]) + 1 if len(found) else 1 << 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", default="val")
    parser.add_argument("--gallery", nargs="+", default=["val", "all"], help="splits whose images are searched")
    parser.add_argument("--captioned", type=float, nargs="+", default=[1.0, 0.5])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    corpus, matcher = read_corpus(arguments.data).existing()[0], Matcher.load(arguments.model)
    figures = [
        {
            "gallery": gallery,
            "corpus": corpus.fingerprint,
            **measure(matcher, corpus.split(gallery), arguments.split, share),
        }
        for gallery in arguments.gallery
        for share in arguments.captioned
    ]
    text = json.dumps(figures, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
