"""Typed columns from the user's own columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from twobranch.corpus.records import Scalar

Metadata = Sequence[Mapping[str, Scalar]]


def metadata_columns(rows: Metadata, reserved: Sequence[str]) -> tuple[dict[str, pa.Array], list[str]]:
    """An Arrow array for each metadata column, and a note for each that had to be renamed.

    Args:
        rows: the metadata of each image; an absent key is null.
        reserved: names that the corpus uses itself; a user's column of that name gets a trailing underscore.

    Example:
        >>> columns, notes = metadata_columns([{"year": 1999, "id": "x"}, {"year": None}], reserved=["id"])
        >>> {name: str(column.type) for name, column in columns.items()}, notes
        ({'year': 'int64', 'id_': 'string'}, ["your column 'id' is kept as 'id_'"])
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    taken = {*names, *reserved}
    columns, notes = {}, []
    for name in names:
        kept = name
        if name in reserved:
            while kept in taken:
                kept += "_"
            taken.add(kept)
            notes.append(f"your column {name!r} is kept as {kept!r}")
        columns[kept] = _typed([row.get(name) for row in rows])
    return columns, notes


def _typed(values: list[Scalar]) -> pa.Array:
    """The narrowest of bool, int64, float64 and string that holds all values."""
    types = {type(value) for value in values if value is not None}
    if types == {bool}:
        return pa.array(values, pa.bool_())
    if types == {int} and all(-(2**63) <= value < 2**63 for value in values if isinstance(value, int)):
        return pa.array(values, pa.int64())
    if types and types <= {int, float}:
        try:
            return pa.array([None if value is None else float(value) for value in values], pa.float64())
        except OverflowError:  # a whole number of hundreds of digits stays text
            pass
    return pa.array([None if value is None else str(value) for value in values], pa.string())
