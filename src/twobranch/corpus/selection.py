"""Taking rows out of a table whose other tables point at them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from twobranch.errors import TwobranchError

Rows = npt.NDArray[np.int64]


def row_numbers(rows: npt.ArrayLike, total: int) -> Rows:
    """Row numbers from row numbers or a mask of length `total`; each row once and inside the table.

    Raises:
        TwobranchError: for a row outside the table, a row named twice, or a mask of another length.

    Example:
        >>> row_numbers([True, False, True], 3)
        array([0, 2])
    """
    given = np.asarray(rows)
    if given.dtype == bool:
        if given.shape != (total,):
            raise TwobranchError(
                "a mask of images", f"must have shape ({total},)", found=given.shape, remedy="Make one entry per image."
            )
        return np.flatnonzero(given)
    numbers = given.astype(np.int64).reshape(-1)
    if numbers.size and (numbers.min() < 0 or numbers.max() >= total):
        found = f"{numbers.min()} to {numbers.max()}"
        raise TwobranchError(
            "row numbers of images", f"must be in 0 to {total - 1}", found=found, remedy="Take rows of this corpus."
        )
    if np.unique(numbers).size != numbers.size:
        raise TwobranchError("row numbers of images", "must name each row once", remedy="Remove the repeated rows.")
    return numbers


def renumbering(rows: Rows, total: int) -> npt.NDArray[np.int32]:
    """The new number of every old row when only `rows` stay, in that order; -1 for a row that goes.

    Example:
        >>> renumbering(np.array([2, 0]), 3)
        array([ 1, -1,  0], dtype=int32)
    """
    new = np.full(total, -1, dtype=np.int32)
    new[rows] = np.arange(len(rows), dtype=np.int32)
    return new


def follow(table: pa.Table, key: str, new_parent: npt.NDArray[np.int32]) -> tuple[pa.Table, Rows]:
    """The rows of a table whose parent stays, in the order of their parents, pointing at the parent's new number.

    Args:
        table: a table of children.
        key: its column of parent row numbers.
        new_parent: the parents' `renumbering`.

    Returns:
        The new table, and the old row number of each of its rows.
    """
    parents = new_parent[table.column(key).to_numpy()]
    kept = np.flatnonzero(parents >= 0)
    kept = kept[np.argsort(parents[kept], kind="stable")]
    return repoint(table.take(kept), key, parents[kept]), kept


def repoint(table: pa.Table, key: str, parents: npt.NDArray[np.int32]) -> pa.Table:
    """The table with other parent row numbers in the column `key`."""
    position = table.schema.get_field_index(key)
    return table.set_column(position, table.schema.field(position), pa.array(parents, pa.int32()))
