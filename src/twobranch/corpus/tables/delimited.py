"""Delimited text with a header: CSV, TSV, and the variants with semicolons or bars.

A row is named by the line that it begins on; the header is row 1. The csv module reads the fields, strictly; pyarrow
would be faster but cannot say which line is broken.
"""

from __future__ import annotations

import csv
from pathlib import Path

from twobranch.corpus.lines import read_lines
from twobranch.corpus.reading import BadRow, BadRows
from twobranch.corpus.tables.rows import Rows
from twobranch.errors import TwobranchError

UNTYPED = True

DELIMITERS = (",", "\t", ";", "|")

# The csv module takes a quoted field of 131,072 characters for an error, and a longer one without quotes for none.
csv.field_size_limit(1 << 30)


def columns(path: Path) -> list[str]:
    """The names in the header; a column without a name is an empty string."""
    return _header(path)[1]


def rows(path: Path, bad_rows: BadRows) -> Rows:
    """The rows after the header; blank lines are no rows, columns without a name are left out."""
    delimiter, names = _header(path)
    lines = list(read_lines(path, bad_rows))
    position = next(i for i, (_, line) in enumerate(lines) if line.strip()) + 1
    while position < len(lines):
        number, line = lines[position]
        where = f"{path.name}, row {number}"
        if not line.strip():
            position += 1
            continue
        try:
            fields, taken = _fields(lines, position, delimiter)
        except csv.Error as error:
            bad_rows.reject(BadRow(where, QUOTES_RULE, found=str(error), remedy="Mend the quotes"))
            position += 1  # only the first line is given up: an open quote would swallow all that follow
            continue
        position += taken
        if len(fields) != len(names):
            remedy = f"Put fields that hold {delimiter!r} into double quotes"
            bad_rows.reject(
                BadRow(where, f"a row has {len(names)} fields, as the header has", found=len(fields), remedy=remedy)
            )
            continue
        yield number, {name: field.strip() or None for name, field in zip(names, fields, strict=True) if name}


QUOTES_RULE = "a field that begins with a double quote ends with one, and quotes inside it are doubled"


def _fields(lines: list[tuple[int, str]], position: int, delimiter: str) -> tuple[list[str], int]:
    """The fields of the row that begins at a line, and how many lines it takes."""
    if '"' not in lines[position][1]:
        return lines[position][1].split(delimiter), 1
    reader = csv.reader((f"{lines[i][1]}\n" for i in range(position, len(lines))), delimiter=delimiter, strict=True)
    return next(reader), reader.line_num


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
