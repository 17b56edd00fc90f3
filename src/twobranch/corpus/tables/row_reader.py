"""From a row of a table to a record."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from twobranch.corpus.checks import check_sentence
from twobranch.corpus.reading import BadRow
from twobranch.corpus.records import ImageRecord, PhraseRecord, Scalar
from twobranch.corpus.tables.columns import ColumnRoles
from twobranch.corpus.tables.parquet import IN_FILE
from twobranch.corpus.tables.phrase_rows import phrase_columns, phrase_of_row
from twobranch.corpus.tables.phrases import parse_phrases, phrases_in_text
from twobranch.corpus.tables.rows import Row

PHRASES = "phrases"
"""The column whose lists are phrases."""


@dataclass
class RowReader:
    """Turns rows into records, and keeps count of what it passes over.

    Attributes:
        name: the table's file name, for messages.
        roles: which column plays which role.
        columns: all columns of the table.
    """

    name: str
    roles: ColumnRoles
    columns: list[str]
    blank_cells: int = 0
    nested: set[str] = field(default_factory=set)
    _before: tuple[str, Mapping[str, Scalar]] = field(default=("", {}), repr=False)

    @cached_property
    def metadata(self) -> list[str]:
        """The columns without a role."""
        used = self.roles.used | self.phrase_columns
        return [name for name in self.columns if name not in used]

    @cached_property
    def phrase_columns(self) -> set[str]:
        """The columns of a table with one box a row; empty where it is no such table."""
        return phrase_columns(self.columns) - self.roles.used

    def record(self, number: int, row: Row) -> ImageRecord:
        """The record of a row of a table.

        Raises:
            BadRow: if the image or every sentence is missing, or a value has the wrong type.
        """
        return self.record_at(f"{self.name}, row {number}", row)

    def record_at(self, where: str, row: Row) -> ImageRecord:
        """The record of a row that stands at a place of its own.

        Raises:
            BadRow: if the image or every sentence is missing, or a value has the wrong type.
        """
        image = row.get(self.roles.image)
        if not isinstance(image, str) or not image.strip():
            place = f"{where}, column {self.roles.image!r}"
            raise BadRow(place, "a row names an image by its path", found=repr(image), remedy="Write the image's path")
        row = _with_phrases_decoded(row, where)
        sentences = self._sentences(row, where)
        return ImageRecord(
            image=sys.intern(image),  # the rows of an image hold one string together
            sentences=sentences,
            where=where,
            split=_label(row.get(self.roles.split or "")),
            group=_label(row.get(self.roles.group or "")),
            metadata=self._metadata(row),
            phrases=self._phrases(row, sentences, where),
        )

    def notes(self) -> Iterator[str]:
        """What was decided about columns, and what was passed over."""
        yield from self.roles.notes
        if kept := [name for name in self.metadata if name not in self.nested and name != PHRASES]:
            yield f"metadata columns: {', '.join(kept)}"
        if self.nested:
            yield f"left out, because values that are not single ones are no metadata: {', '.join(sorted(self.nested))}"
        if self.phrase_columns:
            yield f"one box a row: columns {', '.join(name for name in self.columns if name in self.phrase_columns)}"
        if self.blank_cells:
            yield f"{self.blank_cells} empty cells in {'+'.join(self.roles.sentences)} mean no further sentence"

    def _phrases(self, row: Row, sentences: tuple[str, ...], where: str) -> tuple[PhraseRecord, ...]:
        value = row.get(PHRASES)
        phrases = parse_phrases(value, where) if isinstance(value, list) else ()
        return phrases + (phrase_of_row(row, sentences, where) if self.phrase_columns else ())

    def _sentences(self, row: Row, where: str) -> tuple[str, ...]:
        """The sentences of all sentence columns; of several columns some may be empty, but not all."""
        cells = {name: row.get(name) for name in self.roles.sentences}
        filled = {name: value for name, value in cells.items() if value is not None}
        place = f"{where}, column {'+'.join(cells)!r}"
        if not filled:
            raise _no_sentence(place, "an empty cell")
        self.blank_cells += len(cells) - len(filled)
        sentences = []
        for name, value in filled.items():
            place = f"{where}, column {name!r}"
            for sentence in value if isinstance(value, list) else [value]:
                if not isinstance(sentence, str):
                    raise BadRow(place, "a sentence is text", found=repr(sentence), remedy="Write the sentence")
                check_sentence(sentence, place)
                sentences.append(sentence)
        if not sentences:
            raise _no_sentence(place, "an empty list")
        return tuple(sentences)

    def _metadata(self, row: Row) -> Mapping[str, Scalar]:
        """The row's metadata; where it is as in the row before, of the same image, both hold one dictionary."""
        values = {name: value for name in self.metadata if (value := self._scalar(name, row)) is not None}
        before = row[self.roles.image], values
        if before != self._before:
            self._before = before
        return self._before[1]

    def _scalar(self, name: str, row: Row) -> Scalar:
        value = row.get(name)
        if isinstance(value, dict | list | bytes) or value is IN_FILE:
            if name != PHRASES:
                self.nested.add(name)
            return None
        return value if isinstance(value, str | int | float | bool | None) else str(value)


def _no_sentence(place: str, found: str) -> BadRow:
    return BadRow(place, "a row has a sentence", found=found, remedy="Write the sentence", kind="empty-sentence")


def _with_phrases_decoded(row: Row, where: str) -> Row:
    value = row.get(PHRASES)
    phrases = phrases_in_text(value, where) if isinstance(value, str) else None
    return row if phrases is None else {**row, PHRASES: phrases}


def _label(value: Any) -> str | None:
    """A split or group as text; an empty cell is none."""
    text = "" if value is None else str(value).strip()
    return sys.intern(text) if text else None
