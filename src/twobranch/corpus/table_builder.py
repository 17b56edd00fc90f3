"""Arrow tables, row by row."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

BATCH = 65_536
"""Rows that are kept as Python values before they become Arrow's, which need a fraction of the memory."""


class TableBuilder:
    """A table of a schema that grows by rows.

    Args:
        schema: names and types of the columns.

    Example:
        >>> builder = TableBuilder(pa.schema([("name", pa.string()), ("count", pa.int32())]))
        >>> builder.append("a.jpg", 5)
        >>> len(builder), builder.table().to_pylist()
        (1, [{'name': 'a.jpg', 'count': 5}])
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._columns: list[list[Any]] = [[] for _ in schema]
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def append(self, *values: Any) -> None:
        """Add a row, a value per column."""
        for column, value in zip(self._columns, values, strict=True):
            column.append(value)
        self._rows += 1
        if len(self._columns[0]) == BATCH:
            self._flush()

    def table(self) -> pa.Table:
        """All rows so far, every column in one piece."""
        self._flush()
        return pa.Table.from_batches(self._batches, self._schema).combine_chunks()

    def _flush(self) -> None:
        arrays = [pa.array(column, field.type) for column, field in zip(self._columns, self._schema, strict=True)]
        self._batches.append(pa.record_batch(arrays, schema=self._schema))
        self._columns = [[] for _ in self._schema]
