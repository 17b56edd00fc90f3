"""How fast an index answers and how fast it is built.

    python benchmarks/search.py MODEL IMAGES [--queries 200] [--sample 500] [--out FILE.json]

Indexes a sample of IMAGES (features from an empty cache, then from the warm one, then with nothing to do), then all of
them with the user's cache, and measures the answer to a sentence cold (a new process), in process, and served over
HTTP. Each is also given as a ratio to the bare matrix-vector product over the same matrix, which no exact search can
beat.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WORDS = ("dog", "man", "child", "beach", "snow", "red", "blue", "ball", "street", "bike", "crowd", "jumping", "two")
COMMAND = [sys.executable, "-c", "from twobranch.cli.main import main; main()"]


def queries(count: int) -> list[str]:
    """Sentences that all differ, so that nothing along the way can remember an answer."""
    return [
        " ".join(WORDS[(number * step + step) % len(WORDS)] for step in (1, 3, 7, 11)) + f" {number}"
        for number in range(count)
    ]


def milliseconds(answer: Callable[[str], object], sentences: Sequence[str]) -> dict[str, float]:
    times = []
    for sentence in sentences:
        started = time.perf_counter()
        answer(sentence)
        times.append((time.perf_counter() - started) * 1000)
    return {"p50_ms": round(statistics.median(times), 3), "p95_ms": round(sorted(times)[int(len(times) * 0.95)], 3)}


def indexing(model: Path, images: Path, folder: Path, sample: int) -> dict[str, Any]:
    """Index copies of some pictures with an empty feature cache, then with a warm one, then with nothing to do."""
    from twobranch.matcher import Matcher
    from twobranch.search import Index
    from twobranch.search.scan import scan_folder

    found = list(scan_folder(images).images.values())[:sample]
    for number, image in enumerate(found):
        (folder / "pictures").mkdir(exist_ok=True)
        shutil.copy(image.path, folder / "pictures" / f"{number}{Path(image.path).suffix}")
    figures: dict[str, Any] = {"images": len(found)}
    for name, index in (("empty cache", "first"), ("warm cache", "second"), ("nothing to do", "second")):
        matcher = Matcher.load(model, cache=folder / "cache")
        started = time.perf_counter()
        Index.build(matcher, folder / "pictures", folder / index)
        seconds = time.perf_counter() - started
        figures[name] = {"seconds": round(seconds, 2), "images_per_second": round(len(found) / seconds, 1)}
    return figures


def cold(index: Path) -> dict[str, float]:
    times = []
    for number in range(3):
        started = time.perf_counter()
        command = [*COMMAND, "search", str(index), f"a dog on a beach {number}", "--json"]
        subprocess.run(command, check=True, capture_output=True)
        times.append((time.perf_counter() - started) * 1000)
    return {"p50_ms": round(statistics.median(times), 1), "max_ms": round(max(times), 1)}


@contextmanager
def serving(index: Path) -> Iterator[str]:
    command = [*COMMAND, "serve", str(index), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr or ():
            if found := re.search(r"http://\S+/", line):
                yield found.group()
                return
        raise RuntimeError("the server did not start")
    finally:
        process.terminate()
        process.wait()


def measure(model: Path, images: Path, count: int, sample: int) -> dict[str, Any]:
    from twobranch.matcher import Matcher
    from twobranch.search import Index

    sentences = queries(count)
    with tempfile.TemporaryDirectory() as temporary:
        figures: dict[str, Any] = {"indexing": indexing(model, images, Path(temporary), sample)}
        path = Path(temporary) / "index"
        Index.build(Matcher.load(model), images, path)
        index = Index.open(path)
        matrix = index.snapshot().matrix
        embeddings = dict(zip(sentences, index.matcher.encode_sentences(sentences), strict=True))
        index.search("warm up")
        figures["images"], figures["dim"] = matrix.shape
        figures["gemv"] = milliseconds(lambda sentence: matrix @ embeddings[sentence], sentences)
        figures["encoding"] = milliseconds(lambda sentence: index.matcher.encode_sentences([sentence]), sentences)
        figures["in process"] = milliseconds(index.search, sentences)
        figures["in process, filtered"] = milliseconds(lambda text: index.search(text, where="width >= 100"), sentences)
        with serving(path) as address:
            figures["served"] = milliseconds(lambda text: fetch(address, text), sentences)
        figures["cold"] = cold(path)
    for name in ("encoding", "in process", "in process, filtered", "served", "cold"):
        figures[name]["ratio_to_gemv"] = round(figures[name]["p50_ms"] / figures["gemv"]["p50_ms"], 1)
    return figures


def fetch(address: str, sentence: str) -> bytes:
    with urllib.request.urlopen(f"{address}search?{urllib.parse.urlencode({'query': sentence})}") as answer:
        content: bytes = answer.read()
        return content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--sample", type=int, default=500, help="pictures of the indexing figures")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    text = json.dumps(measure(arguments.model, arguments.images, arguments.queries, arguments.sample), indent=2)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
