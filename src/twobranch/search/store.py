"""The store of an index: one LanceDB table, transactional, the truth about every image.

LanceDB takes seconds to import, so nothing here is imported by a plain search: the stamp of the store, by which the
derived matrix knows whether it is current, is read from the table's manifest file.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from twobranch.corpus.object_storage import is_remote, join, without_secrets
from twobranch.errors import TwobranchError
from twobranch.search import remote_store, versions
from twobranch.search.metadata import RESERVED

TABLE = "images"
HIDDEN = ("embedding", "thumbnail")
"""Columns that are large and that no filter or listing needs."""

SENTENCES = "sentences"
"""The column of the sentences that describe an image; stores made before there was one lack it."""

_SENTENCES_TYPE = pa.list_(pa.string())

_FRAGMENTS = 32
"""More fragments than these are joined; it writes every row once more, so not after each small update."""

_UNINDEXED = 4096
"""So many new rows are searched for words one by one before the index of the words is made anew."""

_KEEP_VERSIONS = timedelta(hours=1)
"""How long a reader that still holds an older version finds its files."""


def schema(dim: int, metadata: Mapping[str, pa.DataType]) -> pa.Schema:
    """The columns of the table; D is `dim`."""
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("path", pa.string()),
            pa.field("sha256", pa.string()),
            pa.field("bytes", pa.int64()),
            pa.field("mtime_ns", pa.int64()),
            pa.field("width", pa.int32()),
            pa.field("height", pa.int32()),
            pa.field("embedding", pa.list_(pa.float32(), dim)),
            pa.field("thumbnail", pa.binary()),
            pa.field(SENTENCES, _SENTENCES_TYPE),
            *(pa.field(name, kind) for name, kind in metadata.items()),
        ]
    )


def is_own(field: pa.Field) -> bool:
    """Whether a column is one of every index and not of the user's metadata.

    Before there were stored sentences, metadata could have a column of that name.
    """
    return field.name in RESERVED and (field.name != SENTENCES or field.type == _SENTENCES_TYPE)


def is_text(field: pa.Field) -> bool:
    """Whether a column holds words that can be searched: the sentences, and metadata that is text."""
    return field.type in (pa.string(), _SENTENCES_TYPE) and (field.name == SENTENCES or not is_own(field))


def store_stamp(folder: str | Path) -> str:
    """The version of the store, without opening it: a hash of the newest manifest; "" where there is no table."""
    if is_remote(folder):
        return remote_store.stamp(table_url(folder))
    found = versions.manifests(Path(folder, f"{TABLE}.lance"))
    return hashlib.sha256(found[max(found)].read_bytes()).hexdigest()[:16] if found else ""


def table_url(folder: str | Path) -> str:
    """Address of the table of a store on object storage."""
    return join(str(folder), f"{TABLE}.lance")


class Store:
    """The table `images` of one index generation, at its newest version.

    Args:
        folder: the store folder, or its address on object storage, where no file is ever cut short.
        dim: D, for the one writer: a missing table is made, and a version that is not whole is taken back.
        before_commit: called before each commit; what it raises prevents it.
    """

    def __init__(
        self, folder: str | Path, dim: int | None = None, before_commit: Callable[[], None] | None = None
    ) -> None:
        self.folder, self._dim, self._before_commit = folder, dim, before_commit
        self._is_remote = is_remote(folder)
        self._path = Path(folder, f"{TABLE}.lance")
        self._open()
        if dim is not None and not self._is_remote:
            self._mend()

    def _open(self) -> None:
        import lancedb

        folder, dim = self.folder, self._dim
        with self._telling("readable"):
            options = remote_store.options() if self._is_remote else None
            database = lancedb.connect(str(folder), storage_options=options)
            if store_stamp(folder) or dim is None:
                self._table = database.open_table(TABLE)
            else:
                self._table = database.create_table(TABLE, schema=schema(dim, {}))

    def _mend(self) -> None:
        """Go back to the newest version that can be read, where a process was killed on a full disk."""
        while broken := {file for file in versions.files(self._path) if not versions.is_whole(file)}:
            try:
                self.listing()
            except TwobranchError:
                versions.go_back(self._path, self.version - 1)
                self._open()
            else:  # no version that counts has them
                for file in broken:
                    file.unlink()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit all or nothing.

        Raises:
            TwobranchError: if the rows cannot be written, or Lance has committed files that are not whole.
        """
        if self._before_commit is not None:
            self._before_commit()
        if self._is_remote:
            with self._telling("writable"):
                yield
            return
        with self._telling("writable"):
            before, present = self.version, versions.files(self._path)
            try:
                yield
            finally:
                self._take_back(before, versions.files(self._path) - present)

    def _take_back(self, version: int, new: set[Path]) -> None:
        """Go back to a version if files that were written after it are not whole."""
        broken = {file for file in new if not versions.is_whole(file)}
        if broken:
            versions.go_back(self._path, version)
            for file in broken:
                file.unlink(missing_ok=True)
            self._open()
            raise OSError(f"no space left on the disk: {min(broken).name} was cut short")

    @contextlib.contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if isinstance(error, TwobranchError) or not (isinstance(error, Exception) or _is_panic(error)):
                raise  # on damaged files LanceDB panics, too
            first = without_secrets(str(error).splitlines()[0])[:300] if str(error) else type(error).__name__
            raise TwobranchError(
                str(self.folder),
                f"the index's store must be {what}",
                found=first,
                remedy="See that the disk has room and the folder is yours, then run twobranch index again."
                if not self._is_remote
                else "See that the storage answers and the account may write there, then run twobranch index again.",
            ) from error

    def __len__(self) -> int:
        with self._telling("readable"):
            return int(self._table.count_rows())

    @property
    def version(self) -> int:
        """Number of the version that this store reads."""
        with self._telling("readable"):
            return int(self._table.version)

    @property
    def schema(self) -> pa.Schema:
        """All columns of the table."""
        with self._telling("readable"):
            return self._table.schema

    @property
    def metadata(self) -> dict[str, pa.DataType]:
        """Name and type of each metadata column."""
        return {field.name: field.type for field in self.schema if not is_own(field)}

    @property
    def filter_columns(self) -> list[str]:
        """Columns that a filter may use."""
        return [name for name in self.schema.names if name not in HIDDEN]

    def at(self, version: int) -> Store:
        """The same table at a version, unmoved by later writes."""
        other = Store(self.folder)
        with self._telling("readable"):
            other._table.checkout(version)
        return other

    def listing(self) -> pa.Table:
        """All columns but the large ones, with `_rowid`, for every image."""
        with self._telling("readable"):
            return self._table.search().select(self.filter_columns).with_row_id(True).to_arrow()

    def row_ids(self) -> np.ndarray:
        """The row id of every image."""
        with self._telling("readable"):
            found: np.ndarray = self._table.search().select(["width"]).with_row_id(True).to_arrow()["_rowid"].to_numpy()
            return found

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Row ids (N,) and embeddings (N, D) float32."""
        with self._telling("readable"):
            dim = self.schema.field("embedding").type.list_size
        matrix = np.empty((len(self), dim), dtype=np.float32)
        row_ids = np.empty(len(matrix), dtype=np.uint64)
        start = 0
        with self._telling("readable"):
            for batch in self._table.search().select(["embedding"]).with_row_id(True).to_batches():
                end = start + batch.num_rows
                matrix[start:end] = batch["embedding"].flatten().to_numpy(zero_copy_only=False).reshape(-1, dim)
                row_ids[start:end] = batch["_rowid"].to_numpy(zero_copy_only=False)
                start = end
        return row_ids, matrix

    def take(self, row_ids: Sequence[int], columns: Sequence[str] | None = None) -> pa.Table:
        """Rows by row id, with `_rowid`, in any order."""
        with self._telling("readable"):
            query = self._table.take_row_ids(list(row_ids)).with_row_id()
            return query.select(list(columns or self.schema.names)).to_arrow()

    def filter(self, where: str) -> np.ndarray:
        """Row ids of the images for which an SQL condition holds.

        Raises:
            TwobranchError: if the condition is no valid SQL over the columns of this index.
        """
        try:
            if _has_second_statement(where):
                raise ValueError("a second statement after ';'")
            found = self._table.search().where(where).select(["id"]).with_row_id(True).to_arrow()
        except BaseException as error:
            if not (isinstance(error, ValueError | RuntimeError | TypeError) or _is_panic(error)):
                raise  # at SQL that it cannot do, such as a ? for a value, LanceDB panics
            raise TwobranchError(
                f"where {where}",
                "must be an SQL condition over the columns of the index",
                found=str(error).splitlines()[0].removeprefix("Invalid input, ").split(". Valid fields")[0][:200],
                remedy=f"Columns: {', '.join(self.filter_columns)}. Example: {self._example()}",
            ) from None
        ids: np.ndarray = found["_rowid"].to_numpy()
        return ids

    def _example(self) -> str:
        for name, kind in self.metadata.items():
            quoted = name if name.isidentifier() and name.islower() else f"`{name}`"
            if pa.types.is_string(kind):
                return f"{quoted} = 'text'"
            if pa.types.is_integer(kind) or pa.types.is_floating(kind):
                return f"{quoted} >= 1"
        return "id LIKE 'folder/%' AND width >= 640"

    def set_metadata_columns(self, wanted: Mapping[str, pa.DataType]) -> bool:
        """Give the table these metadata columns; new ones are null until rows are written. True if any changed."""
        present = self.metadata
        gone = [name for name, kind in present.items() if wanted.get(name) != kind]
        new = [pa.field(name, kind) for name, kind in wanted.items() if present.get(name) != kind]
        with self._transaction():
            if gone:
                self._table.drop_columns(gone)
            if new:
                self._table.add_columns(pa.schema(new))
        return bool(gone or new)

    def keep_sentences(self) -> bool:
        """Make the column of the sentences where it is missing; True if it was."""
        if SENTENCES in self.schema.names and is_own(self.schema.field(SENTENCES)):
            return False
        with self._transaction():
            if SENTENCES in self.schema.names:
                self._table.drop_columns([SENTENCES])
            self._table.add_columns(pa.schema([pa.field(SENTENCES, _SENTENCES_TYPE)]))
        return True

    @property
    def text_columns(self) -> list[str]:
        """Columns whose words can be searched."""
        return [field.name for field in self.schema if is_text(field)]

    @property
    def searchable_columns(self) -> list[str]:
        """Those of them that have an index: columns in which any image had a value."""
        with self._telling("readable"):
            indexed = {index.columns[0] for index in self._table.list_indices()}
        return [column for column in self.text_columns if column in indexed]

    def index_text(self) -> None:
        """Bring the full-text index of each column of text up to date, where that is worth the writing.

        What was added since an index was made is searched without it, and what was removed is not found.
        """
        with self._telling("readable"):
            known = {index.columns[0]: index for index in self._table.list_indices()}
        for column in self.text_columns:
            if column in known:
                if self._is_behind(known[column].name) or not self._answers(column):
                    self._make_text_index(column)
            elif self._holds(column):
                self._make_text_index(column)

    def _holds(self, column: str) -> bool:
        """Whether any image has a value there."""
        with self._telling("readable"):
            return int(self._table.count_rows(f"`{column}` IS NOT NULL")) > 0

    def _is_behind(self, name: str) -> bool:
        with self._telling("readable"):
            stats = self._table.index_stats(name)
        behind = 0 if stats is None else stats.num_unindexed_rows
        return bool(behind > max(_UNINDEXED, 0.1 * len(self)))

    def _answers(self, column: str) -> bool:
        """Whether an index can be read: a process killed on a full disk may have left it without its end."""
        try:
            self._matching("a", [column], 1, None)
        except TwobranchError:
            return False
        return True

    def _make_text_index(self, column: str) -> None:
        from lancedb.index import FTS

        with self._transaction():
            self._table.create_index(column, config=FTS(), replace=True)

    def text_search(self, sentence: str, count: int, where: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The images whose stored words are most like a sentence's (BM25, English stems, no stop words).

        Args:
            sentence: the words.
            count: how many images.
            where: an SQL condition.

        Returns:
            Row ids and scores, best first; images that share no word are not among them.

        Raises:
            TwobranchError: if there is no text, or no index of it.
        """
        columns = self.searchable_columns
        if not columns:
            raise TwobranchError(
                "--text",
                "needs an index with text: sentences, or metadata columns of text",
                found="none in it",
                remedy="Index annotations with sentences, or give twobranch index a --metadata table; or leave it out.",
            )
        found = self._matching(sentence, columns, count, where)
        order = np.lexsort((found["_rowid"].to_numpy(), -found["_score"].to_numpy()))
        return found["_rowid"].to_numpy()[order], found["_score"].to_numpy()[order]

    def _matching(self, sentence: str, columns: Sequence[str], count: int, where: str | None) -> pa.Table:
        from lancedb.query import MultiMatchQuery

        with self._telling("readable"):
            query = self._table.search(MultiMatchQuery(sentence, list(columns)), query_type="fts")
            if where is not None:
                query = query.where(where)
            return query.select(["id", "_score"]).with_row_id(True).limit(count).to_arrow()

    def add(self, rows: Sequence[Mapping[str, Any]], *, new: bool) -> None:
        """Write rows in one transaction; `new` says that no id of them is in the table yet."""
        if not rows:
            return
        self.add_table(pa.Table.from_pylist(list(rows), schema=self.schema), new=new)

    def add_table(self, table: pa.Table, *, new: bool) -> None:
        """The same with the rows as a table that has every column of the store."""
        with self._telling("writable"), self._transaction():
            if new:
                self._table.add(table)
            else:
                merge = self._table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
                merge.execute(table)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove images by id."""
        for start in range(0, len(ids), 500):
            quoted = ", ".join("'" + image_id.replace("'", "''") + "'" for image_id in ids[start : start + 500])
            with self._transaction():
                self._table.delete(f"id IN ({quoted})")

    def tidy(self) -> None:
        """Join fragments and drop versions that no reader can still hold, where that is worth the writing.

        Also files that a killed process has left: who tidies is the only writer.
        """
        with self._transaction():
            stats = self._table.stats()
            if self._is_remote:
                data = remote_store.data_bytes(table_url(self.folder))
            else:
                data = sum(file.stat().st_size for file in (self._path / "data").glob("*.lance"))
            if stats["fragment_stats"]["num_fragments"] > _FRAGMENTS or data > 2 * stats["total_bytes"]:
                self._table.optimize(cleanup_older_than=_KEEP_VERSIONS, delete_unverified=True)


def _is_panic(error: BaseException) -> bool:
    """Whether a library in Rust gave up; such an error is no Exception."""
    return "Panic" in type(error).__name__


def _has_second_statement(where: str) -> bool:
    """Whether a semicolon stands outside quotes: LanceDB would ignore all that follows it."""
    quote = ""
    for character in where:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character == ";":
            return True
    return False
