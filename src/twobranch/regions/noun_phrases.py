"""The noun phrases of a caption: what it says is in the picture, and so what can be looked for there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from twobranch.regions.word_kinds import word_kinds

_WORD = re.compile(r"'s\b|[^\W_](?:[^\W_]|[-'’.&](?!s\b)(?=[^\W_]))*|[^\w\s]|_+")
_JOIN = r"(?:,C|C|,)"
_ADJECTIVES = rf"(?:(?:R?[JK]|N+G)+(?:{_JOIN}(?:R?[JK])+)*)"
_NOUNS = rf"[D#]*R?{_ADJECTIVES}?N+"
_ONE = rf"{_NOUNS}(?:S#*{_ADJECTIVES}?N+)*"
_PHRASE = re.compile(
    rf"(?:{_ONE}|U|[D#]+J*(?=O))(?:O(?:{_ONE}|K))?"  # "a group of people", "the man 's hat", "one of the dogs"
    rf"|[D#]+{_ADJECTIVES}|#(?=[VB])"  # "the other", "a red and a blue"
    rf"|(?<=[PVO])K(?:{_JOIN}?K)*"  # "dressed in black and white"
)


@dataclass(frozen=True)
class Phrase:
    """A piece of a text.

    Attributes:
        text: its words, as written.
        start: its first character in the text.
        end: the character after its last.
    """

    text: str
    start: int
    end: int


def noun_phrases(text: str) -> list[Phrase]:
    words = list(_WORD.finditer(text))
    kinds = word_kinds([word.group() for word in words])
    found = [(words[match.start()].start(), words[match.end() - 1].end()) for match in _PHRASE.finditer(kinds)]
    return [Phrase(text[start:end], start, end) for start, end in found]
