"""Kinds of table file; `TABLE_FILES` is the list of them by file name ending."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from twobranch.corpus.reading import BadRows
from twobranch.corpus.tables import delimited, jsonl, parquet
from twobranch.corpus.tables.rows import SAMPLE, Rows


class TableFile(Protocol):
    """A module that reads one kind of table file.

    Attributes:
        UNTYPED: whether every value is text, so that numbers in metadata columns have to be recognized.
    """

    UNTYPED: bool

    def columns(self, path: Path, sample: int | None = SAMPLE) -> list[str]:
        """The column names; empty where there are none.

        Args:
            path: the file.
            sample: rows that are looked at where each row has names of its own; all if None.

        Raises:
            TwobranchError: if the file cannot be read.
        """

    def rows(self, path: Path, bad_rows: BadRows) -> Rows:
        """The rows with their numbers; broken ones go to `bad_rows`."""


TABLE_FILES: dict[str, TableFile] = {
    ".csv": delimited,
    ".tsv": delimited,
    ".txt": delimited,
    ".jsonl": jsonl,
    ".ndjson": jsonl,
    ".parquet": parquet,
}
