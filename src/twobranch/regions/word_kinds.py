"""What part each word of an English caption plays, by rules: lists of words, endings, and the words around.

The kinds are letters, so that a sentence is a string of them, and a phrase a pattern in it:

    D determiner, possessive, quantifier    N noun                              V verb    B auxiliary
    # number                                U pronoun for a thing in sight      R adverb
    J adjective                             S 's                                P preposition, particle
    K color, which can stand for a thing    O of                                C and, or    , comma
    G participle after a noun: snow covered                                     X anything else

X are the pronouns that name nothing of their own, the words that join clauses, and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from twobranch.regions import english_words as english

_CLOSED: dict[str, str] = {
    **dict.fromkeys(english.ADVERBS, "R"),
    **dict.fromkeys(english.CONJUNCTIONS, "C"),
    **dict.fromkeys(english.AUXILIARIES, "B"),
    **dict.fromkeys(english.PREPOSITIONS, "P"),
    **dict.fromkeys(english.CLAUSE_WORDS, "X"),
    **dict.fromkeys(english.PRONOUNS, "U"),
    **dict.fromkeys(english.DETERMINERS, "D"),
    **dict.fromkeys(english.NUMBERS, "#"),
    "of": "O",
    "'s": "S",
    "’s": "S",
}
"""The kind of each word of a closed class, before its context is looked at."""

_EACH_OTHER = (("each", "other"), ("one", "another"))

_DUE = re.compile(r"(?:[D#S]R?[JK]*(?:[JK](?:,C?|C)R?[JK]*)?|J[JK]*)R?$")
"""A noun phrase has been opened, and its noun has not come yet. A color alone does not open one: "in red running"."""
_COORDINATED = re.compile(r"N[R,]*C[D#]*[JK]*N+$|#[JK]*N+$")
"""Nouns that are more than one: "a man and a dog", "two deer"."""


def word_kinds(sentence: Sequence[str]) -> str:
    """The kind of each word of a sentence, one letter per word.

    Args:
        sentence: words and punctuation marks, in order.

    Example:
        >>> word_kinds("A man swimming near a swimming pool .".split())
        'DNVPDJNX'
        >>> word_kinds("Two boys jump over the jump".split())
        '#NVPDN'
    """
    words = tuple(word.lower() for word in sentence)
    kinds = ""
    for place in range(len(words)):
        kinds += _kind(_Place(words, place, kinds))
    return kinds


@dataclass(frozen=True)
class _Place:
    """A word where it stands: the words of the sentence in lower case, which of them, the kinds of those before it."""

    words: tuple[str, ...]
    number: int
    kinds: str

    def at(self, offset: int) -> str:
        """The word so many places on; empty beyond the ends."""
        number = self.number + offset
        return self.words[number] if 0 <= number < len(self.words) else ""

    @property
    def word(self) -> str:
        return self.words[self.number]

    @property
    def next_kind(self) -> str:
        """The kind of the next word where it is of a closed class; else empty."""
        return _CLOSED.get(self.at(1), "")

    @property
    def due(self) -> bool:
        """Whether the noun of a phrase that was opened has not come yet."""
        return _DUE.search(self.kinds) is not None

    def goes_on(self, offset: int = 1) -> bool:
        """Whether the next word, by itself, can be a noun or stand before one in the same phrase."""
        word = self.at(offset)
        if not word or not word[0].isalnum() or word in _CLOSED:
            return word in english.NUMBERS
        if _is_in_ing(word):
            return word in english.ACTIVITIES and self.at(offset + 1) in english.NOUNS_AFTER_ACTIVITIES
        return not word.endswith("ly") or word in english.NOT_ADVERBS


def _kind(place: _Place) -> str:
    word = place.word
    if word != "&" and not any(character.isalnum() for character in word):
        return "," if word == "," else "S" if word in ("'", "’") and place.kinds.endswith("N") else "X"
    if (place.at(-1), word) in _EACH_OTHER or (word, place.at(1)) in _EACH_OTHER:
        return "X"
    if word in english.PLACES:
        return _front_or_back(place)
    if word in _CLOSED or word.replace(",", "").replace(".", "").isdigit():
        return _closed(place)
    if word.endswith(("n't", "n’t")):  # "isn't"
        return "B"
    if word.endswith("ly") and word not in english.NOT_ADVERBS:
        return "R"
    if word in english.COLORS:
        return "K"
    if word in english.ADJECTIVES:
        ends = not place.goes_on() or _is_verb_in_s(place.at(1))
        return "N" if word in english.ADJECTIVE_NOUNS and ends and place.kinds[-1:] in ("N", "P", "O") else "J"
    if _is_in_ing(word):
        return _in_ing(place)
    if word in english.IRREGULAR or (word.endswith("ed") and len(word) > 3 and word not in english.NOUNS_IN_ED):
        return _participle(place)
    if word in english.SPORTS and place.at(1) in english.ACTIVITIES and not place.due:
        return "R"
    return _noun_or_adjective(place) if place.due else _noun_or_verb(place)


def _closed(place: _Place) -> str:
    """Words of closed classes, some of which are of two."""
    word, goes_on = place.word, place.goes_on()
    if word in english.PRONOUNS and (
        not goes_on  # "one of the dogs"
        or word not in english.DETERMINERS | english.NUMBERS  # "someone"
        or (word in english.SINGULAR and _is_verb_in_s(place.at(1)))  # "another stands"
    ):
        return "U"
    if word == "all" and not goes_on and place.next_kind not in ("D", "#"):  # "they are all wearing hats"
        return "R"
    if word == "her" and not goes_on:
        return "X"
    if word == "of" and place.kinds[-1:] in ("P", ""):  # "out of"
        return "P"
    if word in english.PREPOSITIONS and place.kinds.endswith("D") and goes_on:  # "the next turn"
        return "J"
    return _CLOSED.get(word, "#")


def _front_or_back(place: _Place) -> str:
    """Words such as "front" and "back": a thing after a determiner, part of a preposition or an adverb elsewhere."""
    if place.word in ("left", "right") and place.at(1) == "of":  # "to the left of": nothing that can be looked for
        return "P"
    if place.due:
        return "J" if place.goes_on() and not _is_verb_in_s(place.at(1)) else "N"
    if place.word in english.PARTICLES_OF_PLACE:
        return "P"
    return "P" if place.at(1) == "of" and not place.kinds.endswith("N") else "N"


def _in_ing(place: _Place) -> str:
    """Words in -ing: "a smiling man", "a painting", "swimming trunks", "a rock climbing wall", "a man smiling"."""
    if place.due:
        return "J" if place.goes_on() else "N"
    if place.word in english.ACTIVITIES and place.at(1) in english.NOUNS_AFTER_ACTIVITIES:
        return "G" if place.kinds.endswith("N") else "J"
    return "J" if not place.kinds and place.goes_on() else "V"


def _participle(place: _Place) -> str:
    """Participles and past forms: "a covered bridge", "a snow covered hill", "a man covered in snow"."""
    goes_on = place.goes_on()
    if place.due:
        joined = place.at(1) in (",", "and") and place.goes_on(2)  # "a bearded , bald man"
        return "J" if goes_on or joined else "N"
    if not goes_on or place.word in english.IRREGULAR or place.kinds.rstrip("R").endswith("B"):
        return "V"
    return "G" if place.kinds.endswith("N") else "J" if place.kinds[-1:] in ("", "P", "V", "C", "O") else "V"


def _noun_or_adjective(place: _Place) -> str:
    """A word in no list where a noun is due: "a dog", but "a grayish brown dog", "a pink , floppy hat"."""
    if place.at(-1) == "other" and _is_verb_in_s(place.word) and place.at(1) in _CLOSED:  # "the other watches"
        return "V"
    if not place.goes_on():
        return "N"
    if place.at(1) in english.COLORS:  # no adjective stands after a noun
        return "J"
    joins = place.at(1) in english.ADJECTIVES or place.kinds.endswith((",", "C"))
    return "J" if joins and place.goes_on(2) else "N"


def _noun_or_verb(place: _Place) -> str:
    """A verb, or a word in no list, where no noun is due: "the dog runs", "wants to run", "doing tricks"."""
    word, last = place.word, place.kinds[-1:]
    takes_object = place.next_kind == "D" or place.at(1) in ("him", "it", "them", "her")
    if place.at(-1) == "to" and (word in english.VERBS or takes_object):
        return "V"
    if last and last in "NUK":
        return _after_noun(place, takes_object)
    if last == "X" and word.endswith("s") and (takes_object or place.next_kind == "P"):  # "who admires the sky"
        return "V"
    if not _is_verb_in_s(word) and word not in english.VERBS:
        return "N"
    if last and last in "XRB":
        return "N" if place.at(-1) in english.OWNING else "V"  # "can paint", but "has paint"
    if last == "," and not _is_verb_in_s(word) and not takes_object and place.next_kind not in ("P", "R"):
        return "N"  # "a toilet, sink and bathtub"
    return "V" if last and last in "C," and word not in english.NOUNS_BEFORE_VERBS else "N"


def _after_noun(place: _Place, takes_object: bool) -> str:
    """A word after a noun: its verb, or the next noun of a compound."""
    word, previous = place.word, place.at(-1)
    person = previous in english.PERSONS
    if word in english.NOUNS_BEFORE_VERBS and not takes_object and place.next_kind not in ("P", "R") and not person:
        return "N"
    if _is_verb_in_s(word) or (takes_object and place.at(1) not in english.PRONOUNS):
        return "V"
    if word not in english.VERBS:
        unknown_verb = _is_plural_subject(place) and not _is_plural(word) and place.next_kind in ("P", "R")
        return "V" if unknown_verb and _verb_is_missing(place) else "N"
    if person or _is_plural_subject(place):
        return "V"
    coordinated = _COORDINATED.search(place.kinds) is not None and not place.goes_on()
    return "V" if coordinated or _verb_is_missing(place) else "N"


def _is_plural_subject(place: _Place) -> bool:
    """Whether the noun before is a plural that a verb may follow: "dogs run", but "a sports bar"."""
    if place.at(-1) in english.PLURALS:
        return True
    opener = len(place.kinds.rstrip("NJKG")) - 1
    return _is_plural(place.at(-1)) and (opener < 0 or place.words[opener] not in ("a", "an", "another", "one"))


def _verb_is_missing(place: _Place) -> bool:
    """Whether a verb is due for a plural subject further before: "two boys in underwear play in"."""
    if place.next_kind not in ("P", "R", "D") or "V" in place.kinds or "B" in place.kinds:
        return False
    nouns = [number for number, kind in enumerate(place.kinds) if kind == "N"]
    return "C" in place.kinds or any(_is_plural(place.words[number]) for number in nouns)


def _is_in_ing(word: str) -> bool:
    return word.endswith("ing") and len(word) > 4 and word not in english.NOUNS_IN_ING


def _is_plural(word: str) -> bool:
    return (word.endswith("s") and not word.endswith(("ss", "us"))) or word in english.PLURALS


def _is_verb_in_s(word: str) -> bool:
    """Whether a word is the third person of a frequent verb: "runs", "catches", "carries"."""
    if not word.endswith("s") or word in english.VERBS:
        return False
    stems = {word[:-1], word.removesuffix("es"), word.removesuffix("ies") + "y"}
    return not stems.isdisjoint(english.VERBS)
