"""What exact search reads: a matrix of embeddings and the facts of each row, derived from the store.

Opening LanceDB costs seconds, mapping a file costs nothing. The derived folder carries in its name the stamp of the
store that it was made from; any other stamp is stale. It can be deleted at any time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from twobranch.errors import TwobranchError, UnwritableError
from twobranch.files import atomic_path
from twobranch.progress import log
from twobranch.search.metadata import RESERVED
from twobranch.search.store import HIDDEN, Store, schema, store_stamp

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The images of an index at one version of its store.

    Attributes:
        matrix: (N, D) float32, memory-mapped where the index folder is writable.
        rows: N rows in the order of the matrix: every column of the store but the large ones, and `_rowid`.
        stamp: stamp of the store.
        version: the store's version, for readers that go back to it.
        folder: the derived folder; None where the snapshot lives in memory.
    """

    matrix: Floats
    rows: pa.Table
    stamp: str
    version: int
    folder: Path | None = None

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def metadata_columns(self) -> list[str]:
        """Columns that came from the user's metadata."""
        return [name for name in self.rows.column_names if name not in (*RESERVED, "_rowid")]

    @cached_property
    def row_ids(self) -> NDArray[np.uint64]:
        """The store's row id of each row (N,)."""
        ids: NDArray[np.uint64] = self.rows["_rowid"].to_numpy()
        return ids

    @cached_property
    def _by_row_id(self) -> NDArray[np.intp]:
        return np.argsort(self.row_ids)

    @cached_property
    def _by_id(self) -> dict[str, int]:
        return {image_id: row for row, image_id in enumerate(self.rows["id"].to_pylist())}

    def row_of(self, image_id: str) -> int | None:
        """The row of an image; None where the index holds no such id."""
        return self._by_id.get(image_id)

    def rows_of(self, row_ids: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Rows of the matrix, ascending, for row ids of the store."""
        found = np.searchsorted(self.row_ids, row_ids, sorter=self._by_row_id)
        rows = self._by_row_id[np.minimum(found, len(self) - 1)]
        if not np.array_equal(self.row_ids[rows], row_ids):
            raise TwobranchError(
                str(self.folder), "must hold the images of the store", remedy="Delete it; it is made anew."
            )
        return np.sort(rows)

    def facts(self, row: int) -> dict[str, Any]:
        """All columns of one row."""
        values: dict[str, Any] = self.rows.slice(row, 1).to_pylist()[0]
        return values


def load_snapshot(index: Path, store_folder: str | Path, dim: int, open_store: Callable[[], Store]) -> Snapshot:
    """The snapshot of the newest version, from the derived folder, or made anew where that is stale.

    Args:
        index: the index folder; where it cannot be written, the snapshot lives in memory.
        store_folder: the store of the current generation, a folder or an address.
        dim: D, the length of an embedding.
        open_store: opens the store at its newest version; called only if needed.
    """
    stamp = store_stamp(store_folder)
    try:
        snapshot = _read(_derived(index, store_folder, stamp), stamp)
        if snapshot.matrix.shape[1:] == (dim,):
            return snapshot
    except Exception:  # absent, cut short by a power failure, or changed: made anew
        pass
    snapshot = _from_store(store_folder, open_store)
    folder = _derived(index, store_folder, snapshot.stamp)
    try:
        _write(snapshot, folder)
        return _read(folder, snapshot.stamp)
    except (OSError, UnwritableError) as error:
        log.info("the search matrix is kept in memory: %s cannot be written (%s)", index, error)
        return snapshot


def _derived(index: Path, store_folder: str | Path, stamp: str) -> Path:
    return index / "derived" / f"{os.path.basename(store_folder)}-{stamp}"


def _from_store(store_folder: str | Path, open_store: Callable[[], Store]) -> Snapshot:
    """Read rows and embeddings of the newest version, joined by row id."""
    while True:  # until no writer commits between reading the stamp and opening the store
        stamp = store_stamp(store_folder)
        store = open_store()
        if stamp == store_stamp(store_folder):
            break
    fixed = store.at(store.version)
    rows = fixed.listing()
    row_ids, matrix = fixed.embeddings()
    if not np.array_equal(rows["_rowid"].to_numpy(), row_ids):  # two scans need not come in one order
        rows = rows.sort_by("_rowid")
        matrix = matrix[np.argsort(row_ids)]
    return Snapshot(matrix, rows, stamp, fixed.version)


def _write(snapshot: Snapshot, folder: Path) -> None:
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        np.save(temporary / "matrix.npy", snapshot.matrix)
        rows = snapshot.rows.replace_schema_metadata({"version": str(snapshot.version)}).combine_chunks()
        with pa.ipc.new_file(temporary / "rows.arrow", rows.schema) as writer:
            writer.write_table(rows)
    for other in folder.parent.iterdir():
        if other != folder and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)


def _known_columns() -> list[pa.Field]:
    """The columns that the rows of every snapshot have."""
    return [field for field in schema(1, {}) if field.name not in HIDDEN] + [pa.field("_rowid", pa.uint64())]


def _read(folder: Path, stamp: str) -> Snapshot:
    with pa.memory_map(str(folder / "rows.arrow")) as source:
        rows = pa.ipc.open_file(source).read_all()
    rows.validate(full=True)  # Arrow trusts what it maps: offsets that lead elsewhere would end the process
    mode: Literal["r"] | None = "r" if rows.num_rows else None  # nothing can be mapped from an empty file
    matrix = np.load(folder / "matrix.npy", mmap_mode=mode, allow_pickle=False)
    if len(matrix) != rows.num_rows or matrix.dtype != np.float32:
        raise ValueError("matrix and rows do not belong together")
    if any(rows.schema.field(field.name).type != field.type for field in _known_columns()):
        raise ValueError("columns of other types")
    return Snapshot(matrix, rows, stamp, int(rows.schema.metadata[b"version"]), folder)
