"""Sentences in which phrases are marked: `[/EN#<chain>/<type>/<type>... words]` (methods.md 6.4).

Phrases of one chain name the same thing; chain 0 stands for phrases that are not visible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from twobranch.corpus.reading import BadRow

OPENING = "[/EN#"
TAG = re.compile(r"\[/EN#(?P<chain>\d{1,18})(?P<types>(?:/[^\s/\[\]]+)*)(?=[\s\]])")

NOT_VISUAL = "0"
"""The chain of phrases that name nothing visible."""


@dataclass(frozen=True, slots=True)
class MarkedPhrase:
    """A phrase of a marked sentence.

    Attributes:
        start: its first character in the sentence without marks.
        end: the character after its last one.
        chain: number of the thing that it names, as text.
        types: its categories, as written.
    """

    start: int
    end: int
    chain: str
    types: tuple[str, ...] = ()


def read_markup(line: str, where: str) -> tuple[str, tuple[MarkedPhrase, ...]]:
    """The sentence without its marks, and the phrases that were marked in it.

    Runs of white space become one blank. A mark around no word is dropped. Brackets that open no mark are text.

    Args:
        line: a line of the file.
        where: the file and row, for messages.

    Raises:
        BadRow: for a mark that is not closed, holds another mark, or has no chain number.

    Example:
        >>> read_markup("[/EN#1/people A man], in [/EN#2/clothing a hat] .", "1.txt, row 1")
        ('A man, in a hat .', (MarkedPhrase(start=0, end=5, chain='1', types=('people',)),
                               MarkedPhrase(start=10, end=15, chain='2', types=('clothing',))))
    """
    text, phrases, position = "", [], 0
    while (opening := line.find(OPENING, position)) >= 0:
        text = _joined(text, line[position:opening])
        tag = TAG.match(line, opening)
        if tag is None:
            rule = "a marked phrase begins [/EN#<chain number>/<type>"
            raise BadRow(
                where, rule, found=repr(line[opening : opening + 30]), remedy="Write for example [/EN#1/people A man]"
            )
        position = _end_of_phrase(line, tag.end(), where)
        words = " ".join(line[tag.end() : position - 1].split())
        if words:
            start = len(text)
            text += words
            phrases.append(MarkedPhrase(start, len(text), str(int(tag["chain"])), tuple(tag["types"].split("/")[1:])))
    return _joined(text, line[position:]).rstrip(), tuple(phrases)


def _end_of_phrase(line: str, begin: int, where: str) -> int:
    """The position after the closing bracket."""
    closing = line.find("]", begin)
    if closing < 0:
        raise BadRow(
            where,
            "a marked phrase ends with a closing bracket",
            found=repr(line[begin:].strip()),
            remedy="Add the bracket ]",
        )
    if OPENING in line[begin:closing]:
        raise BadRow(
            where,
            "a marked phrase holds no other one",
            found=repr(line[begin : closing + 1].strip()),
            remedy="Close the outer one with ] before",
        )
    return closing + 1


def _joined(text: str, more: str) -> str:
    """Append text between phrases, with single blanks and none at the beginning."""
    more = re.sub(r"\s+", " ", more)
    return text + (more.removeprefix(" ") if not text or text.endswith(" ") else more)
