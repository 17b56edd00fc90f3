"""Parquet; rows count from 1.

Columns of bytes stay in the file: their cells are `IN_FILE`, and `name_pictures` turns those of the image column into
paths of members (`twobranch.corpus.containers`).
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twobranch.corpus.containers.latest import version_of
from twobranch.corpus.containers.parquet import PATH, Lengths, embedded_columns, lengths, member
from twobranch.corpus.reading import BadRows
from twobranch.corpus.tables.rows import SAMPLE, Row, Rows
from twobranch.errors import TwobranchError

UNTYPED = False

PART = re.compile(r".*-\d{5}-of-\d{5}(-[0-9a-f]+)?\.parquet", re.IGNORECASE)
"""The name of a file that is a part of a data set, such as train-00000-of-00004.parquet."""

LARGE_GROUP = 1 << 28
"""Bytes of a row group in which it takes long to reach a picture, for it is read from its beginning."""

SLOW = "its row groups are large: in any other than their order they are found faster in groups of 100 rows"

IN_FILE = object()
"""The cell of a column of bytes."""


def columns(path: Path, sample: int | None = SAMPLE) -> list[str]:
    """The names of the top-level columns; no row is read for them."""
    names: list[str] = _open(path).schema_arrow.names
    return names


def rows(path: Path, bad_rows: BadRows) -> Rows:
    """The rows, batch by batch; the format itself leaves no room for a broken one."""
    file = _open(path)
    embedded = embedded_columns(file.schema_arrow)
    columns = list(file.schema_arrow.names)
    read = [name for name in columns if name not in embedded]
    number = 0
    for batch in _batches(file, read, path):
        for row in batch:
            number += 1
            yield number, {name: IN_FILE if name in embedded else _value(row[name]) for name in columns}


@dataclass(frozen=True)
class Embedded:
    """The pictures inside a file.

    Attributes:
        path: the file.
        column: the column of images.
        sizes: the bytes of each row's picture, (rows,); -1 where there is none.
        names: the path that stands beside each picture; None where there is none.
    """

    path: Path
    column: str
    sizes: Lengths
    names: Sequence[str | None]

    @property
    def columns(self) -> list[str]:
        """The columns that come to those of the file."""
        return [f"{self.column}_path"] if any(name is not None for name in self.names) else []

    @property
    def note(self) -> str:
        """What was understood, for the user."""
        groups = _open(self.path).metadata
        largest = max((groups.row_group(i).total_byte_size for i in range(groups.num_row_groups)), default=0)
        note = f"column {self.column!r} holds the pictures themselves"
        return f"{note}; {SLOW}" if largest > LARGE_GROUP else note

    def named(self, rows: Rows) -> Rows:
        """The rows with the path of each picture in its cell; without one the path that stands there, that of a file.

        Raises:
            TwobranchError: if the file has more or fewer pictures than rows.
        """
        place, count = os.path.abspath(self.path), 0
        for number, row in rows:
            count += 1
            if number > min(len(self.sizes), len(self.names)):
                break
            inside, name = self.sizes[number - 1] >= 0, self.names[number - 1]
            row[self.column] = f"{place}/{member(self.column, number)}" if inside else name
            if inside and name is not None:
                row.setdefault(f"{self.column}_path", name)
            yield number, row
        if not len(self.sizes) == len(self.names) == count:
            raise _damaged(self.path, f"{len(self.sizes):,} pictures in {count:,} rows")


def embedded_pictures(path: Path, column: str) -> Embedded | None:
    """The pictures inside a file; None where the column holds paths.

    Args:
        path: the file.
        column: the column of images.

    Raises:
        TwobranchError: if the file cannot be read.
    """
    file = version_of(os.path.abspath(path))
    if file is None or column not in embedded_columns(_open(path).schema_arrow):
        return None
    return Embedded(path, column, lengths(file, column), _paths(path, column))


def _paths(path: Path, column: str) -> list[str | None]:
    """The path beside the bytes of each row's picture; None where there is none."""
    file = _open(path)
    type = file.schema_arrow.field(column).type
    if PATH not in [field.name for field in getattr(type, "fields", [])]:
        return [None] * file.metadata.num_rows
    cells = (row[column] for batch in _batches(file, [f"{column}.{PATH}"], path) for row in batch)
    return [None if cell is None else cell[PATH] for cell in cells]


def _batches(file: Any, columns: list[str], path: Path) -> Iterator[list[Row]]:
    try:
        for batch in file.iter_batches(columns=columns):
            yield batch.to_pylist() if columns else [{}] * batch.num_rows
    except Exception as error:  # what pyarrow raises on a damaged file depends on where it is damaged
        raise _damaged(path, error) from None


def _damaged(path: Path, found: object) -> TwobranchError:
    return TwobranchError(path.name, "must be a whole Parquet file", found=found, remedy="Write the file anew.")


def _open(path: Path) -> Any:
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except Exception as error:
        raise TwobranchError(
            path.name, "must be a Parquet file", found=str(error), remedy="Write the file anew."
        ) from None


def _value(value: Any) -> Any:
    """NaN is how data frames write an empty cell."""
    return None if isinstance(value, float) and math.isnan(value) else value
