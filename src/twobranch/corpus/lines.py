"""Lines of a UTF-8 text file, each with its number, a broken one named and not the end of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from twobranch.corpus.reading import BadRow, BadRows

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_lines(path: Path, bad_rows: BadRows, name: str | None = None) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers from 1, without line ends; a byte order mark is dropped.

    Only a line feed ends a line (with or without a carriage return before it): a sentence may hold other
    characters that Python would split at.

    Args:
        path: the file.
        bad_rows: takes the lines that are not UTF-8.
        name: what to call the file in messages; its name if None.
    """
    name = name or path.name
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            content = line.removesuffix(b"\n").removesuffix(b"\r")
            try:
                yield number, (content.removeprefix(BYTE_ORDER_MARK) if number == 1 else content).decode("utf-8")
            except UnicodeDecodeError as error:
                bad_rows.reject(
                    BadRow(
                        f"{name}, row {number}",
                        "text is in UTF-8",
                        found=f"the bytes {error.object[error.start : error.end]!r} after {error.start} good ones",
                        remedy="Save the file as UTF-8",
                    )
                )
