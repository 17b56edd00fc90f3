"""Feed damaged files to everything that reads files: only TwobranchError may come out, in one line, and soon.

    python benchmarks/fuzz.py --seconds 180                      all targets, one after the other
    python benchmarks/fuzz.py "reader csv" pictures --seconds 60

With atheris (pip install atheris) inputs are found by the coverage of twobranch's own code, else by random changes of
valid files. Each target runs in a process of its own, so that a crash of a library is seen and counted. Prints a table
for docs/reliability.md; what went wrong is kept in the folder of --out, with the input that shows it. Exits with 1
where anything went wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import logging
import random
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

SLOW = 20.0
"""Seconds after which an input counts as a hang."""

HAS_ATHERIS = importlib.util.find_spec("atheris") is not None

PIECES = (
    *(b"\0", b"\n", b"\r", b"\t", b'"', b"#", b"[", b"{", b"-1", b"\xff\xfe", b"\xef\xbb\xbf", b"\xff" * 8, b"\x7f"),
    *(b"1e999", b"NaN", b"null", b"true", b"[]", b"{}", b"9" * 400, b"9" * 5000, b"[" * 3000, b"\\ud800", b"../"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help="names of targets; all if none is given")
    parser.add_argument("--seconds", type=float, default=180, help="for each target")
    parser.add_argument("--out", type=Path, default=None, help="folder for what went wrong; a temporary one by default")
    parser.add_argument("--engine", choices=("atheris", "random"), default="atheris" if HAS_ATHERIS else "random")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.targets[0], options.seconds, options.out, options.engine)
    else:
        sys.exit(
            report(options.targets, options.seconds, options.out or Path(tempfile.mkdtemp("-fuzz")), options.engine)
        )


def report(names: list[str], seconds: float, out: Path, engine: str) -> int:
    """Run the targets and print the table; returns the exit code."""
    from fuzz_targets import TARGETS

    print(f"engine: {engine}; {seconds:.0f} s a target; what goes wrong is kept in {out}\n")
    print("| target | inputs | refused | crashes | slowest, s | time, s |\n|---|---|---|---|---|---|")
    inputs = wrong = 0
    for name in names or TARGETS:
        found = run(name, seconds, out / name.replace(" ", "-"), engine)
        inputs, wrong = inputs + found["inputs"], wrong + found["crashes"]
        numbers = (found["inputs"], found["refused"], found["crashes"], found["slowest"], found["seconds"])
        print("| {} | {:,} | {:,} | {:,} | {:.1f} | {:.0f} |".format(name, *numbers), flush=True)
    print(f"\n{inputs:,} inputs, {wrong:,} crashes")
    return int(wrong > 0)


def run(name: str, seconds: float, folder: Path, engine: str) -> dict[str, Any]:
    """Run one target in a process of its own; a process that ends otherwise than it should is a crash."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, name, "--worker", "--seconds", str(seconds), "--out", str(folder)]
    # libFuzzer looks at the clock between inputs; a hang in C is ended from here.
    longest = seconds + 120 + 2 * SLOW
    with (folder / "stderr").open("wb") as errors, contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run([*command, "--engine", engine], stdout=errors, stderr=errors, timeout=longest)
    found: dict[str, Any] = {"inputs": 0, "refused": 0, "crashes": 0, "slowest": 0.0, "seconds": 0.0, "done": False}
    if (folder / "counts.json").exists():
        found |= json.loads((folder / "counts.json").read_text())
    if not found["done"]:
        found["crashes"] += 1
    return found


