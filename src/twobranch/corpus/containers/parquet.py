"""Parquet files that hold pictures: a column of bytes, or one of structs {bytes, path} as Hugging Face writes it.

A member is called <column>/<row>, where the first row is 1. Row groups can be entered at their beginning only, so a
picture is found by reading from there in batches of a few megabytes, of which the last few are kept: whoever reads the
pictures in their order reads the file once, and a file of any size takes the memory of a few batches.
"""

from __future__ import annotations

import bisect
import contextlib
import itertools
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from twobranch.corpus.containers.latest import FileVersion, Latest
from twobranch.errors import TwobranchError

BYTES, PATH = "bytes", "path"
"""The fields of a struct that is a picture."""

BATCH_BYTES, BATCH_ROWS = 1 << 22, 64
"""A batch holds about so many bytes, and never more rows: equal pictures take no space in the file but do in memory."""

KEPT_BATCHES, OPEN_FILES, KEPT_LENGTHS = 8, 4, 4096
"""What is remembered: of a file its last batches, the files read last, the lengths of all but endless corpora."""

Lengths = npt.NDArray[np.int64]


def embedded_columns(schema: pa.Schema) -> dict[str, str]:
    """The columns that may hold pictures, each with the path of its bytes.

    Example:
        >>> struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        >>> embedded_columns(pa.schema([("image", struct), ("thumb", pa.binary()), ("text", pa.string())]))
        {'image': 'image.bytes', 'thumb': 'thumb'}
    """
    found = {}
    for field in schema:
        if schema.names.count(field.name) > 1:
            continue
        if _is_binary(field.type):
            found[field.name] = field.name
        elif pa.types.is_struct(field.type) and any(f.name == BYTES and _is_binary(f.type) for f in field.type):
            found[field.name] = f"{field.name}.{BYTES}"
    return found


def member(column: str, row: int) -> str:
    """The name of the picture in a row; whatever the column is called, it is one part of a path.

    Example:
        >>> member("image", 17), member("../a b", 1)
        ('image/17', '%2E%2E%2Fa%20b/1')
    """
    return f"{quote(column, safe='').replace('.', '%2E')}/{row}"


def lengths(file: FileVersion, column: str) -> Lengths:
    """The number of bytes of each row's picture, (rows,); -1 where the row has none.

    The column is read once, batch by batch; what comes out is remembered.

    Raises:
        TwobranchError: if the file cannot be read.
    """
    return _LENGTHS.of((file, column))


def read(file: FileVersion, member: str) -> bytes | None:
    """The picture of a row; None where the file has no such column or row, or the row no picture."""
    place = _place(member)
    return None if place is None else _OPEN.of((file, place[0])).picture(place[1] - 1)


def size(file: FileVersion, member: str) -> int:
    """The number of bytes of a row's picture; -1 where there is none."""
    place = _place(member)
    if place is None:
        return -1
    found = lengths(file, place[0])
    return int(found[place[1] - 1]) if place[1] <= len(found) else -1


_MEMBER = re.compile(r"(?P<column>[^/]+)/(?P<row>[1-9][0-9]{0,17})")


def _place(member: str) -> tuple[str, int] | None:
    """Column and row, from 1, of a member's name."""
    match = _MEMBER.fullmatch(member)
    return None if match is None else (unquote(match["column"]), int(match["row"]))


def _is_binary(type: pa.DataType) -> bool:
    kinds = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    return any(is_kind(type) for is_kind in kinds)


@dataclass
class _Position:
    """Where a row group has been read to."""

    group: int
    batches: Iterator[pa.Array]
    next: int = 0


class _Column:
    """A column of pictures of an open file; threads take turns.

    Args:
        key: the file and the name of the column.

    Raises:
        TwobranchError: if the file cannot be read.
    """

    def __init__(self, key: tuple[FileVersion, str]) -> None:
        import pyarrow.parquet as pq

        self._path, self._name = key[0].path, key[1]
        with _readable(self._path):
            # Read through a small buffer: otherwise a whole row group would come into memory.
            self._file = pq.ParquetFile(self._path, buffer_size=1 << 20, pre_buffer=False)
            self._bytes = embedded_columns(self._file.schema_arrow).get(self._name)
            groups = [self._file.metadata.row_group(i) for i in range(self._file.metadata.num_row_groups)]
            self._starts = [0, *itertools.accumulate(group.num_rows for group in groups)]
            self._rows = [_batch_rows(group.total_byte_size, group.num_rows) for group in groups]
        self._kept: OrderedDict[tuple[int, int], pa.Array] = OrderedDict()
        self._cursor: _Position | None = None
        self._lock = threading.Lock()

    def lengths(self) -> Lengths:
        """The lengths of all pictures in order, -1 for none."""
        if self._bytes is None:
            return np.zeros(0, np.int64)
        found = [np.zeros(0, np.int64)]
        for group in range(len(self._rows)):
            for batch in self._batches(group):
                found.append(pc.binary_length(batch).cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False))
        return np.concatenate(found)

    def picture(self, row: int) -> bytes | None:
        """The picture of a row, from 0."""
        if self._bytes is None or not 0 <= row < self._starts[-1]:
            return None
        group = bisect.bisect_right(self._starts, row) - 1
        number, place = divmod(row - self._starts[group], self._rows[group])
        with self._lock:
            batch = self._batch(group, number)
        picture: bytes | None = batch[place].as_py() if place < len(batch) else None
        return picture

    def _batch(self, group: int, number: int) -> pa.Array:
        """A batch of a row group: a kept one, one further on, or from the beginning of the group."""
        if (group, number) in self._kept:
            self._kept.move_to_end((group, number))
            return self._kept[group, number]
        position, self._cursor = self._cursor, None  # it stays so where reading fails
        if position is None or position.group != group or position.next > number:
            position = _Position(group, self._batches(group))
        for batch in position.batches:
            position.next += 1
            if position.next > number:
                self._cursor = position
                return self._keep((group, number), batch)
        return pa.array([], pa.binary())

    def _keep(self, key: tuple[int, int], batch: pa.Array) -> pa.Array:
        self._kept[key] = batch
        while len(self._kept) > KEPT_BATCHES:
            self._kept.popitem(last=False)
        return batch

    def _batches(self, group: int) -> Iterator[pa.Array]:
        """The batches of a row group."""
        with _readable(self._path):
            batches = self._file.iter_batches(
                self._rows[group], row_groups=[group], columns=[self._bytes], use_threads=False
            )
            for batch in batches:
                column = batch.column(self._name)
                found = pc.struct_field(column, BYTES) if pa.types.is_struct(column.type) else column
                yield found.cast(pa.large_binary()) if pa.types.is_binary_view(found.type) else found


def _batch_rows(stored: int, rows: int) -> int:
    """The rows of a batch of a row group, from the bytes and the rows of the group; the pictures are most of it."""
    return min(max(BATCH_BYTES // max(stored // max(rows, 1), 1), 1), BATCH_ROWS)


@contextlib.contextmanager
def _readable(path: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # what pyarrow raises on a damaged file depends on where it is damaged
        raise TwobranchError(path, "must be a whole Parquet file", found=error, remedy="Write the file anew.") from None


_OPEN: Latest[tuple[FileVersion, str], _Column] = Latest(_Column, OPEN_FILES)
_LENGTHS: Latest[tuple[FileVersion, str], Lengths] = Latest(lambda key: _Column(key).lengths(), KEPT_LENGTHS)
