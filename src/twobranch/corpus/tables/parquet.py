"""Parquet; rows count from 1."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from twobranch.corpus.reading import BadRows
from twobranch.corpus.tables.rows import SAMPLE, Rows
from twobranch.errors import TwobranchError

UNTYPED = False


def columns(path: Path, sample: int | None = SAMPLE) -> list[str]:
    """The names of the top-level columns; no row is read for them."""
    names: list[str] = _open(path).schema_arrow.names
    return names


def rows(path: Path, bad_rows: BadRows) -> Rows:
    """The rows, batch by batch; the format itself leaves no room for a broken one."""
    number = 0
    for batch in _open(path).iter_batches():
        for row in batch.to_pylist():
            number += 1
            yield number, {name: _value(value) for name, value in row.items()}


def _open(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise TwobranchError(
            path.name, "must be a Parquet file", found=str(error), remedy="Write the file anew."
        ) from None


def _value(value: Any) -> Any:
    """NaN is how data frames write an empty cell."""
    return None if isinstance(value, float) and math.isnan(value) else value
