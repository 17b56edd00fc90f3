"""What searching the stored words is worth: recalls of embeddings, of words, and of both fused.

    python benchmarks/hybrid.py MODEL DATA [--split val] [--captioned 1.0 0.5] [--out FILE.json]

Each image of the split has its sentences stored but one, and that one is asked for; each sentence takes its turn. With
--captioned 0.5 only every second image has stored sentences, as in a collection whose captions are incomplete. Beside
the fusion of `twobranch search --text` stand the sum of both standardized scores and other constants.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch import Matcher, read_corpus
from twobranch.search import fusion
from twobranch.search.fusion import DEPTH, fuse
from twobranch.search.reranking import standardized
from twobranch.search.store import Store


def store_of(folder: Path, sentences: list[list[str] | None]) -> Store:
    """A store whose ids are numbers, with these sentences."""
    store = Store(folder, 1)
    fixed = {"bytes": 1, "mtime_ns": 1, "width": 1, "height": 1, "thumbnail": b"", "embedding": np.ones(1, np.float32)}
    store.add(
        [
            {**fixed, "id": str(row), "path": "", "sha256": "", "sentences": stored}
            for row, stored in enumerate(sentences)
        ],
        new=True,
    )
    store.index_text()
    return store


def ranks(store: Store, sentence: str, scores: NDArray[np.float32], match: int) -> dict[str, int]:
    """Where the match stands, by each way of ordering; the number of images + 1 where it is not named."""
    row_ids, found = store.text_search(sentence, DEPTH)
    by_text = np.array([numbers[row_id] for row_id in row_ids.tolist()], np.intp) if len(row_ids) else np.zeros(0, int)
    by_score = np.argsort(-scores, kind="stable")
    words = np.zeros(len(scores))
    words[by_text] = found
    orders = {"embeddings": by_score, "words": by_text, "standardized sum": np.argsort(-_sum(scores, words))}
    for smoothing in (10, 60, 200):
        fusion.SMOOTHING = smoothing
        orders[f"reciprocal ranks, {smoothing}"] = fuse(by_score, by_text)[0]
    fusion.SMOOTHING = 60
    places = {name: np.flatnonzero(order == match) for name, order in orders.items()}
    return {name: int(place[0]) + 1 if len(place) else len(scores) + 1 for name, place in places.items()}


def _sum(scores: NDArray[np.float32], words: NDArray[np.float64]) -> NDArray[np.float64]:
    both: NDArray[np.float64] = standardized(scores) + standardized(words)
    return both


numbers: dict[int, int] = {}
"""From row ids of the store to numbers of images."""


def measure(model: Path, data: Path, split: str, captioned: float) -> dict[str, Any]:
    corpus = read_corpus(data).existing()[0].split(split)
    matcher = Matcher.load(model)
    images, sentences = matcher.encode_images(corpus.image_paths), matcher.encode_sentences(corpus.sentence_texts)
    of_image = [np.flatnonzero(corpus.sentence_images == row) for row in range(len(images))]
    has = np.arange(len(images)) % 100 < round(captioned * 100)
    has = has[np.random.default_rng(0).permutation(len(has))]
    found: list[tuple[bool, dict[str, int]]] = []
    for turn in range(max(map(len, of_image))):
        stored = [
            [corpus.sentence_texts[row] for at, row in enumerate(rows) if at != turn] if has[image] else None
            for image, rows in enumerate(of_image)
        ]
        with tempfile.TemporaryDirectory() as folder:
            store = store_of(Path(folder), stored)
            numbers.clear()
            numbers.update({row["_rowid"]: int(row["id"]) for row in store.listing().to_pylist()})
            for image, rows in enumerate(of_image):
                if turn < len(rows):
                    query = rows[turn]
                    one = ranks(store, corpus.sentence_texts[query], images @ sentences[query], image)
                    found.append((bool(has[image]), one))
    figures: dict[str, Any] = {"corpus": corpus.fingerprint, "queries": len(found), "captioned": captioned}
    for part, chosen in (("all", (True, False)), ("with sentences", (True,)), ("without", (False,))):
        places = [one for captions, one in found if captions in chosen]
        for name in places[0] if places else ():
            at = np.array([one[name] for one in places])
            figures.setdefault(name, {})[part] = {f"R@{k}": round(float(100 * (at <= k).mean()), 1) for k in (1, 5, 10)}
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", default="val")
    parser.add_argument("--captioned", type=float, nargs="+", default=[1.0, 0.5])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    figures = [measure(arguments.model, arguments.data, arguments.split, share) for share in arguments.captioned]
    text = json.dumps(figures, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
