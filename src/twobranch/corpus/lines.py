"""Lines of a text file, each with its number, a broken one named and not the end of the rest."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from twobranch.corpus.reading import BadRow, BadRows
from twobranch.errors import TwobranchError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
"""The marks that a file in UTF-16 begins with, as spreadsheets write "Unicode text"."""

CONVERT = "Save the file as UTF-8, for example with: iconv -f LATIN1 -t UTF-8 OLD > NEW (or -f UTF-16LE)"


def read_lines(path: Path, bad_rows: BadRows, name: str | None = None) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers from 1, without line ends; a byte order mark is dropped.

    The text is in UTF-8, or in UTF-16 with its mark. No other encoding is guessed: a wrong guess would change words.
    Only a line feed ends a line (with or without a carriage return before it): a sentence may hold other characters
    that Python would split at.

    Args:
        path: the file.
        bad_rows: takes the lines that are not text.
        name: what to call the file in messages; its name if None.

    Raises:
        TwobranchError: if the file cannot be read.
    """
    name = name or path.name
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise TwobranchError(name, "must be a file of text", found="something else", remedy="Replace it.")
        with path.open("rb") as file:
            encoding = UTF_16.get(file.peek(2)[:2])
            lines = file if encoding is None else _as_utf8(file.read()[2:], encoding)
            yield from _decoded(lines, bad_rows, name)
    except OSError as error:
        raise TwobranchError(name, "must be readable", found=error.strerror, remedy="Check its permissions.") from None


def _decoded(lines: Iterable[bytes], bad_rows: BadRows, name: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        if number == 1:
            content = content.removeprefix(BYTE_ORDER_MARK)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            found = f"the bytes {error.object[error.start : error.end]!r} after {error.start} good ones"
            bad_rows.reject(BadRow(f"{name}, row {number}", "text is in UTF-8", found=found, remedy=CONVERT))
            continue
        if "\0" in text:
            found = "a byte 0, as UTF-16 has"
            bad_rows.reject(BadRow(f"{name}, row {number}", "text is in UTF-8", found=found, remedy=CONVERT))
            continue
        yield number, text


def _as_utf8(content: bytes, encoding: str) -> io.BytesIO:
    """A text of UTF-16 in UTF-8; what is no character there, such as half of one, is none here either."""
    half = len(content) % 2
    text = content[: len(content) - half].decode(encoding, "surrogatepass")
    return io.BytesIO(text.encode("utf-8", "surrogatepass") + b"\xff" * half)
