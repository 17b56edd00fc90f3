"""What every job has: what they do, what a folder holds of it, and what they have acknowledged.

A job writes into a folder of its own. Its state is a table from names of rows to hashes of their content, read by the
project's own code; times are no part of it. Rows of a killed job are those of before or of an undisturbed run.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reliability.material import Material

State = dict[str, str]


@dataclass(frozen=True)
class Ends:
    """The states before a job and after an undisturbed run of it."""

    before: State
    after: State

    @property
    def kept(self) -> set[str]:
        """Rows that must be there at every moment."""
        return set(self.before) & set(self.after)


def digest(*parts: Any) -> str:
    """A hash of arrays, bytes and plain values."""
    hashed = hashlib.sha256()
    for part in parts:
        if hasattr(part, "tobytes"):
            hashed.update(f"{part.dtype} {part.shape}".encode() + part.tobytes())
        else:
            hashed.update(part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode())
    return hashed.hexdigest()[:16]


@dataclass(frozen=True)
class Job(ABC):
    """One command.

    Attributes:
        material: what it reads.
    """

    material: Material
    name = ""

    def prepare(self, folder: Path) -> None:
        """Put into the folder what is there before."""
        folder.mkdir(parents=True)

    @abstractmethod
    def run(self, folder: Path) -> None:
        """Do it, or go on with it; in a child."""

    @abstractmethod
    def state(self, folder: Path) -> State:
        """What is there; in a child. Raises where something cannot be read."""

    @abstractmethod
    def acknowledged(self, text: str) -> int:
        """How many rows a process has told of in its output."""

    @abstractmethod
    def held(self, state: State, ends: Ends) -> int:
        """How many of such rows there are."""

    def mixes(self, state: State, ends: Ends) -> bool:
        """Whether the state holds what belongs neither to the one end nor to the other."""
        return any(value not in (ends.before.get(name), ends.after.get(name)) for name, value in state.items())


class told:
    """Messages and errors as the command line prints them, where a job is no command."""

    def __enter__(self) -> None:
        from twobranch.cli.main import _ToConsole
        from twobranch.progress import log

        log.addHandler(_ToConsole())
        log.setLevel("INFO")

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        from twobranch.errors import TwobranchError

        if isinstance(error, TwobranchError):
            os.write(2, f"error: {error}\n".encode())
            sys.exit(2)