class Counted:
    """A target's function that counts what comes of each input, and keeps the first input of each kind of crash."""

    def __init__(self, use: Callable[[bytes], None], folder: Path, seconds: float) -> None:
        from fuzz_targets import TwobranchError

        self._use, self._folder, self._refusal = use, folder, TwobranchError
        self._counts = {"inputs": 0, "refused": 0, "crashes": 0, "slowest": 0.0}
        self._seen: set[str] = set()
        self._begun = self._written = time.monotonic()
        self._end = self._begun + seconds

    def __call__(self, data: bytes) -> None:
        """Feed one input."""
        began = time.monotonic()
        (self._folder / "last-input").write_bytes(data)  # what a crash of the process was fed
        try:
            self._use(data)
        except self._refusal as error:
            self._counts["refused"] += 1
            if "\n" in str(error).encode().decode():
                self._crash("a message of several lines", data, str(error))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "twobranch" in frame.filename]
            place = f"{Path(frames[-1].filename).name}-{frames[-1].lineno}" if frames else "outside"
            self._crash(f"{type(error).__name__}-{place}", data, traceback.format_exc())
        took = time.monotonic() - began
        if took > SLOW:
            self._crash("hang", data, f"{took:.1f} s")
        self._counts["inputs"] += 1
        self._counts["slowest"] = max(self._counts["slowest"], took)
        if time.monotonic() - self._written > 1:
            self.write()

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self._end

    def _crash(self, kind: str, data: bytes, text: str) -> None:
        self._counts["crashes"] += 1
        if kind not in self._seen:
            self._seen.add(kind)
            (self._folder / f"{kind}.input").write_bytes(data)
            (self._folder / f"{kind}.txt").write_text(text, encoding="utf-8", errors="backslashreplace")

    def write(self) -> None:
        """Write the counts, so that they outlive the process."""
        self._written = time.monotonic()
        seconds = self._written - self._begun
        counts = {**self._counts, "seconds": seconds, "done": self.is_over}
        (self._folder / "counts.json").write_text(json.dumps(counts))


def work(name: str, seconds: float, folder: Path, engine: str) -> None:
    """The process of one target."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    if engine == "atheris":
        import atheris

        with atheris.instrument_imports(include=["twobranch"]):
            from fuzz_targets import TARGETS
    else:
        from fuzz_targets import TARGETS
    with tempfile.TemporaryDirectory() as place:
        target = TARGETS[name](Path(place))
        for seed in target.seeds:
            with contextlib.suppress(Exception):  # one seed may be a refusal: of EPS, for example
                target.use(seed)
        counted = Counted(target.use, folder, seconds)
        if engine == "random":
            _random(counted, target.seeds)
        else:
            _atheris(counted, target.seeds, folder, seconds)


def _random(counted: Counted, seeds: list[bytes]) -> None:
    chance = random.Random(0)
    while not counted.is_over:
        counted(mutated(chance, chance.choice(seeds)))
    counted.write()


def mutated(chance: random.Random, content: bytes) -> bytes:
    """The content with one to eight random changes; its first byte often stays."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        start = chance.randrange(chance.randrange(2), len(data) + 1) if data else 0
        end = min(len(data), start + chance.randrange(1, 40))
        kind = chance.randrange(5)
        if kind == 0 and start < len(data):
            data[start] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[start:]
        elif kind == 2:
            data[start:end] = chance.choice(PIECES)
        elif kind == 3:
            data[start:start] = data[start:end]
        else:
            del data[start:end]
    return bytes(data)


def _atheris(counted: Counted, seeds: list[bytes], folder: Path, seconds: float) -> None:
    import atheris

    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    entries = ("".join(rf"\x{byte:02x}" for byte in piece[:64]) for piece in PIECES)
    (folder / "pieces.dict").write_text("".join(f'"{entry}"\n' for entry in entries))
    chance = random.Random(0)

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        """Half of the changes are libFuzzer's, half are those of the other engine, which know what breaks readers."""
        if seed % 2:
            return mutated(chance, data)[:longest]
        return bytes(atheris.Mutate(data, longest))

    arguments = [
        sys.argv[0],
        str(corpus),
        f"-max_total_time={seconds:.0f}",
        f"-timeout={3 * SLOW:.0f}",
        "-rss_limit_mb=6000",
        "-max_len=60000",
        "-verbosity=0",
        f"-artifact_prefix={folder}/",
        f"-dict={folder}/pieces.dict",
    ]

    def one_input(data: bytes) -> None:
        counted(data)
        if counted.is_over:
            counted.write()

    atheris.Setup(arguments, one_input, custom_mutator=mutate)
    atheris.Fuzz()  # does not return


if __name__ == "__main__":
    main()
