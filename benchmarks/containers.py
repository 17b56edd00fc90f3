"""The same pictures as files, in a tar, and in Parquet files: time of each reading, and the memory it takes.

    FLICKR8K=... python benchmarks/containers.py --images 1000 --rounds 3 [--encode]

Each round reads a corpus and digests all its pictures in a process of its own, with `--encode` also extracts features
of them; the rounds of the layouts take turns. Printed are the best round of each step, its ratio to that of the files,
and the memory at the end, which a process that has done nothing takes part of.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from twobranch import read_corpus
from twobranch.features.digests import image_digests

LAYOUTS = ("files", "tar", "parquet", "parquet-one-group")
STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write(folder: Path, pictures: list[Path]) -> None:
    """All layouts of the pictures, below one folder."""
    for layout in LAYOUTS:
        (folder / layout).mkdir()
    with tarfile.open(folder / "tar" / "00000.tar", "w") as archive:
        for path in pictures:
            data = path.read_bytes()
            for name, content in ((path.name, data), (f"{path.stem}.txt", b"A picture.")):
                (folder / "files" / name).write_bytes(content)
                header = tarfile.TarInfo(name)
                header.size = len(content)
                archive.addfile(header, io.BytesIO(content))
    rows = [{"bytes": path.read_bytes(), "path": path.name} for path in pictures]
    table = pa.table({"image": pa.array(rows, STRUCT), "text": ["A picture."] * len(rows)})
    pq.write_table(table, folder / "parquet" / "train-00000-of-00001.parquet", row_group_size=100)
    pq.write_table(table, folder / "parquet-one-group" / "train-00000-of-00001.parquet")


def measure(folder: Path, encode: bool) -> dict[str, float]:
    """Seconds of each step in this process, and its memory in MB."""
    seconds, began = {}, time.perf_counter()

    def done(step: str) -> None:
        nonlocal began
        seconds[step], began = time.perf_counter() - began, time.perf_counter()

    corpus = read_corpus(folder)
    done("read")
    image_digests(corpus.image_paths)
    done("digest")
    if encode:
        from twobranch.features.extract import image_features
        from twobranch.features.image_encoders import IMAGE_ENCODERS

        encoder = IMAGE_ENCODERS["efficientnet-lite0"]().load()
        began = time.perf_counter()
        image_features(encoder, corpus.image_paths)
        done("extract")
    # Not getrusage: what that tells of a new process includes its parent.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return {**seconds, "MB": int(status.split("VmHWM:")[1].split()[0]) / 1e3}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--encode", action="store_true", help="extract features too")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child, options.encode)))
        return
    pictures = sorted((Path(os.environ["FLICKR8K"]) / "images").glob("*.jpg"))[: options.images]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), pictures)
        best: dict[str, dict[str, float]] = {}
        for _ in range(options.rounds):
            for layout in LAYOUTS:
                command = [sys.executable, __file__, "--child", f"{folder}/{layout}"]
                command += ["--encode"] if options.encode else []
                found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                old = best.setdefault(layout, found)
                best[layout] = {step: min(value, old[step]) for step, value in found.items()}
        size = sum(path.stat().st_size for path in pictures) / 1e6
        print(f"{len(pictures)} pictures of {size:.0f} MB, best of {options.rounds}, load {os.getloadavg()[0]:.1f}")
        for layout, found in best.items():
            print(
                f"{layout:18}",
                *(f"{step} {value:.2f} (x{value / best['files'][step]:.2f})" for step, value in found.items()),
            )


if __name__ == "__main__":
    main()
