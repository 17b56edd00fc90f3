"""The interface of the readers: what they are asked, what they answer, and what becomes of a broken row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field

from twobranch.config import Config
from twobranch.corpus.records import ImageRecord
from twobranch.errors import TwobranchError, one_line

Kind = Literal["bad-row", "group-straddles-splits"]
"""What is wrong with a row: it breaks a rule by itself, or it puts its group into a second split."""


class ReadOptions(Config):
    """What the user says about the data beyond its path."""

    images: Path | None = Field(None, description="the folder that image paths are relative to; searched if None")
    columns: dict[str, str] = Field(
        {}, description="column names by role: image, sentence (or several: a+b), split, group"
    )
    format: str | None = Field(None, description="name of the reader; detected if None")
    skip_bad_rows: bool = Field(False, description="leave broken rows out and list them; else the first one stops")


LONGEST_FOUND = 200
"""Characters of a wrong value that a message shows; a row may hold a whole picture where a path should be."""


def shown(value: object) -> str:
    """A value as Python writes it, cut after `LONGEST_FOUND` characters; one that is nested without end by its kind.

    Example:
        >>> shown([1, "a"])
        "[1, 'a']"
    """
    try:
        return _cut(repr(value))
    except RecursionError:
        return f"a {type(value).__name__} of {type(value).__name__}s without end"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_FOUND else f"{text[:LONGEST_FOUND]}..."


class BadRow(TwobranchError):
    """A row that breaks a rule; whoever loops over the rows hands it to `BadRows`."""

    def __init__(
        self, where: str, rule: str, *, found: object = None, remedy: str = "Mend it", kind: Kind = "bad-row"
    ) -> None:
        found = None if found is None else _cut(str(found))
        super().__init__(where, rule, found=found, remedy=f"{remedy}, or pass --skip-bad-rows to leave such rows out.")
        self.kind = kind

    @property
    def problem(self) -> str:
        """The place, the rule and the value, without a remedy: a line in a list of skipped rows."""
        return one_line(f"{self.where}: {self.rule}" + ("" if self.found is None else f", but found {self.found}"))


@dataclass
class BadRows:
    """Decides what becomes of a broken row: raised at once, or left out and listed.

    Example:
        >>> rows = BadRows(skip=True)
        >>> rows.reject(BadRow("captions.csv, row 3", "a sentence has at least one word", found="''"))
        >>> [row.problem for row in rows.rejected]
        ["captions.csv, row 3: a sentence has at least one word, but found ''"]
    """

    skip: bool
    rejected: list[BadRow] = field(default_factory=list)

    def reject(self, row: BadRow) -> None:
        """Raise the row's error, or keep it in the list where rows are skipped."""
        if not self.skip:
            raise row
        self.rejected.append(row)


@dataclass
class Reading:
    """What a reader has read.

    Attributes:
        records: one per row, in the order of the file.
        images_folder: the folder that relative image paths start from.
        bad_rows: the rows that were left out; the builder adds to them.
        notes: what was understood and why, in sentences for the user.
    """

    records: list[ImageRecord]
    images_folder: Path
    bad_rows: BadRows
    notes: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """One line for each row that was left out."""
        return [row.problem for row in self.bad_rows.rejected]


@dataclass(frozen=True)
class Recognition:
    """Whether data is in a reader's format, and because of what it is or is not."""

    fits: bool
    because: str


class Reader(Protocol):
    """A module that reads one format. It takes two functions."""

    def recognize(self, source: Path, options: ReadOptions) -> Recognition:
        """Look at names and headers only."""

    def read(self, source: Path, options: ReadOptions) -> Reading:
        """Read everything but the pictures; image files may be missing.

        Raises:
            BadRow: at the first broken row, unless `options.skip_bad_rows`.
            TwobranchError: where the whole file cannot be read.
        """
