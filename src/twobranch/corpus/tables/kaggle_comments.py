"""Kaggle's copy of Flickr30k: `image_name| comment_number| comment`, with the one row of it that lacks a bar.

image_name| comment_number| comment
2199200615.jpg| 3| A dog runs .
2199200615.jpg| 4   A dog runs across the grass .
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from twobranch.corpus.tables.rows import Rows

NUMBER, COMMENT = "comment_number", "comment"
HEADER = ["image_name", NUMBER, COMMENT]

RUN_TOGETHER = re.compile(r"\s*(\d+)\s+(\S.*)", re.DOTALL)


def with_empty_comment(names: Sequence[str], fields: list[str]) -> list[str]:
    """The fields of a row, an empty comment added where number and comment are one field.

    Example:
        >>> with_empty_comment(["image_name", "comment_number", "comment"], ["a.jpg", " 4   A dog ."])
        ['a.jpg', ' 4   A dog .', '']
    """
    run_together = len(fields) == 2 and list(names) == HEADER and RUN_TOGETHER.fullmatch(fields[1])
    return [*fields, ""] if run_together else fields


def mended(rows: Rows, name: str, notes: list[str]) -> Rows:
    """The rows, number and comment parted where they stand in one cell; a note for each such row is added to `notes`.

    Example:
        >>> rows, notes = [(2, {"image_name": "a.jpg", "comment_number": "4   A dog .", "comment": None})], []
        >>> list(mended(iter(rows), "results.csv", notes))
        [(2, {'image_name': 'a.jpg', 'comment_number': '4', 'comment': 'A dog .'})]
        >>> notes
        ["results.csv, row 2: the bar after the number is missing; read as number 4 and 'A dog .'"]
    """
    for number, row in rows:
        run_together = list(row) == HEADER and row[COMMENT] is None and row[NUMBER]
        if isinstance(run_together, str) and (match := RUN_TOGETHER.fullmatch(run_together)):
            row[NUMBER], row[COMMENT] = match[1], match[2].strip()
            said = f"read as number {match[1]} and {row[COMMENT]!r}"
            notes.append(f"{name}, row {number}: the bar after the number is missing; {said}")
        yield number, row
