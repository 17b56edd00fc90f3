"""Matrices of numbers in MATLAB files of version 5 to 7.2, mapped where they are not compressed.

A file is a head of 128 bytes and a sequence of elements: a type, a length, and so many bytes. A matrix is an element of
elements: flags with its class, its shape, its name, its numbers, column by column; or all of that, compressed. Numbers
may be kept in a narrower type than the class of the matrix ("MAT-File Format", MathWorks). Everything else that such a
file may hold (cells, structures, functions, sparse and complex matrices) is passed over.

SciPy reads these files too, but ends the whole process at some that are damaged.
"""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

HEAD, TAG = 128, 8
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""Type of an element -> type of its numbers."""

CLASSES = range(6, 16)
"""Classes of matrices of numbers: double, single, and integers of 8 to 64 bits."""

COMPLEX = 0x0800
DESCRIBED = 4096
"""Bytes from the beginning of a matrix in which its flags, shape and name end."""

ZLIB_AT_MOST = 1040
"""Times by which zlib makes something smaller at most."""


@dataclass(frozen=True)
class Matrix:
    """Where a matrix of numbers (rows, columns) is.

    Attributes:
        shape: rows and columns.
        kind: type of the numbers in the file.
        start: the place of the first number, in the file or in what is decompressed.
        compressed: place and length of the compressed bytes; None where the numbers lie in the file as they are.
    """

    shape: tuple[int, int]
    kind: str
    start: int
    compressed: tuple[int, int] | None = None


def matrices(file: BinaryIO) -> dict[str, Matrix]:
    """The matrices of numbers in a file, by name.

    Raises:
        ValueError: if it is no such file, or is damaged.
    """
    order = _order(file.read(HEAD))
    size = file.seek(0, 2)
    found: dict[str, Matrix] = {}
    place = HEAD
    while place + TAG <= size:
        file.seek(place)
        kind, length = struct.unpack(f"{order}II", file.read(TAG))
        begin = place + TAG
        if begin + length > size:
            raise ValueError(f"an element ends after the file, at {begin + length:,} of {size:,} bytes")
        if kind in (MATRIX, COMPRESSED):
            name, matrix = _described(file, order, begin, length, kind == COMPRESSED)
            if matrix is not None:
                found[name] = matrix
        place = begin + length if kind == COMPRESSED else begin + _padded(length)
    return found


def rows(path: str, matrix: Matrix) -> Any:
    """The numbers of a matrix, (rows, columns); mapped, or in memory where they are compressed.

    Raises:
        ValueError: if the compressed bytes are damaged.
    """
    if matrix.compressed is None:
        if 0 in matrix.shape:
            return np.zeros(matrix.shape, matrix.kind)
        return np.memmap(path, matrix.kind, "r", matrix.start, matrix.shape, "F")
    place, length = matrix.compressed
    count = math.prod(matrix.shape) * np.dtype(matrix.kind).itemsize
    if count > length * ZLIB_AT_MOST:
        raise ValueError(f"{length:,} compressed bytes cannot hold a matrix of {count:,}")
    with open(path, "rb") as file:
        file.seek(place)
        data = _decompressed(file.read(length), matrix.start + count)
    if len(data) < matrix.start + count:
        raise ValueError("compressed numbers are cut off")
    return np.frombuffer(data, matrix.kind, math.prod(matrix.shape), matrix.start).reshape(matrix.shape, order="F")


def _order(head: bytes) -> str:
    """The order of bytes, as `struct` writes it."""
    if len(head) < HEAD or head[126:] not in (b"IM", b"MI"):
        raise ValueError("no head of a MATLAB file of version 5")
    return "<" if head[126:] == b"IM" else ">"


def _described(file: BinaryIO, order: str, begin: int, length: int, compressed: bool) -> tuple[str, Matrix | None]:
    """Name and place of a matrix; no place where it is none of numbers."""
    file.seek(begin)
    if compressed:
        data, offset, end = _decompressed(file.read(length), DESCRIBED), 0, math.inf
        if len(data) < TAG or struct.unpack(f"{order}I", data[:4])[0] != MATRIX:
            return "", None
        data, offset = data[TAG:], TAG
    else:
        data, offset, end = file.read(min(length, DESCRIBED)), begin, begin + length
    parts = list(itertools.islice(_elements(data, order), 4))
    if len(parts) < 4:
        return "", None
    (_, flags, _), (_, shape, _), (_, name, _), (kind, _, start) = parts
    bits, sides = (
        np.frombuffer(flags[:4].ljust(4, b"\0"), f"{order}u4"),
        np.frombuffer(shape[: len(shape) // 4 * 4], f"{order}i4"),
    )
    if bits[0] & 0xFF not in CLASSES or bits[0] & COMPLEX or len(sides) != 2 or sides.min() < 0:
        return "", None
    if kind not in NUMBERS:
        raise ValueError(f"numbers of an unknown type, {kind}")
    matrix = Matrix(
        (int(sides[0]), int(sides[1])), order + NUMBERS[kind], offset + start, (begin, length) if compressed else None
    )
    if offset + start + math.prod(matrix.shape) * np.dtype(matrix.kind).itemsize > end:
        raise ValueError("a matrix ends after its element")
    return name.decode("ascii", "replace"), matrix


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes, int]]:
    """Type, bytes (as far as they are here) and place of each element."""
    place = 0
    while place + TAG <= len(data):
        first, length = struct.unpack(f"{order}II", data[place : place + TAG])
        if first >> 16:  # a short element: type and length share four bytes, and the next four are its content
            kind, length, begin = first & 0xFFFF, first >> 16, place + 4
            yield kind, data[begin : begin + min(length, 4)], begin
            place += TAG
        else:
            begin = place + TAG
            yield first, data[begin : begin + length], begin
            place = begin + _padded(length)


def _padded(length: int) -> int:
    """Elements begin at multiples of eight bytes."""
    return length + -length % 8


def _decompressed(data: bytes, count: int) -> bytes:
    """The first bytes of what was compressed."""
    try:
        return zlib.decompressobj().decompress(data, count)
    except zlib.error as error:
        raise ValueError(f"compressed bytes are damaged: {error}") from None
