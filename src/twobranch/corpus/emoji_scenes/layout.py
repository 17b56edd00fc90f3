"""Where the objects of a scene stand: in zones that fit them, far ones smaller, none hidden by another."""

from __future__ import annotations

import random

from twobranch.corpus.emoji_scenes.backgrounds import Backdrop, Zone
from twobranch.corpus.emoji_scenes.planning import Plan, Wish
from twobranch.corpus.emoji_scenes.scene import LARGEST, PICTURE, SMALLEST, Box, Thing, overlap
from twobranch.corpus.emoji_scenes.sprites import expected_size, sprite

WIDTH, HEIGHT = PICTURE
MARGIN = 4
"""Pixels between an object and the picture's edge."""

MOST_OVERLAP = 0.12
"""Largest part of the smaller of two boxes that they may have in common."""

TRIES = 30
"""Positions tried for one object before the whole scene is laid out anew."""

CLEARLY_APART = 0.22
"""Twins that only their place tells apart are at least this part of the picture apart, sideways or up and down."""

SIZE_RATIO = 1.5
"""Twins that their size tells apart differ at least so much in extent; other twins differ at most `SAME_SIZE`."""

SAME_SIZE = 1.15


def lay_out(rng: random.Random, backdrop: Backdrop, plan: Plan) -> tuple[Thing, ...] | None:
    """Place all objects of a plan; None where one finds no place. The result is in painting order, far ones first."""
    placed: list[Thing] = []
    by_wish: dict[int, Thing] = {}
    for at in sorted(range(len(plan.wishes)), key=lambda at: (plan.wishes[at].twin_of is not None, rng.random())):
        wish = plan.wishes[at]
        source = None if wish.twin_of is None else by_wish[wish.twin_of]
        thing = _place(rng, backdrop, wish, source, placed, plan.twin)
        if thing is None:
            return None
        by_wish[at] = thing
        placed.append(thing)
    return tuple(sorted(placed, key=lambda thing: (thing.rest != "air", thing.box[3])))


def _place(
    rng: random.Random, backdrop: Backdrop, wish: Wish, source: Thing | None, others: list[Thing], twin: str
) -> Thing | None:
    zones = [zone for zone in backdrop.zones if wish.kind.lives(zone.accepts)]
    if source is not None:
        zones = [zone for zone in zones if zone.rest == source.rest] or zones
    weights = [zone.weight for zone in zones]
    mirrored = source.mirrored if source else wish.kind.mirror and rng.random() < 0.5
    for _ in range(TRIES):
        zone = rng.choices(zones, weights)[0]
        y = rng.uniform(zone.top, zone.bottom)
        longest = source.longest * wish.factor if source else wish.kind.size * zone.scale(y) * rng.uniform(0.82, 1.18)
        thing = _thing(wish, zone, mirrored, longest, rng.random(), y, others)
        if thing is not None and (source is None or told_apart(thing, source, twin)):
            return thing
    return None


def _thing(
    wish: Wish, zone: Zone, mirrored: bool, longest: float, across: float, y: float, others: list[Thing]
) -> Thing | None:
    """The object with its exact box; None where it is of a wrong size, leaves its zone or covers another."""
    color = wish.color if wish.kind.drawn else None
    # Scaling a sprite costs far more than these checks, and most positions fail them.
    if not _fits(_box(expected_size(wish.kind, color, longest), zone, across, y), zone, others):
        return None
    box = _box(sprite(wish.kind, color, longest, mirrored).size, zone, across, y)
    return Thing(wish.kind, wish.color, mirrored, longest, box, zone.rest) if _fits(box, zone, others) else None


def _box(size: tuple[float, float], zone: Zone, across: float, y: float) -> Box:
    width, height = round(size[0]), round(size[1])
    x0 = round(MARGIN + across * (WIDTH - 2 * MARGIN - width))
    y0 = round(y - height / 2) if zone.rest == "air" else round(y - height)
    return x0, y0, x0 + width, y0 + height


def _fits(box: Box, zone: Zone, others: list[Thing]) -> bool:
    x0, y0, x1, y1 = box
    wide, tall = (x1 - x0) / WIDTH, (y1 - y0) / HEIGHT
    lowest = zone.bottom if zone.rest == "air" else HEIGHT - MARGIN
    return (
        SMALLEST <= wide <= LARGEST
        and SMALLEST <= tall <= LARGEST
        and y0 >= MARGIN
        and y1 <= lowest
        and all(overlap(box, other.box) <= MOST_OVERLAP for other in others)
    )


def told_apart(a: Thing, b: Thing, by: str) -> bool:
    """Whether two objects of one kind differ clearly in what is to tell them apart, and in size only if by size."""
    ratio = max(a.extent, b.extent) / min(a.extent, b.extent)
    if by == "size":
        return ratio >= SIZE_RATIO
    if by == "color":
        return ratio <= SAME_SIZE and a.color != b.color
    dx, dy = abs(a.center[0] - b.center[0]) / WIDTH, abs(a.center[1] - b.center[1]) / HEIGHT
    return ratio <= SAME_SIZE and max(dx, dy) >= CLEARLY_APART
