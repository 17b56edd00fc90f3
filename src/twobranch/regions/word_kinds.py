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

from twobranch.regions import english_words as english

_CLOSED: dict[str, str] = {
    **dict.fromkeys(english.ADVERBS, "R"),
    **dict.fromkeys(english.CONJUNCTIONS, "C"),
    **dict.fromkeys(english.AUXILIARIES, "B"),
    **dict.fromkeys(english.PREPOSITIONS, "P"),
    **dict.fromkeys(english.CLAUSE_WORDS, "X"),
    **dict.fromkeys(english.NUMBERS, "#"),
    **dict.fromkeys(english.DETERMINERS, "D"),
    **dict.fromkeys(english.PRONOUNS, "U"),
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
    lower = [word.lower() for word in sentence]
    kinds = ""
    for place in range(len(lower)):
        kinds += _kind(lower, place, kinds)
    return kinds


def _kind(lower: list[str], place: int, before: str) -> str:
    """The kind of one word, from it, its neighbors and the kinds of the words before it."""
    word = lower[place]
    if not any(character.isalnum() for character in word) and word != "&":
        return "," if word == "," else "S" if word in ("'", "’") and before.endswith("N") else "X"
    if (_at(lower, place - 1), word) in _EACH_OTHER or (word, _at(lower, place + 1)) in _EACH_OTHER:
        return "X"
    due = _DUE.search(before) is not None
    if word in english.PLACES:
        return _place(lower, place, before, due)
    if word in _CLOSED or word.replace(",", "").replace(".", "").isdigit():
        return _closed(lower, place, before)
    if word.endswith(("n't", "n’t")):  # "isn't"
        return "B"
    if word.endswith("ly") and word not in english.NOT_ADVERBS:
        return "R"
    if word in english.COLORS:
        return "K"
    if word in english.ADJECTIVES:
        return "J"
    if word.endswith("ing") and len(word) > 4 and word not in english.NOUNS_IN_ING:
        return _in_ing(lower, place, before, due)
    if word in english.IRREGULAR or (word.endswith("ed") and len(word) > 3 and word not in english.NOUNS_IN_ED):
        return _participle(lower, place, before, due)
    if word in english.SPORTS and not due and _at(lower, place + 1) in english.ACTIVITIES:
        return "R"
    return _noun_or_verb(lower, place, before, due)


def _closed(lower: list[str], place: int, before: str) -> str:
    """Words of closed classes, of which some are of two."""
    word = lower[place]
    if word in english.PRONOUNS:  # "one dog", "another man", but "one stands", "another running"
        alone = not _goes_on(lower, place) or (word in english.SINGULAR and _is_verb_in_s(_at(lower, place + 1)))
        return "U" if alone or word not in english.DETERMINERS | english.NUMBERS else _CLOSED_OPENING.get(word, "D")
    if word == "all" and not _goes_on(lower, place) and _CLOSED.get(_at(lower, place + 1)) not in ("D", "#"):
        return "R"
    if word == "her" and not _goes_on(lower, place):
        return "X"
    if word == "of" and before[-1:] in ("P", ""):  # "out of"
        return "P"
    return _CLOSED.get(word, "#")


_CLOSED_OPENING = {"one": "#"}


def _place(lower: list[str], place: int, before: str, due: bool) -> str:
    """Words such as "front" and "back": a thing after a determiner, part of a preposition elsewhere."""
    if due:
        return "J" if _goes_on(lower, place) else "N"
    if before.endswith("N") and _at(lower, place + 1) not in ("of", ""):
        return "P" if lower[place] in english.PARTICLES_OF_PLACE else "N"
    return "P" if lower[place] in english.PARTICLES_OF_PLACE or _at(lower, place + 1) == "of" else "N"


def _in_ing(lower: list[str], place: int, before: str, due: bool) -> str:
    """Words in -ing: "a smiling man", "a painting", "swimming trunks", "a rock climbing wall", "a man smiling"."""
    if due:
        return "J" if _goes_on(lower, place) else "N"
    if lower[place] in english.ACTIVITIES and _at(lower, place + 1) in english.NOUNS_AFTER_ACTIVITIES:
        return "G" if before.endswith("N") else "J"
    return "J" if not before and _goes_on(lower, place) else "V"


def _participle(lower: list[str], place: int, before: str, due: bool) -> str:
    """Participles and past forms: "a covered bridge", "a snow covered hill", "a man covered in snow"."""
    goes_on = _goes_on(lower, place)
    if due:
        joined = _at(lower, place + 1) in (",", "and") and _goes_on(lower, place + 1)
        return "J" if goes_on or joined else "N"
    if not goes_on or lower[place] in english.IRREGULAR or before.rstrip("R").endswith("B"):
        return "V"
    return "G" if before.endswith("N") else "J" if before[-1:] in ("", "P", "V", "C", "O") else "V"


def _noun_or_verb(lower: list[str], place: int, before: str, due: bool) -> str:
    """Words that are a noun or a verb, or in no list: "a run", "the dog runs", "two dogs run", "wants to run"."""
    word, previous, after = lower[place], _at(lower, place - 1), _at(lower, place + 1)
    if due:  # no adjective stands after a noun, so that what stands before one is none: "a grayish brown dog"
        described = after in english.COLORS or after in english.ADJECTIVES or before.endswith((",", "C"))
        if previous == "other" and _is_verb_in_s(word) and after in _CLOSED:  # "the other watches"
            return "V"
        return "J" if described and _goes_on(lower, place) and (after in english.COLORS or _goes_on(lower, place + 1)) else "N"
    takes_object = _CLOSED.get(after) == "D" or after in ("him", "it", "them", "her")
    if previous == "to" and (word in english.VERBS or takes_object):
        return "V"
    in_s, nominal = _is_verb_in_s(word), word in english.NOUNS_BEFORE_VERBS
    if before.endswith(("N", "U", "K")):
        if nominal and not takes_object and _CLOSED.get(after) not in ("P", "R") and previous not in english.PERSONS:
            return "N"
        if in_s or (takes_object and after not in english.PRONOUNS):
            return "V"
        many = _COORDINATED.search(before) is not None and not _goes_on(lower, place)
        many = many or _is_plural(previous) or previous in english.PERSONS
        return "V" if many and word in english.VERBS else "N"
    if before.endswith("X") and word.endswith("s") and (takes_object or _CLOSED.get(after) == "P"):
        return "V"
    if not in_s and word not in english.VERBS:
        return "N"
    if before[-1:] in ("X", "R", "B"):  # "he runs", "can run", but "has paint"
        return "N" if previous in english.OWNING else "V"
    return "V" if before.endswith(("C", ",")) and not nominal else "N"


def _is_plural(word: str) -> bool:
    return (word.endswith("s") and not word.endswith(("ss", "us"))) or word in english.PLURALS


def _is_verb_in_s(word: str) -> bool:
    """Whether a word is the third person of a frequent verb: "runs", "catches", "carries"."""
    if not word.endswith("s"):
        return False
    stems = {word[:-1], word.removesuffix("es"), word.removesuffix("ies") + "y"}
    return not stems.isdisjoint(english.VERBS) and word not in english.VERBS


def _goes_on(lower: list[str], place: int) -> bool:
    """Whether the next word can belong to the same noun phrase: a noun or what stands before one, by itself."""
    word = _at(lower, place + 1)
    if not word or not word[0].isalnum() or word in _CLOSED:
        return word in english.NUMBERS
    if word.endswith("ing") and len(word) > 4 and word not in english.NOUNS_IN_ING:
        return word in english.ACTIVITIES and _at(lower, place + 2) in english.NOUNS_AFTER_ACTIVITIES
    return not word.endswith("ly") or word in english.NOT_ADVERBS


def _at(lower: list[str], place: int) -> str:
    return lower[place] if 0 <= place < len(lower) else ""
