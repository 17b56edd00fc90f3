"""The noun phrases of an English caption: what it says is in the picture, and so what can be looked for there.

By rules, for English: `word_kinds` gives each word a letter, and a phrase is a pattern of letters. The rules follow the
phrases that people marked in the captions of Flickr30k Entities (docs/results.md, "Noun phrases"), with one difference:
"him", "it", "who", "each other" are marked there and left out here, for nothing can be looked for by such a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from twobranch.regions.word_kinds import word_kinds

_TOKEN = re.compile(
    r"['’]s\b"  # of "the man's hat", also where a space stands before it
    r"|[^\W_](?:[^\W_]|['’](?!s\b)(?=[^\W_])|[-.&](?=[^\W_]))*"  # "t-shirt", "don't"
    r"|[^\w\s]|_"
)
_JOIN = r"(?:,C|C|,)"
_ADJECTIVES = rf"(?:(?:R?[JK]|N+G)+(?:{_JOIN}(?:R?[JK])+)*)"
_NOUNS = rf"[D#]*R?{_ADJECTIVES}?N+"
_ONE = rf"{_NOUNS}(?:S#*{_ADJECTIVES}?N+)*"
_PHRASE = re.compile(
    rf"(?:{_ONE}|D*J*U|[D#]+J*(?=O))(?:O(?:{_ONE}|K))?"  # "a dog", "the man's hat", "one of the dogs"
    rf"|[D#]+{_ADJECTIVES}"  # "the other", "a red and a blue"
    rf"|(?<=[PVO])J*K(?:{_JOIN}?K)*"  # "dressed in black and white"
    r"|#(?=[VB])"  # "two are running"
)

_TOGETHER = 500
"""Words that are looked at together: the time grows with the square of this, and no caption is as long."""


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
    """The noun phrases of a caption-like English sentence, in order; they do not overlap.

    A phrase is as long as its determiner, numbers, adjectives and nouns; "of" and "'s" join two, "and" and a comma only
    adjectives. What a preposition adds is a phrase of its own: "a man in a hat" are two.

    Args:
        text: a sentence or a phrase. Of another language than English the rules know nothing.

    Returns:
        The phrases; where none is found, the whole text without the spaces and punctuation around it; of a text
        without a word, nothing.

    Example:
        >>> found = noun_phrases("Two young men in red shirts are riding bikes down the street .")
        >>> [phrase.text for phrase in found]
        ['Two young men', 'red shirts', 'bikes', 'the street']
        >>> noun_phrases("a group of people")
        [Phrase(text='a group of people', start=0, end=17)]
        >>> noun_phrases("Swimming!")
        [Phrase(text='Swimming', start=0, end=8)]
    """
    tokens = list(_TOKEN.finditer(text))
    found = []
    for start in range(0, len(tokens), _TOGETHER):
        kinds = word_kinds([token.group() for token in tokens[start : start + _TOGETHER]])
        found += [(start + match.start(), start + match.end()) for match in _PHRASE.finditer(kinds)]
    if not found:
        words = [place for place, token in enumerate(tokens) if any(map(str.isalnum, token.group()))]
        found = [(words[0], words[-1] + 1)] if words else []
    spans = [(tokens[first].start(), tokens[last - 1].end()) for first, last in found]
    return [Phrase(text[start:end], start, end) for start, end in spans]
