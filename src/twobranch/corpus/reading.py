"""The interface of the readers: what they are asked, what they answer, and what becomes of a broken row."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field

from twobranch.config import Config
from twobranch.corpus.records import ImageRecord
from twobranch.errors import TwobranchError, one_line

Kind = Literal["bad-row", "empty-sentence", "group-straddles-splits"]
"""What is wrong with a row: it breaks a rule by itself, has no sentence, or puts its group into a second split."""


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
        self.kind, self._own_remedy = kind, remedy

    def inside(self, folder: str) -> BadRow:
        """The same row, its file named with the folder that it lies in: files of one name may lie in several."""
        return BadRow(f"{folder}/{self.where}", self.rule, found=self.found, remedy=self._own_remedy, kind=self.kind)

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


class BadRowsInside(BadRows):
    """Hands the broken rows of a file in a folder on, with the folder in their place."""

    def __init__(self, folder: str, outer: BadRows) -> None:
        super().__init__(outer.skip)
        self.folder, self.outer = folder, outer

    def reject(self, row: BadRow) -> None:
        """Reject the row where the rows of all folders are rejected."""
        self.outer.reject(row.inside(self.folder))


@dataclass
class Reading:
    """What a reader has read.

    Attributes:
        records: one per row, in the order of the file.
        images_folder: the folder that relative image paths start from.
        bad_rows: the rows that were left out; the builder adds to them.
        notes: what was understood and why, in sentences for the user.
        metadata_is_text: whether the format has no numbers, so that they have to be recognized in metadata.
    """

    records: list[ImageRecord]
    images_folder: Path
    bad_rows: BadRows
    notes: list[str] = field(default_factory=list)
    metadata_is_text: bool = False

    @property
    def problems(self) -> list[str]:
        """One line for each row that was left out."""
        return [row.problem for row in self.bad_rows.rejected]


@dataclass(frozen=True)
class Recognition:
    """Whether data is in a reader's format, and because of what it is or is not.

    Attributes:
        fits: whether the reader can read it.
        because: what is there, or what is missing.
        near: where it does not fit, how close it comes; the error for data in no format names the closest formats.
            0: it looks like something else; 1: it is of the right kind, such as a table; 2: some of what the format
            needs is there; 3: only a choice is missing, or an option is too much.
    """

    fits: bool
    because: str
    near: int = 0


class Reader(Protocol):
    """A module that reads one format. It takes two functions."""

    def recognize(self, source: Path, options: ReadOptions) -> Recognition:
        """Look at names and the heads of files only: it takes no longer for a long file than for a short one."""

    def read(self, source: Path, options: ReadOptions) -> Reading:
        """Read everything but the pictures; image files may be missing.

        Raises:
            BadRow: at the first broken row, unless `options.skip_bad_rows`.
            TwobranchError: where the whole file cannot be read.
        """
