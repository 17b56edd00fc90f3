"""Follow the store from one version to the next without reading again what stays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from twobranch.search.approximate import ApproximateIndex
from twobranch.search.matrix import Floats, Rows, Snapshot
from twobranch.search.membership import among
from twobranch.search.store import HIDDEN, Store

SMALL = 10_000
"""A gallery of fewer images is made anew, which takes no longer."""

_CHANGED = 0.1
"""Where more of the rows than this share came or went, the whole is made anew, so that gone rows do not pile up."""

_EXACT_TAIL = 4096
"""So many new images are looked at one by one before they are added to the approximate index."""


@dataclass(frozen=True, eq=False)
class Followed:
    """A snapshot that was made from the one of an earlier version.

    Attributes:
        snapshot: the images now.
        same_facts: whether the facts of the rows of the matrix are those of the earlier one.
        same_approximate: whether the approximate index is.
    """

    snapshot: Snapshot
    same_facts: bool
    same_approximate: bool


def follow(former: Snapshot, store: Store, stamp: str) -> Followed | None:
    """The snapshot of a store's version, from the one of an earlier version; None where it is better made anew.

    Rows of the store are known by their row id. Where the store has joined its fragments every row has another one;
    then an image is known by its id and the hash of its content, on which its embedding depends.

    Args:
        former: what was derived of the earlier version.
        store: the store at the new version.
        stamp: the stamp of the new version.
    """
    if former.rows.num_rows < SMALL or not _same_columns(former, store):
        return None
    row_ids = store.row_ids()
    rows, gone = former.rows, ~among(former.row_ids, row_ids)
    same_facts = _few(former, gone, len(row_ids))
    if not same_facts:
        listing = store.listing()
        places = _places(former, listing)
        gone, row_ids = places < 0, listing["_rowid"].to_numpy()
        if not _few(former, gone, len(row_ids)) or not len(row_ids):
            return None
        rows = listing.take(pa.array(np.maximum(places, 0)))  # the facts of gone rows are never read
        new = row_ids[~among(row_ids, row_ids[places[~gone]])]
    else:
        new = row_ids[~among(row_ids, former.row_ids)]
    facts, embeddings = _read_new(store, new, rows)
    tail = np.concatenate([former.tail.reshape(-1, former.dim), embeddings])
    snapshot = replace(
        former,
        rows=pa.concat_tables([rows, facts]),
        stamp=stamp,
        version=store.version,
        folder=None,
        tail=tail,
        gone=np.flatnonzero(gone),
    )
    return Followed(snapshot, same_facts, not _extend(snapshot.approximate, former, tail))


def _same_columns(former: Snapshot, store: Store) -> bool:
    present = [(field.name, field.type) for field in former.rows.schema if field.name != "_rowid"]
    return present == [(field.name, field.type) for field in store.schema if field.name not in HIDDEN]


def _few(former: Snapshot, gone: NDArray[np.bool_], now: int) -> bool:
    """Whether little has changed since the matrix was made: rows that are gone, and images after its end."""
    total = len(former.matrix)
    added = now - (former.rows.num_rows - int(gone.sum())) + (former.rows.num_rows - total)
    return bool(gone.sum() + added <= _CHANGED * total)


def _places(former: Snapshot, listing: pa.Table) -> Rows:
    """Where in a listing the image of each row is now, with the same content; -1 where it is gone."""
    before, now = (pc.binary_join_element_wise(table["id"], table["sha256"], "\n") for table in (former.rows, listing))
    places: Rows = pc.fill_null(pc.index_in(before, value_set=now), -1).to_numpy().astype(np.intp)
    places[former.gone] = -1
    return places


def _read_new(store: Store, row_ids: NDArray[np.uint64], like: pa.Table) -> tuple[pa.Table, Floats]:
    """Facts, in the columns of another table, and embeddings of rows of the store."""
    dim = store.schema.field("embedding").type.list_size
    if not len(row_ids):
        return like.slice(0, 0), np.empty((0, dim), np.float32)
    table = store.take(row_ids.tolist(), [name for name in like.column_names if name != "_rowid"] + ["embedding"])
    embeddings = table["embedding"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, dim)
    return table.select(like.column_names).cast(like.schema), embeddings


def _extend(approximate: ApproximateIndex | None, former: Snapshot, tail: Floats) -> bool:
    """Add images of the tail to the approximate index where there are many that it lacks; True if any were."""
    if approximate is None:
        return False
    covered = len(approximate) - len(former.matrix)
    if len(tail) - covered <= _EXACT_TAIL:
        return False
    approximate.add(tail[covered:])
    return True
