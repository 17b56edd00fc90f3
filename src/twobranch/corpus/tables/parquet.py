"""Parquet; rows count from 1."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twobranch.corpus.reading import BadRows
from twobranch.corpus.tables.rows import Rows
from twobranch.errors import TwobranchError

UNTYPED = False


def columns(path: Path) -> list[str]:
    """The names of the top-level columns."""
    names: list[str] = _open(path).schema_arrow.names
    return names


def rows(path: Path, bad_rows: BadRows) -> Rows:
    """The rows, batch by batch; the format itself leaves no room for a broken one."""
    number = 0
    batches = _open(path).iter_batches()
    while (batch := _next(batches, path)) is not None:
        for row in batch:
            number += 1
            yield number, {name: _value(value) for name, value in row.items()}


def _open(path: Path) -> Any:
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except Exception as error:
        raise _damaged(path, error) from None


def _next(batches: Iterator[Any], path: Path) -> list[dict[str, Any]] | None:
    """The rows of the next batch; None after the last one."""
    try:
        batch = next(batches, None)
        rows: list[dict[str, Any]] | None = None if batch is None else batch.to_pylist()
    except Exception as error:  # damaged pages, text that is not UTF-8, times beyond those of Python
        raise _damaged(path, error) from None
    return rows


def _damaged(path: Path, error: Exception) -> TwobranchError:
    return TwobranchError(path.name, "must be a Parquet file", found=str(error), remedy="Write the file anew.")


def _value(value: Any) -> Any:
    """NaN is how data frames write an empty cell."""
    return None if isinstance(value, float) and math.isnan(value) else value
