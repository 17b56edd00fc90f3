"""How fast an index is built by this process and by the workers of a Ray cluster, and what the driver can take in.

    python benchmarks/indexing_scale.py MODEL IMAGES [--sample 1000] [--rounds 3] [--rows 100000] [--out FILE.json]

Engines: copies of the first pictures of IMAGES are indexed from an empty feature cache by each engine in turn, round
after round; medians, after a small index that warms up. Ray starts before the clock, its workers after it; "steady"
leaves their start out: it is the time between the first outcome and the last. Each rate is also given as a ratio to
the local engine on one thread.

Driver: rows as workers send them (random embeddings of MODEL's length, thumbnails of 10 kB) are planned, unpacked and
committed without anything being computed, to a folder and, where moto is installed, to a server that speaks S3 in
another process of this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from twobranch.matcher import Matcher
from twobranch.search import Index
from twobranch.search.building import update_store
from twobranch.search.engines import Engine, Outcome, Work
from twobranch.search.local_engine import LocalEngine
from twobranch.search.ray_engine import RayEngine, _outcome, _table
from twobranch.search.scan import FoundImage, scan_folder
from twobranch.search.sources import Source
from twobranch.search.store import Store

BATCH, THUMBNAIL_BYTES = 256, 10_000


class Timed:
    """An engine that is looked at: when each of its outcomes came, and how many images it told of."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.told: list[tuple[float, int]] = []

    def compute(self, work: Work) -> Iterator[Outcome]:
        """What the engine computes, as it comes."""
        for outcome in self._engine.compute(work):
            self.told.append((time.perf_counter(), len(outcome.rows)))
            yield outcome

    def steady(self) -> float:
        """Images per second from the first outcome with rows to the last."""
        told = [(when, count) for when, count in self.told if count]
        seconds = told[-1][0] - told[0][0]
        return sum(count for _, count in told[1:]) / seconds if seconds else 0.0


def sample_of(images: Path, folder: Path, count: int) -> Path:
    folder.mkdir()
    for number, image in enumerate(list(scan_folder(images).images.values())[:count]):
        shutil.copy(image.path, folder / f"{number}{Path(image.path).suffix}")
    return folder


def indexing(model: Path, pictures: Path, folder: Path, rounds: int) -> dict[str, Any]:
    runs: dict[str, list[tuple[float, float]]] = {}
    size = 0.0
    for number in range(rounds):
        for name, threads, workers in (
            ("local, 1 thread", 1, 0),
            ("local, 2 threads", 2, 0),
            ("ray, 1 worker of 1 thread", 1, 1),
            ("ray, 2 workers of 1 thread", 1, 2),
        ):
            place = folder / f"{number} {name}"
            engine = Timed(RayEngine(workers, threads, "cpu", place / "workers' cache") if workers else LocalEngine())
            matcher = Matcher.load(model, device="cpu", threads=threads, cache=place / "cache")
            started = time.perf_counter()
            index = Index.build(matcher, pictures, place / "index", engine=engine)
            runs.setdefault(name, []).append((len(index) / (time.perf_counter() - started), engine.steady()))
            files = (file for file in (place / "index" / "store").rglob("*") if file.is_file())
            size = sum(file.stat().st_size for file in files) / len(index)
            shutil.rmtree(place)
    figures: dict[str, Any] = {"store_bytes_per_image": round(size)}
    floor = statistics.median(rate for rate, _ in runs["local, 1 thread"])
    for name, rates in runs.items():
        rate, steady = (statistics.median(column) for column in zip(*rates, strict=True))
        figures[name] = {
            "images_per_second": round(rate, 1),
            "ratio_to_local_1_thread": round(rate / floor, 2),
            "steady_images_per_second": round(steady, 1),
        }
    return figures


class Ready:
    """What workers would send, without their work: tables of a batch each."""

    def __init__(self, dim: int) -> None:
        random = np.random.default_rng(0)
        self._embeddings = random.standard_normal((BATCH, dim), dtype=np.float32)
        self._thumbnails = [random.bytes(THUMBNAIL_BYTES) for _ in range(BATCH)]
        self._dim = dim

    def compute(self, work: Work) -> Iterator[Outcome]:
        """A row for each image, at once."""
        for start in range(0, len(work.images), work.batch):
            rows = {
                image.id: {
                    "sha256": f"{start + number:064x}", "width": 640, "height": 480,
                    "embedding": self._embeddings[number], "thumbnail": self._thumbnails[number],
                }
                for number, image in enumerate(work.images[start : start + work.batch])
            }  # fmt: skip
            yield _outcome(_table(Outcome(rows=rows), self._dim))  # packing is part of it, though workers do that


def driver(matcher: Matcher, folder: str | Path, rows: int) -> dict[str, float]:
    images = {f"{n:09d}.jpg": FoundImage(f"{n:09d}.jpg", f"/photos/{n:09d}.jpg", 1, 1) for n in range(rows)}
    store = Store(folder, matcher.dim)
    started = time.perf_counter()
    update_store(store, matcher, Source("/photos", images), ("image",), Ready(matcher.dim))
    seconds = time.perf_counter() - started
    return {"rows": len(store), "seconds": round(seconds, 1), "rows_per_second": round(rows / seconds)}


@contextmanager
def object_storage() -> Iterator[str]:
    """A server that speaks S3 in a process of its own; yields the address of an empty bucket."""
    from pyarrow import fs

    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr or ():
            if found := re.search(r"Running on (http://\S+)", line):
                os.environ |= {"AWS_ENDPOINT_URL": found[1], "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
                break
        drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
        server = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
        fs.S3FileSystem(
            endpoint_override=server, scheme="http", region="us-east-1", allow_bucket_creation=True
        ).create_dir("indexes")
        yield "s3://indexes/store"
        process.terminate()
        drain.wait()
    finally:
        process.kill()
        process.wait()


def measure(model: Path, images: Path, sample: int, rounds: int, rows: int) -> dict[str, Any]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    with tempfile.TemporaryDirectory() as temporary:
        figures: dict[str, Any] = {"images": sample, "rounds": rounds}
        started = time.perf_counter()
        ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        figures["ray_start_seconds"] = round(time.perf_counter() - started, 1)
        pictures = sample_of(images, Path(temporary, "pictures"), sample)
        few = sample_of(images, Path(temporary, "few"), 8)  # imports, and conversions that the cache keeps
        Index.build(Matcher.load(model, device="cpu"), few, Path(temporary, "warm"))
        figures |= indexing(model, pictures, Path(temporary), rounds)
        ray.shutdown()
        matcher = Matcher.load(model)
        figures["driver, folder"] = driver(matcher, Path(temporary, "store"), rows)
        try:
            import moto.server  # noqa: F401
        except ImportError:
            return figures
        with object_storage() as url:
            figures["driver, object storage"] = driver(matcher, url, rows // 10)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--sample", type=int, default=1000, help="pictures that each engine indexes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000, help="rows that the driver takes in; a tenth for S3")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    figures = measure(arguments.model, arguments.images, arguments.sample, arguments.rounds, arguments.rows)
    text = json.dumps(figures, indent=2)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
