"""Reads a table of a million rows, and prints seconds and memory beside those of Python's csv module alone.

    python benchmarks/reading.py [--images 200000] [--sentences 5] [--times 3]

The table and the empty picture files that it names are made in a temporary folder. Each reading is a process of its
own; the medians are printed. The floor is what has to be done anyway: csv.reader over the file, and one look at each
picture file.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

WORDS = ("a", "the", "man", "dog", "two", "girls", "beach", "red", "runs", "on", "in", "house", "of", "with", "street")

READING = """
import json, resource, sys, time
from twobranch.corpus import read_corpus
before, began = time.process_time(), time.perf_counter()
corpus = read_corpus(sys.argv[1])
figures = {"seconds": time.perf_counter() - began, "processor seconds": time.process_time() - before}
figures["GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
figures["rows"] = corpus.sentences.num_rows
print(json.dumps(figures))
"""

FLOOR = """
import csv, json, os, resource, sys, time
before, began = time.process_time(), time.perf_counter()
folder = os.path.dirname(sys.argv[1])
with open(sys.argv[1], newline="") as file:
    rows = list(csv.reader(file))
sizes = [os.stat(os.path.join(folder, name)).st_size for name in {row[0] for row in rows[1:]}]
figures = {"seconds": time.perf_counter() - began, "processor seconds": time.process_time() - before}
figures["GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
figures["rows"] = len(rows) - 1
print(json.dumps(figures))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--sentences", type=int, default=5)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = write_table(Path(folder), options.images, options.sentences)
        print("| | rows | seconds | processor seconds | GB |\n|---|---|---|---|---|")
        for name, code in (("twobranch", READING), ("csv and stat", FLOOR)):
            runs = [run(code, table) for _ in range(options.times)]
            medians = {key: statistics.median(one[key] for one in runs) for key in runs[0]}
            cells = [f"{medians[key]:.2f}" for key in ("seconds", "processor seconds", "GB")]
            print(f"| {name} | {medians['rows']:,.0f} | {' | '.join(cells)} |")


def write_table(folder: Path, images: int, sentences: int) -> Path:
    """A CSV of five columns whose pictures exist."""
    chooser = random.Random(0)
    (folder / "images").mkdir()
    table = folder / "captions.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "caption", "split", "year", "place"])
        for i in range(images):
            name = f"images/{i:07d}.jpg"
            (folder / name).write_bytes(b"")
            split, year = "val" if i % 20 == 0 else "train", 2000 + i % 25
            for _ in range(sentences):
                writer.writerow([name, " ".join(chooser.choices(WORDS, k=11)), split, year, f"place {i % 100}"])
    return table


def run(code: str, table: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", code, str(table)], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    main()
