"""Tables with one box a row: image, sentence, phrase, x0, y0, x1, y1, and perhaps type and start.

image,caption,phrase,x0,y0,x1,y1,type
a.jpg,A man and two dogs.,A man,0,0,16,24,people
a.jpg,A man and two dogs.,two dogs,16,12,24,24,animals
a.jpg,A man and two dogs.,two dogs,24,12,32,24,animals
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from twobranch.corpus.reading import BadRow
from twobranch.corpus.records import Box, ImageRecord, PhraseRecord, Scalar
from twobranch.corpus.tables.rows import Row

PHRASE, SIDES, TYPE, START = "phrase", ("x0", "y0", "x1", "y1"), "type", "start"


def phrase_columns(columns: Sequence[str]) -> set[str]:
    """The columns of a table that describe one box a row; empty where it is no such table.

    Example:
        >>> sorted(phrase_columns(["image", "caption", "phrase", "x0", "y0", "x1", "y1"]))
        ['phrase', 'x0', 'x1', 'y0', 'y1']
        >>> phrase_columns(["image", "caption", "phrase"])
        set()
    """
    if not {PHRASE, *SIDES} <= set(columns):
        return set()
    return {PHRASE, *SIDES, TYPE, START} & set(columns)


def phrase_of_row(row: Row, sentences: Sequence[str], where: str) -> tuple[PhraseRecord, ...]:
    """The phrase of a row, found in the row's only sentence; none where the cell is empty.

    Without a box the phrase is one that is not visible. Several types are separated by "/".

    Raises:
        BadRow: if the sentence does not hold the phrase, or several times and no start says which; or for half a box.

    Example:
        >>> row = {"phrase": "a man", "x0": "0", "y0": "0", "x1": "16", "y1": "24", "type": "people"}
        >>> phrase_of_row(row, ["Here a man runs."], "a.csv, row 2")
        (PhraseRecord(sentence=0, start=5, end=10, boxes=((0.0, 0.0, 16.0, 24.0),), types=('people',)),)
    """
    phrase = row.get(PHRASE)
    if phrase is None:
        return ()
    if not isinstance(phrase, str) or len(sentences) != 1:
        rule = "a row with a phrase has one sentence, and both are text"
        raise BadRow(
            f"{where}, column {PHRASE!r}", rule, found=repr(phrase), remedy="Write one sentence and the phrase in it"
        )
    start = _start(phrase, sentences[0], row.get(START), where)
    types = tuple(str(row.get(TYPE) or "").split("/")) if row.get(TYPE) else ()
    return (PhraseRecord(0, start, start + len(phrase), _boxes(row, where), types),)


def merge_phrase_rows(records: Iterable[ImageRecord]) -> tuple[list[ImageRecord], set[str]]:
    """Rows about one sentence of one image become one record, and rows about one phrase one phrase.

    Returns:
        The records, and the metadata columns that differ between such rows: they describe boxes, and are left out.
    """
    merged: dict[tuple[object, ...], _Merged] = {}
    for record in records:
        key = (record.image, record.sentences, record.split, record.group)
        merged.setdefault(key, _Merged(record)).add(record)
    differing = {name for one in merged.values() for name in one.differing}
    return [one.record(differing) for one in merged.values()], differing


@dataclass
class _Merged:
    first: ImageRecord
    phrases: dict[tuple[int, int], PhraseRecord] = field(default_factory=dict)
    differing: set[str] = field(default_factory=set)

    def add(self, record: ImageRecord) -> None:
        for phrase in record.phrases:
            span = phrase.start, phrase.end
            old = self.phrases.get(span, replace(phrase, boxes=(), types=()))
            types = tuple(dict.fromkeys((*old.types, *phrase.types)))
            self.phrases[span] = replace(old, boxes=old.boxes + phrase.boxes, types=types)
        mine, its = self.first.metadata, record.metadata
        self.differing |= {name for name in {*mine, *its} if mine.get(name) != its.get(name)}

    def record(self, without: set[str]) -> ImageRecord:
        metadata: dict[str, Scalar] = {
            name: value for name, value in self.first.metadata.items() if name not in without
        }
        return replace(self.first, phrases=tuple(self.phrases.values()), metadata=metadata)


def _start(phrase: str, sentence: str, given: Any, where: str) -> int:
    """The first character of the phrase in the sentence, as whole words."""
    starts = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", sentence)]
    place = f"{where}, column {PHRASE!r}"
    if given is not None:
        start = _number(given, f"{where}, column {START!r}")
        if start not in starts:
            rule = f"the phrase {phrase!r} begins at this character of its sentence, from 0"
            raise BadRow(
                f"{where}, column {START!r}",
                rule,
                found=repr(given),
                remedy="Correct the number, or leave it empty where the phrase stands there once",
            )
        return int(start)
    if not starts:
        raise BadRow(
            place,
            f"a phrase stands in its sentence, {sentence!r}, letter by letter",
            found=repr(phrase),
            remedy="Write it as the sentence has it",
        )
    if len(starts) > 1:
        rule = f"a phrase that stands several times in its sentence says where it begins, in a column {START!r}"
        raise BadRow(place, rule, found=f"{phrase!r} at {', '.join(map(str, starts))}", remedy="Add the column")
    return starts[0]


def _boxes(row: Row, where: str) -> tuple[Box, ...]:
    sides = [row.get(side) for side in SIDES]
    if all(side is None for side in sides):
        return ()
    x0, y0, x1, y1 = (_number(side, f"{where}, column {name!r}") for side, name in zip(sides, SIDES, strict=True))
    return ((x0, y0, x1, y1),)


def _number(value: Any, where: str) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadRow(
            where,
            "must be a number",
            found=repr(value),
            remedy="Write a number of pixels; for no box leave all four sides empty",
        ) from None
