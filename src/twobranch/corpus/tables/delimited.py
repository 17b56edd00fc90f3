"""Delimited text with a header: CSV, TSV, and the variants with semicolons or bars.

A row is named by the line that it begins on; the header is row 1. The csv module reads the fields, strictly; pyarrow
would be faster but cannot say which line is broken.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from twobranch.corpus.lines import read_lines
from twobranch.corpus.reading import BadRow, BadRows
from twobranch.corpus.tables.kaggle_comments import with_empty_comment
from twobranch.corpus.tables.rows import SAMPLE, Rows
from twobranch.errors import TwobranchError

UNTYPED = True

DELIMITERS = (",", "\t", ";", "|")

# The csv module takes a quoted field of 131,072 characters for an error, and a longer one without quotes for none.
csv.field_size_limit(1 << 30)


def columns(path: Path, sample: int | None = SAMPLE) -> list[str]:
    """The names in the header; a column without a name is an empty string, and no row is read."""
    return _header(path)[1]


def rows(path: Path, bad_rows: BadRows) -> Rows:
    """The rows after the header; blank lines are no rows, columns without a name are left out."""
    delimiter, names = _header(path)
    lines = _Lines(read_lines(path, bad_rows))
    next(line for _, line in lines if line.strip())  # the header
    for number, line in lines:
        if not line.strip():
            continue
        where = f"{path.name}, row {number}"
        try:
            fields = _fields(line, lines, delimiter)
        except csv.Error as error:
            bad_rows.reject(BadRow(where, QUOTES_RULE, found=str(error), remedy="Mend the quotes"))
            continue
        fields = with_empty_comment(names, fields)
        if len(fields) != len(names):
            remedy = f"Put fields that hold {delimiter!r} into double quotes"
            bad_rows.reject(
                BadRow(where, f"a row has {len(names)} fields, as the header has", found=len(fields), remedy=remedy)
            )
            continue
        yield number, {name: field.strip() or None for name, field in zip(names, fields, strict=True) if name}


QUOTES_RULE = "a field that begins with a double quote ends with one, and quotes inside it are doubled"


class _Lines:
    """Numbered lines, read one by one, that can be given back."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._given_back: deque[tuple[int, str]] = deque()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        return self._given_back.popleft() if self._given_back else next(self._lines)

    def give_back(self, lines: list[tuple[int, str]]) -> None:
        self._given_back.extendleft(reversed(lines))


def _fields(first: str, following: _Lines, delimiter: str) -> list[str]:
    """The fields of the row that begins with a line; takes what belongs to it from the lines that follow.

    Of a row whose quotes are broken only the first line is taken: an open quote would swallow all that follow.
    """
    if '"' not in first:
        return first.split(delimiter)
    taken: list[tuple[int, str]] = []

    def text() -> Iterator[str]:
        yield f"{first}\n"
        for line in following:
            taken.append(line)
            yield f"{line[1]}\n"

    try:
        return next(csv.reader(text(), delimiter=delimiter, strict=True))
    except csv.Error:
        following.give_back(taken)
        raise


def _header(path: Path) -> tuple[str, list[str]]:
    """The delimiter that makes most of the first line, and the column names."""
    first = next((line for _, line in read_lines(path, BadRows(skip=False)) if line.strip()), "")
    candidates = DELIMITERS if path.suffix.lower() != ".tsv" else ("\t",)
    delimiter = max(candidates, key=first.count)
    if "\r" in first:
        raise TwobranchError(
            f"{path.name}, row 1",
            "a line ends with a line feed, after a carriage return or without one",
            found="carriage returns alone, as old Macintosh files have",
            remedy="Save the file with the line ends of Unix or Windows.",
        )
    try:
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        raise TwobranchError(
            f"{path.name}, row 1", QUOTES_RULE, found=str(error), remedy="Mend the header's quotes."
        ) from None
    repeated = [name for name in names if name and names.count(name) > 1]
    if repeated:
        raise TwobranchError(
            f"{path.name}, row 1", "column names are different", found=repeated[0], remedy="Rename one of them."
        )
    return delimiter, names
