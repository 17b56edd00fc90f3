"""What is true of the places of objects: left of, above, next to, in front of, between, where in the picture.

Each test is strict: it says yes only where a person who looks at the picture would agree.
"""

from __future__ import annotations

from twobranch.corpus.emoji_scenes.scene import PICTURE, Thing

WIDTH, HEIGHT = PICTURE
CLEAR = 0.12
"""Centers must differ by this part of the picture before one object is called left of or above another."""


def left_of(a: Thing, b: Thing) -> bool:
    """Whether `a` is clearly to the left of `b`: it ends before `b` begins, give or take a few pixels."""
    return a.box[2] <= b.box[0] + 5 and b.center[0] - a.center[0] >= CLEAR * WIDTH


def above(a: Thing, b: Thing) -> bool:
    """Whether `a`, in the air, is over `b`; of two objects on the ground the farther one is not "above"."""
    over = a.box[3] <= b.box[1] + 4 and b.center[1] - a.center[1] >= CLEAR * HEIGHT
    return a.rest == "air" and over and abs(a.center[0] - b.center[0]) <= 0.15 * WIDTH


def next_to(a: Thing, b: Thing) -> bool:
    """Whether two objects are side by side with little room between."""
    gap = max(a.box[0], b.box[0]) - min(a.box[2], b.box[2])
    level = abs(a.center[1] - b.center[1]) <= 0.13 * HEIGHT and (a.rest == "air") == (b.rest == "air")
    return -6 <= gap <= 0.07 * WIDTH and level


def in_front_of(a: Thing, b: Thing) -> bool:
    """Whether `a` stands nearer to the viewer than `b` and about in the same line of sight."""
    if a.rest != "ground" or b.rest != "ground":
        return False
    common = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    narrower = min(a.box[2] - a.box[0], b.box[2] - b.box[0])
    nearer = a.box[3] - b.box[3]
    return common >= 0.5 * narrower and 0.07 * HEIGHT <= nearer <= 0.35 * HEIGHT


def between(a: Thing, left: Thing, right: Thing) -> bool:
    """Whether `a` is between the two, all three about on one level."""
    level = all(abs(a.center[1] - other.center[1]) <= 0.16 * HEIGHT for other in (left, right))
    return level and left_of(left, a) and left_of(a, right)


def corner(thing: Thing) -> str | None:
    """Where an object is in the picture, such as "at the top left"; None where it is not clearly anywhere."""
    x, y = thing.center[0] / WIDTH, thing.center[1] / HEIGHT
    side = "left" if x < 0.3 else "right" if x > 0.7 else ""
    level = "top" if y < 0.29 else "bottom" if y > 0.71 else ""
    if side and level:
        return f"at the {level} {side}"
    if side:
        return f"on the {side}"
    if 0.42 <= x <= 0.58:
        return f"at the {level}" if level else "in the middle" if 0.38 <= y <= 0.62 else None
    return None
