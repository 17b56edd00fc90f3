"""What torchrun tells each process that it starts: its number, of how many, and where."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from twobranch.errors import TwobranchError

TIME_TO_SPEAK = 3.0
"""Seconds that others leave the process that says why they end: torchrun ends all as soon as one has ended."""


@dataclass(frozen=True)
class Launched:
    """The place of this process among those that were started together.

    Attributes:
        index: its number, from 0.
        count: how many there are, over all machines.
        local_index: its number on its machine, from 0.
        local_count: how many there are on its machine.

    Example:
        >>> Launched.of({})
        Launched(index=0, count=1, local_index=0, local_count=1)
        >>> Launched.of({"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}).local_index
        1
    """

    index: int = 0
    count: int = 1
    local_index: int = 0
    local_count: int = 1

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Launched:
        """What the variables of torchrun say; a process of its own where they are not set.

        Raises:
            TwobranchError: if they contradict each other.
        """
        if not {"RANK", "WORLD_SIZE"} <= environment.keys():
            return cls()
        names = "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"
        texts = [environment.get(name, default) for name, default in zip(names, ("", "", "0", "1"), strict=True)]
        if not all(text.isdecimal() for text in texts) or int(texts[0]) >= int(texts[1]):
            raise TwobranchError(
                ", ".join(names),
                "must be numbers as torchrun sets them, RANK below WORLD_SIZE",
                found=", ".join(texts),
                remedy="Start with torchrun (docs/scale.md), or unset them.",
            )
        index, count, local_index, local_count = map(int, texts)
        return cls(index, count, local_index, local_count)
