"""Models of fastText (.bin): a word's vector is the mean over the word itself and the pieces it is made of.

The format: magic, version, 12 numbers of options, the dictionary, then the input matrix, whose rows are the words
and after them the buckets into which pieces are hashed (Bojanowski et al., TACL 2017).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.features.found_vectors import FoundVectors
from twobranch.features.wanted_words import WantedWords, spellings

MAGIC = 793712314
_VERSION = 12
_DAMAGED = "Download the model again."
_LONGEST_WORD = 10_000  # bytes
_END = "</s>"  # the end of a sentence, which is not made of pieces


class _Options(NamedTuple):
    """What of a model's options decides its vectors."""

    size: int
    words: int
    shortest: int
    longest: int
    buckets: int


class _Reader:
    """Reads little-endian numbers and words, and says where a file ends too early."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path

    def numbers(self, format: str) -> tuple[int, ...]:
        return struct.unpack(f"<{format}", self.bytes(struct.calcsize(f"<{format}")))

    def bytes(self, count: int) -> bytes:
        content = self._file.read(count)
        if len(content) < count:
            raise TwobranchError(
                str(self._path), "must be a whole fastText model", found="its end too early", remedy=_DAMAGED
            )
        return content

    def word(self) -> str:
        word = bytearray()
        while (byte := self.bytes(1)) != b"\0":
            word += byte
            if len(word) > _LONGEST_WORD:
                raise TwobranchError(
                    str(self._path), f"a word is shorter than {_LONGEST_WORD:,} bytes", remedy=_DAMAGED
                )
        return word.decode("utf-8", errors="replace")


def read_fasttext(file: BinaryIO, path: Path, words: Sequence[str]) -> FoundVectors:
    """The vectors of some words; a word that the model does not know is made of its pieces.

    Args:
        file: the model, from its beginning; it must be seekable.
        path: for messages.
        words: the words that are looked for.

    Raises:
        TwobranchError: if the model is damaged, quantized, or of another version.
    """
    reader = _Reader(file, path)
    options, known = _head(reader, path, words)
    (rows, size) = reader.numbers("qq")
    if size != options.size or rows != options.words + options.buckets:
        raise TwobranchError(
            str(path), f"its matrix has {options.words + options.buckets:,} rows of {options.size} values",
            found=f"{rows:,} x {size}", remedy=_DAMAGED,
        )  # fmt: skip
    places = {spelling: places for word in words for spelling, places in _chosen(word, options, known)}
    sums = _sums(file, reader, rows, options.size, list(places.values()))
    wanted = WantedWords(words)
    for (spelling, chosen), total in zip(places.items(), sums, strict=True):
        wanted.take(spelling, total / np.float32(len(chosen)), f"{path}, word {spelling!r}")
    return wanted.found("fasttext")


def _chosen(word: str, options: _Options, known: dict[str, int]) -> list[tuple[str, list[int]]]:
    """The spelling of a word that the model has, with the rows that make up its vector; none where it has none."""
    spelling = next((spelling for spelling in spellings(word) if spelling in known), word)
    own = [known[spelling]] if spelling in known else []
    pieces = [options.words + fnv1a(piece) % options.buckets for piece in _pieces(spelling, options)]
    return [(spelling, own + pieces)] if own or pieces else []


def _sums(file: BinaryIO, reader: _Reader, rows: int, size: int, chosen: list[list[int]]) -> NDArray[np.float32]:
    """The sums (n, E) over chosen rows of the matrix, read forwards only: a compressed file would begin anew for every
    step back. One row is held at a time; the last one is read in any case, which tells whether the matrix is whole.
    """
    uses: dict[int, list[int]] = {rows - 1: []} if rows else {}
    for number, places in enumerate(chosen):
        for place in places:
            uses.setdefault(place, []).append(number)
    start = file.tell()
    sums = np.zeros((len(chosen), size), np.float32)  # (n, E)
    for place in sorted(uses):
        file.seek(start + 4 * size * place)
        values = np.frombuffer(reader.bytes(4 * size), "<f4")  # (E,)
        for number in uses[place]:
            sums[number] += values
    return sums


def _head(reader: _Reader, path: Path, words: Sequence[str]) -> tuple[_Options, dict[str, int]]:
    """The options, and the row of each word that may be of use; the file stands at the matrix's size afterwards."""
    _, version = reader.numbers("ii")
    if version != _VERSION:
        raise TwobranchError(
            str(path), f"must be a fastText model of version {_VERSION}", found=version, remedy="Convert it to .vec."
        )
    size, _, _, _, _, _, _, _, buckets, shortest, longest, _, _ = reader.numbers("12id")
    total, count, _, _, pruned = reader.numbers("iiiqq")
    options = _Options(size, count, shortest, longest, buckets)
    if not (1 <= size <= 20_000 and buckets >= 0 and 0 <= longest <= 100 and 0 <= count <= total):
        raise TwobranchError(str(path), "must have plausible options", found=str(options), remedy=_DAMAGED)
    useful = {spelling for word in words for spelling in spellings(word)}
    known: dict[str, int] = {}
    for row in range(total):
        word = reader.word()
        _, kind = reader.numbers("qb")
        if kind == 0 and word in useful:
            known.setdefault(word, row)
    if pruned > 0 or reader.bytes(1) != b"\0":
        raise TwobranchError(
            str(path), "must not be quantized or pruned", remedy="Use the full .bin model, or its .vec file."
        )
    return options, known


def _pieces(word: str, options: _Options) -> list[bytes]:
    """The character n-grams of a word between angle brackets, as fastText counts them."""
    if not (options.longest and options.buckets) or word == _END:
        return []
    marked = f"<{word}>"
    found = []
    for start in range(len(marked)):
        for end in range(start + max(1, options.shortest), min(start + options.longest, len(marked)) + 1):
            if end - start == 1 and (start == 0 or end == len(marked)):
                continue
            found.append(marked[start:end].encode("utf-8", errors="replace"))
    return found


def fnv1a(piece: bytes) -> int:
    """The hash of fastText: FNV-1a on 32 bits, in which a byte counts as a signed number.

    Example:
        >>> fnv1a(b"a"), fnv1a("é".encode())
        (3826002220, 1023043777)
    """
    value = 2166136261
    for byte in piece:
        value = (value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619 & 0xFFFFFFFF
    return value
