"""The columns of an index as filter controls need them: types, values, ranges."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from twobranch.serving.answers import Column, Value

if TYPE_CHECKING:
    from twobranch.search.matrix import Snapshot

MOST_VALUES = 50
"""Different values from which on a column is no list to choose from."""

MOST_CHARACTERS = 200
"""Of a value in such a list."""


def columns_of(snapshot: Snapshot) -> list[Column]:
    """What a filter may say: each column with its range where it has one; the user's with their values where few."""
    own = snapshot.metadata_columns
    names = [name for name in snapshot.rows.column_names if name != "_rowid"]
    return [_column(name, snapshot.rows[name], listed=name in own) for name in names]


def _column(name: str, values: pa.ChunkedArray, *, listed: bool) -> Column:
    kind = type_name(values.type)
    least, most = _range(values) if kind in ("integer", "number", "date", "time") else (None, None)
    return Column(name=name, type=kind, values=_few_values(values) if listed else None, min=least, max=most)


def type_name(kind: pa.DataType) -> str:
    """One word for an Arrow type.

    Example:
        >>> [type_name(kind) for kind in (pa.string(), pa.int64(), pa.list_(pa.string()))]
        ['text', 'integer', 'list']
    """
    tests = {
        "boolean": pa.types.is_boolean,
        "integer": pa.types.is_integer,
        "number": pa.types.is_floating,
        "date": pa.types.is_date,
        "time": pa.types.is_timestamp,
        "list": pa.types.is_list,
    }
    return next((name for name, fits in tests.items() if fits(kind)), "text")


def _few_values(values: pa.ChunkedArray) -> list[Value] | None:
    """Different values and how many images have them; those of lists one by one."""
    if pa.types.is_list(values.type):
        values = pc.list_flatten(values)
    counted = pc.value_counts(values.drop_null())
    if len(counted) > MOST_VALUES:
        return None
    pairs = [(_plain(one["values"]), one["counts"]) for one in counted.to_pylist()]
    if any(value is None or len(str(value)) > MOST_CHARACTERS for value, _ in pairs):
        return None
    pairs.sort(key=lambda pair: (-pair[1], str(pair[0])))
    return [Value(value=value, count=count) for value, count in pairs]


def _range(values: pa.ChunkedArray) -> tuple[Any, Any]:
    found = pc.min_max(values).as_py()
    return _plain(found["min"]), _plain(found["max"])


def _plain(value: Any) -> Any:
    """A value as JSON knows it; None where it does not."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, datetime.date) else value
