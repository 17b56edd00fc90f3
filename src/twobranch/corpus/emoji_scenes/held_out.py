"""Pairs of kinds that only test scenes contain, so that a model is asked for combinations it has never seen."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable

from twobranch.corpus.emoji_scenes.kinds import Kind

PERCENT = 10
"""About so many of 100 pairs of kinds are held out."""


def held_out(a: Kind, b: Kind) -> bool:
    """Whether two kinds stand together in test scenes only; decided by their names alone, for every seed alike.

    Example:
        >>> from twobranch.corpus.emoji_scenes.kind_tables import KINDS
        >>> held_out(KINDS["dog"], KINDS["cat"]) == held_out(KINDS["cat"], KINDS["dog"])
        True
    """
    if a.name == b.name:
        return False
    text = " + ".join(sorted((a.name, b.name)))
    return hashlib.sha256(text.encode()).digest()[0] * 100 < PERCENT * 256


def any_held_out(kinds: Iterable[Kind]) -> bool:
    """Whether two of these kinds are a held-out pair."""
    return any(held_out(a, b) for a, b in itertools.combinations(kinds, 2))
