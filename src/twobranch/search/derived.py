"""The derived folder: the files that search reads, made from the store and stamped with its version.

Opening LanceDB costs seconds, mapping a file costs nothing. The folder carries in its name the stamp of the store that
it was made from; any other stamp is stale. It can be deleted at any time, and whatever is damaged is made anew.

    derived/store-STAMP/
      derived.json        the version of the store
      matrix.npy          (N, D) embeddings            rows.arrow    their facts
      tail.npy            (T, D) of images added since  tail.arrow    their facts
      gone.npy            rows whose images were removed since
      approximate.*       where the matrix is large: what finds candidates

The folder of the next version shares the large files with the one before it (hard links).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from twobranch.config import Config, validated
from twobranch.corpus.object_storage import is_remote
from twobranch.errors import UnwritableError
from twobranch.files import atomic_path, read_json, write_json
from twobranch.progress import log
from twobranch.search.approximate import ApproximateIndex
from twobranch.search.following import Followed, follow
from twobranch.search.matrix import Floats, Snapshot
from twobranch.search.store import HIDDEN, SENTENCES, Store, schema, store_stamp

APPROXIMATE_FROM = 1 << 26
"""Numbers in a matrix from which on candidates are found approximately: 131,072 images of 512.

Up to there the exact product takes about as long as encoding the sentence (`benchmarks/search_scale.py`).
"""


_DESCRIPTION, _GONE = "derived.json", "gone.npy"
_MATRIX, _ROWS, _TAIL, _TAIL_ROWS = "matrix.npy", "rows.arrow", "tail.npy", "tail.arrow"


class _Description(Config):
    """What `derived.json` says."""

    version: int = Field(ge=0, description="the store's version, for readers that go back to it")


def load_snapshot(index: Path, store_folder: str | Path, dim: int, open_store: Callable[[], Store]) -> Snapshot:
    """The snapshot of the newest version, from the derived folder, or made anew where that is stale.

    Args:
        index: the index folder; where it cannot be written, the snapshot lives in memory.
        store_folder: the store of the current generation, a folder or an address.
        dim: D, the length of an embedding.
        open_store: opens the store at its newest version; called only if needed.
    """
    stamp = store_stamp(store_folder)
    current = _readable(_derived(index, store_folder, stamp), stamp, dim)
    if current is not None:
        return current
    stamp, store = _newest(store_folder, open_store)
    former = _former(index, store_folder, dim)
    followed = None if former is None else follow(former, store, stamp)
    snapshot = _from_store(store, stamp) if followed is None else followed.snapshot
    shared = [] if former is None or followed is None else _shared(former, followed)
    folder = _derived(index, store_folder, snapshot.stamp)
    try:
        _write(snapshot, folder, shared)
        return _read(folder, snapshot.stamp)
    except (OSError, UnwritableError) as error:
        log.info("the search matrix is kept in memory: %s cannot be written (%s)", index, error)
        return snapshot


def discard(store_folder: str | Path) -> None:
    """Forget what was derived of a store: its columns change, which no row tells.

    Of a store on object storage each reader derives on its own machine, and compares the columns when it follows.
    """
    if is_remote(store_folder):
        return
    folder = Path(store_folder)
    for derived in (folder.parent / "derived").glob(f"{folder.name}-*"):
        shutil.rmtree(derived, ignore_errors=True)


def _derived(index: Path, store_folder: str | Path, stamp: str) -> Path:
    return index / "derived" / f"{os.path.basename(store_folder)}-{stamp}"


def _former(index: Path, store_folder: str | Path, dim: int) -> Snapshot | None:
    """What was derived of another version of this store, where it can be read."""
    prefix = f"{os.path.basename(store_folder)}-"
    for folder in sorted((index / "derived").glob(f"{prefix}*")):
        stamp = folder.name.removeprefix(prefix)
        if "-" not in stamp and (snapshot := _readable(folder, stamp, dim)) is not None:
            return snapshot
    return None


def _newest(store_folder: str | Path, open_store: Callable[[], Store]) -> tuple[str, Store]:
    while True:  # until no writer commits between reading the stamp and opening the store
        stamp = store_stamp(store_folder)
        store = open_store()
        if stamp == store_stamp(store_folder):
            return stamp, store.at(store.version)


def _from_store(store: Store, stamp: str) -> Snapshot:
    """Read rows and embeddings, joined by row id."""
    rows = store.listing()
    row_ids, matrix = store.embeddings()
    if not np.array_equal(rows["_rowid"].to_numpy(), row_ids):  # two scans need not come in one order
        rows = rows.sort_by("_rowid")
        matrix = matrix[np.argsort(row_ids)]
    approximate = None
    if is_large(matrix):
        log.info("making the approximate index of %d images", len(matrix))
        approximate = ApproximateIndex.build(matrix)
    return Snapshot(matrix, rows, stamp, store.version, approximate=approximate)


def is_large(matrix: Floats) -> bool:
    """Whether a gallery is searched approximately."""
    return matrix.size >= APPROXIMATE_FROM and len(matrix) > 0


def _shared(former: Snapshot, followed: Followed) -> list[Path]:
    """Files of the earlier version that are those of the next one, too."""
    if former.folder is None:
        return []
    names = [_MATRIX, *([_ROWS] if followed.same_facts else [])]
    of_approximate = ApproximateIndex.files(former.folder) if followed.same_approximate else []
    return [former.folder / name for name in names] + of_approximate


def _write(snapshot: Snapshot, folder: Path, shared: Sequence[Path] = ()) -> None:
    count = len(snapshot.matrix)
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        for file in shared:
            _share(file, temporary / file.name)
        if not (temporary / _MATRIX).exists():
            np.save(temporary / _MATRIX, snapshot.matrix)
        if not (temporary / _ROWS).exists():
            _write_rows(snapshot.rows.slice(0, count), temporary / _ROWS)
        if snapshot.approximate is not None and not ApproximateIndex.files(temporary):
            snapshot.approximate.save(temporary)
        np.save(temporary / _TAIL, snapshot.tail.reshape(-1, snapshot.dim))
        _write_rows(snapshot.rows.slice(count), temporary / _TAIL_ROWS)
        np.save(temporary / _GONE, snapshot.gone)
        write_json(temporary / _DESCRIPTION, _Description(version=snapshot.version).model_dump())
    for other in folder.parent.iterdir():
        if other != folder and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)


def _share(file: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system has no hard links."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _write_rows(rows: pa.Table, file: Path) -> None:
    rows = rows.replace_schema_metadata(None).combine_chunks()
    with pa.ipc.new_file(file, rows.schema) as writer:
        writer.write_table(rows)


def _known_columns() -> list[pa.Field]:
    """The columns that the rows of every snapshot have."""
    own = [field for field in schema(1, {}) if field.name not in (*HIDDEN, SENTENCES)]  # older stores lack the last
    return [*own, pa.field("_rowid", pa.uint64())]


def _readable(folder: Path, stamp: str, dim: int) -> Snapshot | None:
    """The snapshot in a folder; None where it is absent, cut short by a power failure, or changed."""
    try:
        snapshot = _read(folder, stamp)
    except Exception:
        return None
    return snapshot if snapshot.dim == dim else None


def _read(folder: Path, stamp: str) -> Snapshot:
    told = validated(_Description, read_json(folder / _DESCRIPTION, "the description"), str(folder))
    matrix, rows = _read_part(folder / _MATRIX, folder / _ROWS)
    tail, tail_rows = _read_part(folder / _TAIL, folder / _TAIL_ROWS)
    if tail.shape[1] != matrix.shape[1] or tail_rows.schema != rows.schema:
        raise ValueError("matrix and tail do not belong together")
    rows = pa.concat_tables([rows, tail_rows])
    gone = np.load(folder / _GONE, allow_pickle=False)
    if gone.dtype != np.intp or gone.ndim != 1 or (np.diff(gone, prepend=-1, append=rows.num_rows) <= 0).any():
        raise ValueError("not the rows of removed images")
    approximate = ApproximateIndex.open(folder) if is_large(matrix) else None
    if approximate is not None and not (
        approximate.dim == matrix.shape[1] and len(matrix) <= len(approximate) <= rows.num_rows
    ):
        raise ValueError("matrix and approximate index do not belong together")
    return Snapshot(matrix, rows, stamp, told.version, folder, tail, gone, approximate)


def _read_part(matrix_file: Path, rows_file: Path) -> tuple[Floats, pa.Table]:
    with pa.memory_map(str(rows_file)) as source:
        rows = pa.ipc.open_file(source).read_all()
    rows.validate(full=True)  # Arrow trusts what it maps: offsets that lead elsewhere would end the process
    mode: Literal["r"] | None = "r" if rows.num_rows else None  # nothing can be mapped from an empty file
    matrix = np.asarray(np.load(matrix_file, mmap_mode=mode, allow_pickle=False))
    if matrix.ndim != 2 or len(matrix) != rows.num_rows or matrix.dtype != np.float32:
        raise ValueError("matrix and rows do not belong together")
    if any(rows.schema.field(column.name).type != column.type for column in _known_columns()):
        raise ValueError("columns of other types")
    return matrix, rows
