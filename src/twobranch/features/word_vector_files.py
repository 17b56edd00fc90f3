"""A user's own word vectors: which format a file has, and the vectors of some words in it."""

from __future__ import annotations

import gzip
import io
import re
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

from twobranch.errors import TwobranchError
from twobranch.features.fasttext_model import MAGIC, read_fasttext
from twobranch.features.found_vectors import FoundVectors
from twobranch.features.wanted_words import WantedWords
from twobranch.features.word_vector_rows import Header, is_text, read_binary, read_text

LARGEST = 20_000
"""Length of a vector beyond which a header is not believed."""

_FORMATS = "Give a file of GloVe, word2vec (text or binary) or fastText (.vec or .bin), as it is or compressed (.gz)."


def read_word_vectors(path: Path, words: Sequence[str]) -> FoundVectors:
    """The vectors of some words; the file is read once from the beginning, and only what is wanted is kept.

    | format | it begins with |
    |---|---|
    | fasttext | the magic number of a fastText model; words that it does not know get a vector from their pieces |
    | word2vec-text, word2vec-binary | a line "words length"; .vec files of fastText are word2vec-text |
    | glove | a word and its values |

    Args:
        path: the file.
        words: the words that are looked for.

    Returns:
        The vectors of those words that have one.

    Raises:
        TwobranchError: if the file cannot be read, has none of the formats, is damaged, or has none of the words.
    """
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise FileNotFoundError("it is no file")
        with _opened(path) as file:
            found = _read(file, path, words)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise TwobranchError(
            str(path), "must be a readable file of word vectors", found=str(error), remedy="Check the path."
        ) from None
    if not len(found.rows):
        raise TwobranchError(
            str(path),
            f"must hold vectors of some of the {len(words)} words of the training sentences",
            found="none of them",
            remedy="Use vectors of the language of the sentences.",
        )
    return found


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    # Buffered, so that what comes next can be looked at without being taken.
    return cast(BinaryIO, io.BufferedReader(gzip.open(path, "rb")) if compressed else path.open("rb"))


def _read(file: BinaryIO, path: Path, words: Sequence[str]) -> FoundVectors:
    if _next(file, 4) == struct.pack("<i", MAGIC):
        return read_fasttext(file, path, words)
    wanted = WantedWords(words)
    header = _header(file, path)
    # A word is text in either format: what follows it tells them apart, however long the word is.
    if header is not None and not is_text(re.split(rb"[ \t]", _next(file, 4096), maxsplit=1)[-1][:64]):
        read_binary(file, path, header, wanted)
        return wanted.found("word2vec-binary")
    read_text(file, path, header, wanted)
    return wanted.found("glove" if header is None else "word2vec-text")


def _next(file: BinaryIO, count: int) -> bytes:
    """The bytes that come next, without taking them."""
    return cast(io.BufferedReader, file).peek(count)[:count]


def _header(file: BinaryIO, path: Path) -> Header | None:
    """The numbers of the first line, which is taken then; None where it is a word and its values."""
    line = _next(file, 64).removeprefix(b"\xef\xbb\xbf").split(b"\n")[0].split()
    if len(line) == 2 and all(part.isdigit() for part in line):
        first = file.readline(64)
        header = Header(int(line[0]), int(line[1]))
        if not (1 <= header.size <= LARGEST and header.words >= 1):
            raise TwobranchError(
                f"{path}, row 1", f"a header names words and a length of 1 to {LARGEST}",
                found=first.decode("utf-8-sig").strip(), remedy=_FORMATS,
            )  # fmt: skip
        return header
    if not is_text(_next(file, 64)):
        raise TwobranchError(str(path), "must have a known format of word vectors", remedy=_FORMATS)
    return None
