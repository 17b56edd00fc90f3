"""Metadata columns of an index: read from a table of the user's, one row per image."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from twobranch.errors import TwobranchError
from twobranch.search.tables import find_column, read_table

RESERVED = ("id", "path", "sha256", "bytes", "mtime_ns", "width", "height", "embedding", "thumbnail", "sentences")
"""Columns of every index; a metadata column of such a name is stored as metadata_<name>."""

IMAGE_COLUMNS = ("image", "image_path", "image_file", "filename", "file_name", "filepath", "file", "path", "img")
"""Names of the column that says which image a row is about; the first that is there counts."""


@dataclass
class Metadata:
    """Values for images, under the columns they are stored in.

    Attributes:
        columns: name and Arrow type of each column.
        rows: values by image id; an image without a row has nulls.
        notes: what was renamed or left out, in sentences for the user.
    """

    columns: dict[str, pa.DataType]
    rows: dict[str, Mapping[str, Any]]
    notes: list[str] = field(default_factory=list)

    def of(self, image_id: str) -> dict[str, Any]:
        """The values of an image, None where there are none."""
        row = self.rows.get(image_id, {})
        return {name: row.get(name) for name in self.columns}


def read_metadata(path: Path, ids: Mapping[str, str], *, image_column: str | None = None) -> Metadata:
    """Read a metadata table (CSV, TSV, JSONL or Parquet) for the images of an index.

    Args:
        path: the table; one of its columns names the image: by id, by absolute path, or by file name where only
            one image has it.
        ids: absolute path of each image by its id.
        image_column: the column that names the image; found by itself if None.

    Raises:
        TwobranchError: if the file cannot be read, has no image column, or names none of the images.
    """
    table = read_table(path)
    column = find_column(table, path, "image", image_column, IMAGE_COLUMNS)
    find = _finder(ids)
    named = [find(str(value)) for value in table[column].to_pylist()]
    metadata = from_table(table.drop_columns([column]), named)
    matched = len(metadata.rows)
    if ids and not matched:
        raise TwobranchError(
            f"{path}, column '{column}'",
            "must name images of the folder, by path or by file name",
            found=f"{table[column][0].as_py()!r} in the first row and no known image in any"
            if len(named)
            else "no row",
            remedy="Name another column with --columns image=NAME, or correct the paths.",
        )
    unknown, known = named.count(None), len(named) - named.count(None)
    metadata.notes.append(f"{path.name}: metadata for {matched} of {len(ids)} images")
    if unknown:
        metadata.notes.append(f"{path.name}: {unknown} rows name no image of the folder; left out")
    if known > matched:
        metadata.notes.append(f"{path.name}: {known - matched} further rows of an image that had one; the first counts")
    return metadata


def from_table(table: pa.Table, ids: Iterable[str | None]) -> Metadata:
    """Metadata from an Arrow table whose rows belong to the images `ids`; None leaves a row out."""
    notes: list[str] = []
    columns: dict[str, pa.DataType] = {}
    values: dict[str, list[Any]] = {}
    for name in table.column_names:
        stored, kind = _stored_name(name, columns), _stored_type(table.schema.field(name).type)
        if kind is None:
            notes.append(f"column '{name}' holds {table.schema.field(name).type}, not plain values; left out")
            continue
        if stored != name:
            notes.append(f"column '{name}' is stored as '{stored}'")
        columns[stored] = kind
        values[stored] = _values(table[name].cast(kind))
    rows: dict[str, Mapping[str, Any]] = {}
    for row, image_id in enumerate(ids):
        if image_id is not None and image_id not in rows:
            rows[image_id] = {name: column[row] for name, column in values.items()}
    return Metadata(columns, rows, notes)


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column; NaN is no value."""
    values: list[Any] = column.to_pylist()
    if pa.types.is_floating(column.type):
        return [None if value is None or math.isnan(value) else value for value in values]
    return values


def _stored_name(name: str, taken: Iterable[str]) -> str:
    """A column name that the store and its SQL take: not reserved, no leading underscore, no dot, not taken."""
    stored = name.strip().replace(".", "_").replace("`", "_").lstrip("_") or "column"
    lower = {other.lower() for other in taken}
    if stored.lower() in RESERVED:
        stored = f"metadata_{stored}"
    number = 2
    unique = stored
    while unique.lower() in lower:
        unique, number = f"{stored}_{number}", number + 1
    return unique


def _stored_type(kind: pa.DataType) -> pa.DataType | None:
    """The type a column is stored in; None for nested values other than lists of plain ones."""
    if pa.types.is_dictionary(kind):
        return _stored_type(kind.value_type)
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string(kind):
        return pa.string()
    if pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return pa.date32() if pa.types.is_date(kind) else kind
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = _stored_type(kind.value_type)
        return None if inner is None or pa.types.is_list(inner) else pa.list_(inner)
    return None


def _finder(ids: Mapping[str, str]) -> Callable[[str], str | None]:
    """From a written image to its id: by id, absolute path, or file name where it is unique."""
    by_path = {path: image_id for image_id, path in ids.items()}
    by_name: dict[str, str | None] = {}
    for image_id in ids:
        name = image_id.rsplit("/", 1)[-1]
        by_name[name] = None if name in by_name else image_id

    def find(written: str) -> str | None:
        value = written.strip().replace("\\", "/").removeprefix("./")
        if value in ids:
            return value
        return by_path.get(value) or (by_name.get(value) if "/" not in value else None)

    return find
