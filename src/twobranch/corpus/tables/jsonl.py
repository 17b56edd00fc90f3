"""JSON Lines: one object per line."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from twobranch.corpus.json_text import parse_json
from twobranch.corpus.lines import read_lines
from twobranch.corpus.reading import BadRow, BadRows
from twobranch.corpus.tables.rows import Rows

UNTYPED = False

REMEDY = 'Write the row as {"image": ..., "sentences": [...]} on one line'

SAMPLE = 100
"""How many rows are looked at for the names of the keys."""


def columns(path: Path) -> list[str]:
    """The keys of the first rows."""
    sample = islice(rows(path, BadRows(skip=True)), SAMPLE)
    return list(dict.fromkeys(key for _, row in sample for key in row))


def rows(path: Path, bad_rows: BadRows) -> Rows:
    """The objects; blank lines are no rows."""
    for number, line in read_lines(path, bad_rows):
        if not line.strip():
            continue
        try:
            yield number, _object(line, f"{path.name}, row {number}")
        except BadRow as row:
            bad_rows.reject(row)


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        value = parse_json(line)
    except ValueError as error:
        raise BadRow(
            where,
            "a line is one JSON object",
            found=str(error),
            remedy=REMEDY,
        ) from None
    if not isinstance(value, dict):
        raise BadRow(
            where,
            "a line is one JSON object",
            found=f"a {type(value).__name__}",
            remedy=REMEDY,
        )
    return value
