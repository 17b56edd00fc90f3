"""How a served index fares under load: many clients at once, each query a new one.

    python benchmarks/serving_load.py INDEX [--clients 16] [--seconds 60] [--k 10] [--out FILE.json]

Starts `twobranch serve` in a process of its own. First one client asks for a while, which is what the others are
compared with; then all of them. Times are the clients', from sending a request to the last byte of its answer. Memory
and batch sizes are the server's own figures at /metrics: memory before the load, ten times during it, and after it. An
answer of another status than 200, or with other than K hits, is an error.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

COMMAND = [sys.executable, "-c", "from twobranch.cli.main import main; main()"]
WHO = ("a dog", "two men", "a child in a red shirt", "a woman with a camera", "a group of people", "the brown horse")
DOES = ("runs through", "jumps over", "stands beside", "looks at", "sits in front of", "plays with", "climbs")
WHAT = ("a frozen lake", "the tall grass", "a blue ball", "an old bicycle", "the waves", "a crowded street", "a rock")
WHERE = ("", " in the snow", " on a sunny day", " near the city", " at night", " under a bridge", " with a friend")


def sentences(seed: int) -> Iterator[str]:
    """Sentences of several lengths without end; a number keeps each from having been asked before."""
    generator = random.Random(seed)
    for number in itertools.count():
        parts = [generator.choice(options) for options in (WHO, DOES, WHAT)]
        yield f"{' '.join(parts)}{generator.choice(WHERE)} {seed}.{number}"


@contextmanager
def serving(index: Path) -> Iterator[str]:
    process = subprocess.Popen([*COMMAND, "serve", str(index), "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr or ():
            if found := re.search(r"http://\S+/", line):
                threading.Thread(target=(process.stderr or sys.stdin).read, daemon=True).start()
                yield found.group()
                break
        else:
            raise RuntimeError("the server did not start")
    finally:
        process.terminate()
        process.wait()


def ask(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} {body[:200]!r}")
    return body


def client(address: str, seed: int, end: float, k: int, times: list[float], errors: list[str]) -> None:
    """Ask one query after another until the end."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    for sentence in sentences(seed):
        if time.monotonic() >= end:
            break
        started = time.perf_counter()
        try:
            body = ask(connection, "/search?" + urlencode({"query": sentence, "k": k}))
            times.append(time.perf_counter() - started)
            if body.count(b'"rank"') != k:
                errors.append(f"not {k} hits")
        except Exception as error:
            errors.append(repr(error))
            connection.close()
    connection.close()


def figures(address: str) -> dict[str, float]:
    """The server's own figures that count here."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    text = ask(connection, "/metrics").decode()
    connection.close()
    names = {
        "rss_mb": "process_resident_memory_bytes",
        "batches": 'twobranch_batch_size_count{kind="sentence"}',
        "queries": 'twobranch_batch_size_sum{kind="sentence"}',
    }
    values = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[0] != "#"}
    found = {short: values.get(name, 0.0) for short, name in names.items()}
    return {**found, "rss_mb": round(found["rss_mb"] / 2**20, 1)}


def load(address: str, clients: int, seconds: float, k: int, seed: int) -> dict[str, Any]:
    """Let clients ask at the same time."""
    times: list[float] = []
    errors: list[str] = []
    before, began = figures(address), time.monotonic()
    threads = [
        threading.Thread(target=client, args=(address, seed + number, began + seconds, k, times, errors))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    memory = []
    for tenth in range(1, 11):
        time.sleep(max(0.0, began + seconds * tenth / 10 - time.monotonic()))
        memory.append(figures(address)["rss_mb"])
    for thread in threads:
        thread.join()
    took, after = time.monotonic() - began, figures(address)
    ordered = sorted(times)
    return {
        "clients": clients,
        "seconds": round(took, 1),
        "answers": len(times),
        "errors": len(errors),
        "first_errors": errors[:3],
        "answers_per_second": round(len(times) / took, 1),
        **{f"p{q}_ms": round(ordered[min(len(times) - 1, len(times) * q // 100)] * 1000, 1) for q in (50, 95, 99)},
        "max_ms": round(ordered[-1] * 1000, 1),
        "mean_batch": round((after["queries"] - before["queries"]) / max(1, after["batches"] - before["batches"]), 2),
        "rss_mb": {"before": before["rss_mb"], "during": memory, "after": after["rss_mb"]},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with serving(arguments.index) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
        images = json.loads(ask(connection, "/about"))["images"]
        alone = load(address, 1, arguments.seconds / 4, arguments.k, seed=10_000)
        together = load(address, arguments.clients, arguments.seconds, arguments.k, seed=0)
    rate = together["answers_per_second"] / alone["answers_per_second"]
    document = {"images": images, "alone": alone, "together": together, "rate_to_one_client": round(rate, 2)}
    text = json.dumps(document, indent=2)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
