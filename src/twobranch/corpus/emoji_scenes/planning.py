"""Which objects a scene gets: kinds that fit the place, a twin now and then, held-out pairs only in test."""

from __future__ import annotations

import functools
import itertools
import random
from dataclasses import dataclass

from twobranch.corpus.emoji_scenes.backgrounds import Backdrop
from twobranch.corpus.emoji_scenes.held_out import held_out
from twobranch.corpus.emoji_scenes.kind_tables import KINDS
from twobranch.corpus.emoji_scenes.kinds import Kind

FEWEST, MOST = 3, 7
"""Objects in a scene."""

TWIN_SHARE = 0.55
"""Share of the scenes that get a second object of the same kind."""

TWINS = ("color", "color", "size", "place")
"""What tells a second object of a kind apart; color twice as often as the others."""

SIZE_TWIN_SIDE = 60
"""`Kind.size` from which on a kind can have a much smaller twin that is still large enough to see."""

SPLITS = ("train",) * 6 + ("val", "test")
"""The split of scene number n is entry n mod 8."""


@dataclass(frozen=True)
class Wish:
    """One object to place: its kind and color, and, for a twin, the wish it repeats and how much larger it is."""

    kind: Kind
    color: str | None
    twin_of: int | None = None
    factor: float = 1.0


@dataclass(frozen=True)
class Plan:
    """The objects to place, and what tells the twins among them apart."""

    wishes: tuple[Wish, ...]
    twin: str


def wants_held_out(number: int) -> bool:
    """Whether a test scene must contain a held-out pair: three of five do, the others may.

    Example:
        >>> [wants_held_out(number) for number in (7, 15, 23, 31, 39)]
        [True, True, True, False, False]
    """
    return SPLITS[number % 8] == "test" and number // 8 % 5 < 3


def fitting(backdrop: Backdrop) -> tuple[Kind, ...]:
    """The kinds that one of a background's zones accepts."""
    return _fitting(frozenset().union(*(zone.accepts for zone in backdrop.zones)))


@functools.cache
def _fitting(habitats: frozenset[str]) -> tuple[Kind, ...]:
    return tuple(kind for kind in KINDS.values() if kind.lives(habitats))


def plan(rng: random.Random, backdrop: Backdrop, number: int) -> Plan:
    """Choose the objects of scene `number` for its background."""
    count = rng.choices(range(FEWEST, MOST + 1), (22, 27, 25, 16, 10))[0]
    kinds = _choose(rng, _shuffled(rng, backdrop), count, number)
    wishes = [Wish(kind, rng.choice(kind.color_names) if kind.color_names else None) for kind in kinds]
    twin = rng.choice(TWINS) if rng.random() < TWIN_SHARE else "none"
    copies = 2 if twin in ("color", "place") and count >= 4 and rng.random() < 0.25 else 1
    # The copies take the places of the last kinds; the first two may be a held-out pair and stay.
    del wishes[count - copies if twin != "none" else count :]
    able = [at for at, wish in enumerate(wishes) if _can_twin(wish.kind, twin)]
    if twin != "none" and not able:
        return plan(rng, backdrop, number)
    if twin != "none":
        wishes += _copies(rng, wishes, rng.choice(able), twin, copies)
    return Plan(tuple(wishes), twin)


def _can_twin(kind: Kind, twin: str) -> bool:
    """Whether two of a kind can be told apart in this way."""
    if twin == "color":
        return bool(kind.drawn) and len(kind.color_names) > 2
    return twin == "place" or (twin == "size" and kind.size >= SIZE_TWIN_SIDE)


def _copies(rng: random.Random, wishes: list[Wish], first: int, twin: str, count: int) -> list[Wish]:
    """More of wish number `first`: in other colors, smaller, or the same elsewhere."""
    source = wishes[first]
    if twin == "color":
        others = rng.sample([name for name in source.kind.color_names if name != source.color], count)
        return [Wish(source.kind, color, first) for color in others]
    factor = rng.uniform(0.48, 0.6) if twin == "size" else 1.0
    return [Wish(source.kind, source.color, first, factor) for _ in range(count)]


def _shuffled(rng: random.Random, backdrop: Backdrop) -> list[Kind]:
    """The fitting kinds in random order, those of a zone of large weight rather first: not all of them in the sky."""
    keys = {}
    for kind in fitting(backdrop):
        weight = max(zone.weight for zone in backdrop.zones if kind.lives(zone.accepts))
        keys[kind] = rng.random() ** (1 / weight)
    return sorted(keys, key=lambda kind: -keys[kind])


def _choose(rng: random.Random, kinds: list[Kind], count: int, number: int) -> list[Kind]:
    """Kinds of different families; no held-out pair outside test, and one where the scene must have it."""
    chosen: list[Kind] = []
    if wants_held_out(number):
        pairs = [
            pair for pair in itertools.combinations(kinds, 2) if held_out(*pair) and pair[0].group != pair[1].group
        ]
        chosen += rng.choice(pairs)
    free = SPLITS[number % 8] == "test"
    for kind in kinds:
        if len(chosen) >= count:
            break
        if all(kind.group != other.group and (free or not held_out(kind, other)) for other in chosen):
            chosen.append(kind)
    return chosen
