"""Files that hold one word after the other with its values: GloVe, word2vec, .vec of fastText."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.features.wanted_words import WantedWords

_LONGEST_LINE = 1_000_000  # bytes; a longer one holds no word vector
_LONGEST_WORD = 10_000  # bytes, in a binary file


class Header(NamedTuple):
    """The first line of a word2vec file.

    | field | |
    |---|---|
    | words | rows that follow |
    | size | length E of a vector |
    """

    words: int
    size: int


def is_text(sample: bytes) -> bool:
    """Whether bytes may be the beginning of text; the last character may be cut.

    Example:
        >>> is_text("the 0.1 é".encode()[:-1]), is_text(b"the " + bytes([0, 0, 128, 63])), is_text(b"")
        (True, False, False)
    """
    if not sample or any(byte < 32 and byte not in b"\t\n\r" for byte in sample):
        return False
    return any(_decodes(sample[: len(sample) - cut]) for cut in range(4))


def _decodes(sample: bytes) -> bool:
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_text(file: BinaryIO, path: Path, header: Header | None, wanted: WantedWords) -> None:
    """Read lines of a word and its values.

    Args:
        file: after its header.
        path: for messages.
        header: what the header says; None for GloVe, where the first line tells the length.
        wanted: takes the vectors.

    Raises:
        TwobranchError: if a row has another number of values, or the header names another number of rows.
    """
    size = None if header is None else header.size
    rows = 0
    for number, line in _lines(file, path, 1 + (header is not None)):
        rows += 1
        where = f"{path}, row {number}"
        if size is None:
            size = len(line.split(" ")) - 1
            if size < 1:
                raise TwobranchError(
                    where, "a row is a word and its values", found=repr(line[:60]),
                    remedy="Give a file of GloVe, word2vec or fastText.",
                )  # fmt: skip
        word, values = _parts(line, size, where)
        if rows == 1 or wanted.wants(word):  # the first row shows whether these are word vectors at all
            vector = _numbers(values, where, size)
            if wanted.wants(word):
                wanted.take(word, vector, where)
    if header is not None and rows != header.words:
        raise TwobranchError(
            str(path), f"its header names {header.words} words", found=f"{rows} rows", remedy="Download it again."
        )


def _parts(line: str, size: int, where: str) -> tuple[str, list[str]]:
    """The word and its values, split from the right: words of some files hold blanks, but none ends in a number."""
    word, *values = line.rsplit(" ", size)
    if len(values) == size and not (" " in word and _is_number(word.rpartition(" ")[2])):
        return word, values
    raise TwobranchError(
        where, f"a row is a word and {size} values", found=f"{len(line.split(' ')) - 1}", remedy="Mend the file."
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _lines(file: BinaryIO, path: Path, first: int) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers in the file."""
    number = first - 1
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise TwobranchError(
                f"{path}, row {number}", f"a row is shorter than {_LONGEST_LINE:,} bytes",
                remedy="Give a file of GloVe, word2vec or fastText.",
            )  # fmt: skip
        text = line.decode("utf-8", errors="replace")
        if number == 1:  # further down a byte order mark is part of a word, and not of the word without it
            text = text.removeprefix("\ufeff")
        # From the right only: the word of a row may be empty.
        text = text.rstrip("\r\n \t").replace("\t", " ")
        if text:
            yield number, text


def _numbers(parts: list[str], where: str, size: int) -> NDArray[np.float32]:
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused for that
            return np.array(parts, dtype=np.float32)
    except ValueError as error:
        raise TwobranchError(
            where, f"a row is a word and {size} numbers", found=str(error), remedy="Mend the file."
        ) from None


def read_binary(file: BinaryIO, path: Path, header: Header, wanted: WantedWords) -> None:
    """Read words, each followed by a blank and its values as little-endian float32.

    Raises:
        TwobranchError: if the file has not as many words as its header names.
    """
    length = 4 * header.size
    for number in range(1, header.words + 1):
        where = f"{path}, word {number}"
        word = _word(file, where)
        content = file.read(length)
        if len(content) < length:
            raise TwobranchError(
                where, f"its header names {header.words} words of {header.size} values",
                found="the end of the file", remedy="Download it again.",
            )  # fmt: skip
        if wanted.wants(word):
            wanted.take(word, np.frombuffer(content, "<f4"), where)
    if file.read(2).strip(b"\n"):
        raise TwobranchError(
            str(path), f"its header names {header.words} words", found="more after them", remedy="Download it again."
        )


def _word(file: BinaryIO, where: str) -> str:
    """The bytes up to the next blank; some writers put a line break before a word."""
    word = bytearray()
    while (byte := file.read(1)) and byte != b" ":
        word += byte
        if len(word) > _LONGEST_WORD:
            raise TwobranchError(
                where, "a word is followed by a blank", found=f"{_LONGEST_WORD:,} bytes without one",
                remedy="Give a file of word2vec.",
            )  # fmt: skip
    return word.decode("utf-8", errors="replace").lstrip("\n")
