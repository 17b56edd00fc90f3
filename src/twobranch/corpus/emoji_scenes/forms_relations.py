"""Sentence forms that say where things are: beside, above, in front of, between, in a corner; and how twins differ."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from twobranch.corpus.emoji_scenes.nouns import NUMBERS, Describer, Mention
from twobranch.corpus.emoji_scenes.relations import above, between, corner, in_front_of, left_of, next_to
from twobranch.corpus.emoji_scenes.scene import Thing
from twobranch.corpus.emoji_scenes.wording import Sentence, sentence

Relation = Callable[[Thing, Thing], bool]


def _pair(say: Describer, holds: Relation, there: tuple[str, ...], back: tuple[str, ...]) -> Sentence | None:
    """A sentence on one pair of objects for which a relation holds, said from either side.

    Words such as "the left car" are avoided where the relation is left or right, or the two are of one kind.
    """
    able = [(a, b) for a, b in itertools.permutations(range(len(say.things)), 2) if holds(say.things[a], say.things[b])]
    if not able:
        return None
    a, b = say.rng.choice(able)
    words = say.rng.choice(there)
    if say.rng.random() < 0.5:
        a, b, words = b, a, say.rng.choice(back)
    by_place = holds is not left_of and say.things[a].kind != say.things[b].kind
    first, second = say.one(a, by_place=by_place), say.one(b, by_place=by_place)
    if first is None or second is None:
        return None
    does = say.things[a].kind.verb
    place = f" {say.place([a, b])}" if say.rng.random() < 0.25 else ""
    return say.rng.choice(
        (
            sentence(first, f" {does} {words} ", second, place),
            sentence(first, f" {does} {words} ", second),
            sentence(first, f" {words} ", second, place),
        )
    )


def sideways(say: Describer) -> Sentence | None:
    """For example: A cat stands to the left of a big tree."""
    return _pair(say, left_of, ("to the left of", "left of"), ("to the right of", "right of"))


def stacked(say: Describer) -> Sentence | None:
    """For example: A balloon floats above a house."""
    return _pair(say, above, ("above", "over"), ("below", "under"))


def beside(say: Describer) -> Sentence | None:
    """For example: A dog stands next to a bucket."""
    return _pair(say, next_to, ("next to", "beside", "close to"), ("next to", "beside", "close to"))


def depth(say: Describer) -> Sentence | None:
    """For example: A rabbit sits in front of a tent."""
    return _pair(say, in_front_of, ("in front of",), ("behind",))


def middle(say: Describer) -> Sentence | None:
    """For example: A gift is between a chair and a teddy bear."""
    able = [
        (a, b, c)
        for a, b, c in itertools.permutations(range(len(say.things)), 3)
        if between(say.things[a], say.things[b], say.things[c])
    ]
    if not able:
        return None
    a, b, c = say.rng.choice(able)
    if say.rng.random() < 0.5:
        b, c = c, b
    inner, first, second = (say.one(at, by_place=False) for at in (a, b, c))
    if inner is None or first is None or second is None:
        return None
    return sentence(inner, f" {say.things[a].kind.verb} between ", first, " and ", second)


def corners(say: Describer) -> Sentence | None:
    """For example: A kite is at the top left, and a dog is on the right."""
    able = [
        (mention, where)
        for at, thing in enumerate(say.things)
        if (where := corner(thing)) and (mention := say.one(at, by_place=False))
    ]
    if not able:
        return None
    (first, there), *more = say.rng.sample(able, min(2, len(able)))
    if not more or say.rng.random() < 0.3:
        return say.rng.choice(
            (sentence(f"{there} of the picture there is ", first), sentence(first, f" {there} of the picture"))
        )
    second, elsewhere = more[0]
    if elsewhere == there:
        return sentence(first, " and ", second, f" are {there}")
    return say.rng.choice(
        (
            sentence(first, f" is {there}, and ", second, f" is {elsewhere}"),
            sentence(f"{there} there is ", first, f", {elsewhere} ", second),
            sentence(first, f" {there} and ", second, f" {elsewhere}"),
        )
    )


def twins(say: Describer) -> Sentence | None:
    """For example: One of the two cars is red, the other one is blue."""
    for name, many in say.of_kind.items():
        which = tuple(at for at, thing in enumerate(say.things) if thing.kind.name == name)
        if many != 2:
            continue
        a, b = (say.things[at] for at in which)
        both = Mention(f"the two {a.kind.nouns}", which)
        if a.color and b.color and a.color != b.color:
            two = Mention(f"{NUMBERS[2]} {a.kind.nouns}", which)
            return say.rng.choice(
                (
                    sentence("one of ", both, f" is {a.color}, the other one is {b.color}"),
                    sentence(two, f", one {a.color} and one {b.color}, {say.place(which)}"),
                )
            )
        if say.scene.twin == "size":
            return say.rng.choice(
                (
                    sentence("one of ", both, " is much bigger than the other one"),
                    sentence(Mention(f"a big and a small {name}", which), f" {say.place(which)}"),
                )
            )
    return None
