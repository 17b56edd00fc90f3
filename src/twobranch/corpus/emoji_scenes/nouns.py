"""Noun phrases that denote exactly the objects they are meant for: "the smaller dog", "two red cars"."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from twobranch.corpus.emoji_scenes.kinds import CATEGORIES
from twobranch.corpus.emoji_scenes.layout import SIZE_RATIO
from twobranch.corpus.emoji_scenes.relations import left_of, next_to
from twobranch.corpus.emoji_scenes.scene import PICTURE, Scene, Thing

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven")


@dataclass(frozen=True)
class Mention:
    """A noun phrase and the numbers of the objects, in `Scene.things`, that it denotes."""

    text: str
    things: tuple[int, ...]

    @property
    def plural(self) -> bool:
        """Whether it denotes several objects."""
        return len(self.things) > 1


def article(words: str) -> str:
    """The words with "a" or "an" before them.

    Example:
        >>> article("orange cat"), article("UFO"), article("big dog")
        ('an orange cat', 'a UFO', 'a big dog')
    """
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


class Describer:
    """Finds noun phrases for the objects of one scene."""

    def __init__(self, scene: Scene, rng: random.Random) -> None:
        self.scene, self.rng, self.things = scene, rng, scene.things
        self.of_kind = Counter(thing.kind.name for thing in scene.things)

    def place(self, things: Iterable[int] | None = None) -> str:
        """Words for where these objects are (None: the whole scene), such as "on a beach" or "above the sea"."""
        backdrop = self.scene.backdrop
        rests = {self.things[at].rest for at in things} if things is not None else set()
        special = backdrop.special.get(rests.pop(), ()) if len(rests) == 1 else ()
        return self.rng.choice(special or backdrop.places)

    def scenery(self) -> str:
        """A noun phrase for the place, such as "a sandy beach"."""
        return self.rng.choice(self.scene.backdrop.sceneries)

    def one(self, at: int, *, by_place: bool = True) -> Mention | None:
        """A phrase for one object; None where no words tell it apart from its twins.

        Args:
            at: its number.
            by_place: whether its place may tell it apart; not where the sentence speaks of its place already.
        """
        thing = self.things[at]
        name = thing.kind.name
        if self.of_kind[name] == 1:
            return Mention(article(self._adorned(thing)), (at,))
        same = [other for n, other in enumerate(self.things) if n != at and other.kind == thing.kind]
        ways = [*_by_color(thing, same), *_by_size(thing, same)]
        if by_place:
            ways += [*_by_place(thing, same), *self._by_neighbor(at, same)]
        return Mention(self.rng.choice(ways), (at,)) if ways else None

    def _adorned(self, thing: Thing) -> str:
        """The noun with its color, its size, both or neither."""
        color, size = thing.color, thing.size_word
        words = [
            size if size and self.rng.random() < 0.55 else None,
            color if color and self.rng.random() < 0.65 else None,
        ]
        return " ".join([word for word in words if word] + [thing.kind.name])

    def _by_neighbor(self, at: int, same: Sequence[Thing]) -> list[str]:
        """For example "the dog next to the house", where only one dog is near the only house."""
        thing = self.things[at]
        return [
            f"the {thing.kind.name} next to the {mark.kind.name}"
            for mark in self.things
            if self.of_kind[mark.kind.name] == 1
            and next_to(thing, mark)
            and all(abs(other.center[0] - mark.center[0]) > 0.3 * PICTURE[0] for other in same)
        ]

    def all_of(self, which: Sequence[int]) -> Mention:
        """A phrase for all objects of a kind, such as "two dogs", with their color where they share one."""
        colors = {self.things[at].color for at in which}
        shared = next(iter(colors)) if len(colors) == 1 and self.rng.random() < 0.6 else None
        nouns = self.things[which[0]].kind.nouns
        return Mention(f"{NUMBERS[len(which)]} {f'{shared} ' if shared else ''}{nouns}", tuple(which))

    def all_in(self, category: str) -> Mention | None:
        """A phrase such as "three animals" for all objects of a category; None where there are fewer than two."""
        which = tuple(at for at, thing in enumerate(self.things) if thing.kind.category == category)
        return Mention(f"{NUMBERS[len(which)]} {CATEGORIES[category][1]}", which) if len(which) > 1 else None

    def units(self) -> list[list[int]]:
        """The objects by kind, in random order: what a list of "two dogs, a cat and a tree" goes through."""
        names = list(self.of_kind)
        self.rng.shuffle(names)
        return [[at for at, thing in enumerate(self.things) if thing.kind.name == name] for name in names]

    def indefinite(self, at: int) -> Mention | None:
        """A phrase with "a", as in a list of what is there; None for a twin that has neither its own color nor size."""
        thing = self.things[at]
        if self.of_kind[thing.kind.name] == 1:
            return self.one(at)
        same = [other for n, other in enumerate(self.things) if n != at and other.kind == thing.kind]
        ways = [way for way in (*_by_color(thing, same), *_by_size(thing, same)) if way.startswith(("a ", "an "))]
        return Mention(self.rng.choice(ways), (at,)) if ways else None

    def unit(self, which: Sequence[int]) -> list[Mention]:
        """Phrases for all objects of one kind: one for them together, or one each where color or size tells."""
        if len(which) == 1 or self.rng.random() < 0.5:
            each = [mention for at in which if (mention := self.indefinite(at))]
            if len(each) == len(which):
                return each
        return [self.all_of(which)]


def _by_color(thing: Thing, same: Sequence[Thing]) -> list[str]:
    if thing.color is None or any(other.color == thing.color for other in same):
        return []
    noun = f"{thing.color} {thing.kind.name}"
    return [article(noun), f"the {noun}"]


def _by_size(thing: Thing, same: Sequence[Thing]) -> list[str]:
    name = thing.kind.name
    pair = len(same) == 1
    if all(thing.extent >= SIZE_RATIO * other.extent for other in same):
        return [f"the bigger {name}", f"a big {name}", f"the larger {name}"] if pair else [f"the biggest {name}"]
    if all(other.extent >= SIZE_RATIO * thing.extent for other in same):
        return [f"the smaller {name}", f"a small {name}"] if pair else [f"the smallest {name}"]
    return []


def _by_place(thing: Thing, same: Sequence[Thing]) -> list[str]:
    """Left and right where the twins are clearly beside each other, upper and lower where clearly stacked."""
    name = thing.kind.name
    pair = len(same) == 1
    ways = []
    if all(left_of(thing, other) for other in same):
        ways += [f"the {name} on the left", f"the left {name}"] if pair else [f"the leftmost {name}"]
    if all(left_of(other, thing) for other in same):
        ways += [f"the {name} on the right", f"the right {name}"] if pair else [f"the rightmost {name}"]
    if pair and all(other.center[1] - thing.center[1] > 0.2 * PICTURE[1] for other in same):
        ways.append(f"the upper {name}")
    if pair and all(thing.center[1] - other.center[1] > 0.2 * PICTURE[1] for other in same):
        ways.append(f"the lower {name}")
    return ways
