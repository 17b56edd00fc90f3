"""Plain tables of the user's: CSV, TSV, JSONL, Parquet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from twobranch.corpus.json_text import parse_json
from twobranch.errors import TwobranchError, nearest


def read_table(path: Path) -> pa.Table:
    """Read a table, in the format that its name says.

    Raises:
        TwobranchError: if the file is missing, damaged, or of another format.
    """
    if path.suffix.lower() not in READERS:
        raise TwobranchError(
            str(path), f"a table is one of {', '.join(READERS)}", found=repr(path.suffix), remedy="Convert it."
        )
    if not path.exists():
        raise TwobranchError(str(path), "the table must exist", remedy="Check the path.")
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise OSError("no file")
        table = READERS[path.suffix.lower()](path)
        names: list[str] = table.column_names  # their bytes are looked at only here
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        remedy = "Mend the file; text is in UTF-8."
        raise TwobranchError(str(path), "the table must be readable", found=first, remedy=remedy) from None
    if repeated := [name for name in names if names.count(name) > 1]:
        raise TwobranchError(
            str(path), "column names are different", found=repr(repeated[0]), remedy="Rename one of them."
        )
    return table


def find_column(table: pa.Table, path: Path, role: str, wanted: str | None, usual: Sequence[str]) -> str:
    """Name of the column that plays a role: the wanted one, or the first of the usual names that is there.

    Raises:
        TwobranchError: if there is no such column.
    """
    names: list[str] = table.column_names
    if wanted is not None:
        if wanted not in names:
            remedy = nearest(wanted, names)
            raise TwobranchError(f"{path}, --columns {role}={wanted}", "a column must be there", remedy=remedy)
        return wanted
    lower = {name.strip().lower(): name for name in reversed(names)}
    for candidate in usual:
        if candidate in lower:
            return lower[candidate]
    raise TwobranchError(
        str(path),
        f"one column names the {role}: {', '.join(usual)}",
        found="columns " + ", ".join(names),
        remedy=f"Name it with --columns {role}=NAME.",
    )


def _read_csv(path: Path, delimiter: str = ",") -> pa.Table:
    from pyarrow import csv

    options = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    return csv.read_csv(path, parse_options=options)


def _read_tsv(path: Path) -> pa.Table:
    return _read_csv(path, "\t")


def _read_parquet(path: Path) -> pa.Table:
    from pyarrow import parquet

    return parquet.read_table(path)


def _read_jsonl(path: Path) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if line.strip():
            try:
                row = parse_json(line)
            except ValueError as error:
                raise ValueError(f"row {number}: {error}") from None
            if not isinstance(row, dict):
                raise ValueError(f"row {number}: not an object")
            rows.append(row)
    # Keys of all rows: pyarrow by itself looks at the first row only.
    names = dict.fromkeys(key for row in rows for key in row)
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


READERS: dict[str, Callable[[Path], pa.Table]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".parquet": _read_parquet,
}
"""File name ending -> reader."""
