"""What search reads: a matrix of embeddings and the facts of each row, as they are at one version of the store.

A row keeps its number while images come and go: new images follow at the end (the tail), and rows of removed ones stay
behind as gone, until the whole is made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.search.exact import gallery_scores
from twobranch.search.store import SENTENCES, is_own

if TYPE_CHECKING:
    from twobranch.search.approximate import ApproximateIndex

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]


SAMPLE = 2048
"""Images that stand for the whole gallery where not all of it is looked at."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The images of an index at one version of its store.

    Attributes:
        matrix: (N, D) float32, memory-mapped where the index folder is writable.
        rows: N + T rows in the order of matrix and tail: every column of the store but the large ones, and `_rowid`.
        stamp: stamp of the store.
        version: the store's version, for readers that go back to it.
        folder: the derived folder; None where the snapshot lives in memory.
        tail: (T, D) float32, images that came after the matrix was made.
        gone: rows, ascending, whose images are no longer in the store.
        approximate: finds candidates among the first rows, where there are many.
    """

    matrix: Floats
    rows: pa.Table
    stamp: str
    version: int
    folder: Path | None = None
    tail: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32))
    gone: Rows = field(default_factory=lambda: np.empty(0, np.intp))
    approximate: ApproximateIndex | None = None

    def __len__(self) -> int:
        return int(self.rows.num_rows - len(self.gone))

    @property
    def dim(self) -> int:
        """D, the length of an embedding."""
        return int(self.matrix.shape[1])

    @property
    def metadata_columns(self) -> list[str]:
        """Columns that came from the user's metadata."""
        return [column.name for column in self.rows.schema if column.name != "_rowid" and not is_own(column)]

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """(N + T,) whether the image of a row is in the store."""
        present = np.ones(self.rows.num_rows, np.bool_)
        present[self.gone] = False
        return present

    @cached_property
    def present_rows(self) -> Rows:
        """The rows, ascending, whose images are in the store."""
        return np.flatnonzero(self.present)

    @cached_property
    def sample(self) -> tuple[Rows, Floats]:
        """At most `SAMPLE` rows, ascending, drawn evenly from those present, and their embeddings: always the same."""
        drawn = np.random.default_rng(0).permutation(len(self.present_rows))[:SAMPLE]
        rows = self.present_rows[np.sort(drawn)]
        return rows, self.embeddings(rows)

    @cached_property
    def row_ids(self) -> NDArray[np.uint64]:
        """The store's row id of each row (N + T,); one that the store does not have where the image is gone."""
        ids: NDArray[np.uint64] = self.rows["_rowid"].to_numpy().copy()
        ids[self.gone] = np.iinfo(np.uint64).max
        return ids

    @cached_property
    def _by_row_id(self) -> Rows:
        return np.argsort(self.row_ids)

    def scores(self, query: Floats, rows: Rows | None = None) -> Floats:
        """Similarity of a query (D,) with the rows given, ascending; with all N + T, gone ones too, if None."""
        if not len(self.tail):
            return gallery_scores(self.matrix, query, rows)
        if rows is None:
            whole: Floats = np.concatenate([gallery_scores(self.matrix, query), gallery_scores(self.tail, query)])
            return whole
        split = int(np.searchsorted(rows, len(self.matrix)))
        of_tail = gallery_scores(self.tail, query, rows[split:] - len(self.matrix))
        scores: Floats = np.concatenate([gallery_scores(self.matrix, query, rows[:split]), of_tail])
        return scores

    def embeddings(self, rows: Rows) -> Floats:
        """Embeddings (n, D) of rows in any order."""
        found = np.empty((len(rows), self.dim), np.float32)
        in_tail = rows >= len(self.matrix)
        found[~in_tail] = self.matrix[rows[~in_tail]]
        if in_tail.any():
            found[in_tail] = self.tail[rows[in_tail] - len(self.matrix)]
        return found

    def row_of(self, image_id: str) -> int | None:
        """The row of an image; None where the index holds no such id."""
        found = np.flatnonzero(pc.equal(self.rows["id"], image_id).to_numpy() & self.present)
        return int(found[0]) if len(found) else None

    def known_row(self, image_id: str) -> int:
        """The row of an image.

        Raises:
            TwobranchError: if the index holds no such id.
        """
        row = self.row_of(image_id)
        if row is None:
            raise TwobranchError(
                f"image {image_id!r}", "must be in the index", remedy="Take an id from a search's results."
            )
        return row

    def embedding_of(self, image_id: str) -> Floats:
        """The embedding (D,) of an image.

        Raises:
            TwobranchError: if the index holds no such id.
        """
        embedding: Floats = self.embeddings(np.array([self.known_row(image_id)]))[0]
        return embedding

    def sentences(self) -> list[str]:
        """The stored sentences, each once, in the order of the images."""
        if SENTENCES not in self.rows.column_names or not is_own(self.rows.schema.field(SENTENCES)):
            return []
        column = self.rows[SENTENCES].filter(pa.array(self.present))
        return list(dict.fromkeys(pc.list_flatten(column).drop_null().to_pylist()))

    def rows_of(self, row_ids: NDArray[np.uint64]) -> Rows:
        """Rows, ascending, for row ids of the store."""
        return np.sort(self.positions_of(row_ids))

    def positions_of(self, row_ids: NDArray[np.uint64]) -> Rows:
        """Rows for row ids of the store, in the order of these."""
        found = np.searchsorted(self.row_ids, row_ids, sorter=self._by_row_id)
        rows: Rows = self._by_row_id[np.minimum(found, self.rows.num_rows - 1)]
        if not np.array_equal(self.row_ids[rows], row_ids):
            raise TwobranchError(
                str(self.folder), "must hold the images of the store", remedy="Delete it; it is made anew."
            )
        return rows

    def facts(self, row: int) -> dict[str, Any]:
        """All columns of one row."""
        values: dict[str, Any] = self.rows.slice(row, 1).to_pylist()[0]
        return values
