"""Sentence forms that say what is there: lists, counts, totals, what a person would type into a search box."""

from __future__ import annotations

from twobranch.corpus.emoji_scenes.kinds import CATEGORIES
from twobranch.corpus.emoji_scenes.nouns import Describer, Mention, article
from twobranch.corpus.emoji_scenes.wording import Sentence, listed, sentence, verb


def _frame(say: Describer, mentions: list[Mention]) -> Sentence:
    """A list of mentions in one of several frames, with the place."""
    parts = listed(mentions)
    place = say.place(at for mention in mentions for at in mention.things)
    there = "there are " if mentions[0].plural else "there is "
    frames: tuple[list[str | Mention], ...] = (
        [*parts, f" {place}"],
        [there, *parts, f" {place}"],
        [f"{place}, {there}", *parts],
        [f"{say.scenery()} with ", *parts],
        [f"a picture of {say.scenery()} with ", *parts],
    )
    return sentence(*say.rng.choice(frames))


def _mentions(say: Describer, units: list[list[int]]) -> list[Mention]:
    return [mention for which in units for mention in say.unit(which)]


def everything(say: Describer) -> Sentence | None:
    """For example: Two cars, a brown dog and a big tree in a meadow."""
    return _frame(say, _mentions(say, say.units()))


def some(say: Describer) -> Sentence | None:
    """The same with two or three kinds only."""
    units = say.units()
    count = say.rng.choice((2, 2, 3))
    return _frame(say, _mentions(say, units[:count])) if len(units) > count else None


def single(say: Describer) -> Sentence | None:
    """One object, what it does and where, for example: A red crab is on a beach."""
    at = say.rng.randrange(len(say.things))
    mention = say.one(at)
    return sentence(mention, f" {say.things[at].kind.verb} {say.place([at])}") if mention else None


def counts(say: Describer) -> Sentence | None:
    """For example: There are three red fish under water."""
    many = [which for which in say.units() if len(which) > 1]
    if not many:
        return None
    which = say.rng.choice(many)
    mention, place = say.all_of(which), say.place(which)
    return say.rng.choice(
        (
            sentence("there are ", mention, f" {place}"),
            sentence(mention, f" {verb(say.things[which[0]].kind.verb, True)} {place}"),
            sentence("you can count ", mention, " in this picture"),
        )
    )


def totals(say: Describer) -> Sentence | None:
    """For example: Four animals in a meadow, among them a brown cow."""
    able = [mention for category in CATEGORIES if category != "things" and (mention := say.all_in(category))]
    if not able:
        return None
    total = say.rng.choice(able)
    place = say.place(total.things)
    made = [sentence(f"{say.scenery()} with ", total), sentence("there are ", total, f" {place}")]
    member = say.indefinite(say.rng.choice(total.things))
    if member and len(total.things) > 2:
        made += [sentence(total, f" {place}, among them ", member)] * 2
    rest = [at for at in range(len(say.things)) if at not in total.things]
    other = say.indefinite(say.rng.choice(rest)) if rest else None
    if other:
        made += [sentence(total, " and ", other, f" {say.place()}")] * 2
    return say.rng.choice(made)


def query(say: Describer) -> Sentence | None:
    """What a person would type: "red car and dog at the beach", without articles."""
    able = [mention for at in range(len(say.things)) if (mention := say.indefinite(at))]
    if not able:
        return None
    chosen = say.rng.sample(able, min(len(able), say.rng.choice((1, 2, 2, 3))))
    bare = [Mention(mention.text.split(" ", 1)[1], mention.things) for mention in chosen]
    return sentence(*listed(bare), f" {say.place(at for mention in bare for at in mention.things)}", end="")


def biggest(say: Describer) -> Sentence | None:
    """Which object is the biggest, where one clearly is."""
    order = sorted(range(len(say.things)), key=lambda at: -say.things[at].extent)
    first, second = say.things[order[0]], say.things[order[1]]
    if first.extent < 1.25 * second.extent or say.of_kind[first.kind.name] > 1:
        return None
    words = f"{first.color} {first.kind.name}" if first.color and say.rng.random() < 0.6 else first.kind.name
    return sentence("the biggest object in the picture is ", Mention(article(words), (order[0],)))
