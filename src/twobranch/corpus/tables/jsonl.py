"""JSON Lines: one object per line."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from twobranch.corpus.json_text import parse_json
from twobranch.corpus.lines import read_lines
from twobranch.corpus.reading import BadRow, BadRows
from twobranch.corpus.tables.rows import SAMPLE, Rows

UNTYPED = False

REMEDY = 'Write the row as {"image": ..., "sentences": [...]} on one line'


def columns(path: Path, sample: int | None = SAMPLE) -> list[str]:
    """The keys of the first rows."""
    first = islice(rows(path, BadRows(skip=True)), sample)
    return list(dict.fromkeys(key for _, row in first for key in row))


def rows(path: Path, bad_rows: BadRows) -> Rows:
    """The objects; blank lines are no rows."""
    for number, line in read_lines(path, bad_rows):
        if not line.strip():
            continue
        try:
            yield number, _object(line, f"{path.name}, row {number}")
        except BadRow as row:
            bad_rows.reject(row)


def json_value(text: str, where: str, rule: str, remedy: str) -> Any:
    """The value that a JSON text stands for; NaN and half characters are no JSON.

    Raises:
        BadRow: if the text is no JSON.
    """
    try:
        return parse_json(text)
    except ValueError as error:
        raise BadRow(where, rule, found=str(error), remedy=remedy) from None


def _object(line: str, where: str) -> dict[str, Any]:
    rule = "a line is one JSON object"
    value = json_value(line, where, rule, REMEDY)
    if not isinstance(value, dict):
        raise BadRow(where, rule, found=f"a {type(value).__name__}", remedy=REMEDY)
    return value
