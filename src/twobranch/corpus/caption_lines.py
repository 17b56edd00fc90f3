"""A file with a sentence a line whose place in the file decides which image it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twobranch.corpus.lines import read_lines
from twobranch.corpus.reading import BadRow, BadRows


@dataclass(frozen=True)
class CaptionLines:
    """The lines of such a file.

    Attributes:
        lines: the number of each line, from 1, and its text; those that are no text are left out.
        broken: the lines that are no text: they have a place, too.
    """

    lines: tuple[tuple[int, str], ...]
    broken: tuple[BadRow, ...]

    def count(self, rows: int) -> int:
        """How many lines there are, for a file of features with so many rows.

        A blank line at the end is one sentence too many; it counts only where the number of lines fits with it.

        Example:
            >>> three = CaptionLines(((1, "a dog"), (2, "a cat"), (3, "")), ())
            >>> three.count(rows=2), three.count(rows=3)
            (2, 3)
        """
        total = full = len(self.lines) + len(self.broken)
        blank = 0
        for number, text in reversed(self.lines):
            if text.strip() or number != full - blank:
                break
            blank += 1
        while blank and total % max(rows, 1):
            total, blank = total - 1, blank - 1
        return total

    def texts(self) -> set[str]:
        """The different sentences, without white space around them."""
        return {text.strip() for _, text in self.lines} - {""}


def read_captions(path: Path) -> CaptionLines:
    """Read a file of sentences.

    Raises:
        TwobranchError: if the file cannot be read.
    """
    kept = BadRows(skip=True)
    lines = tuple(read_lines(path, kept))
    return CaptionLines(lines, tuple(kept.rejected))
