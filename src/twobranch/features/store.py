"""The store of one kind of feature on disk: append-only, shared by processes, never half-written.

Layout of a folder: `manifest.json` lists the shards; a shard is `<name>.rows.npy` (n, ...) and `<name>.ids.npy`
(n, 32) uint8, the SHA-256 of what each row was computed from. A shard exists once the manifest names it; the
manifest is replaced atomically under a lock, so a reader needs no lock and a killed writer leaves only files that
nobody names.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.cache_folder import writing
from twobranch.features.row_table import DIGEST_BYTES, RowTable
from twobranch.files import atomic_path, read_json, write_json
from twobranch.progress import log

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Opened: TypeAlias = tuple[NDArray[np.bytes_], NDArray[Any]]

FORMAT = 1
"""Version of the layout; a folder of another version is not read."""


class FeatureStore(RowTable):
    """Features of one encoder, view and output: a row table whose shards are memory-mapped files.

    Args:
        folder: where the shards are; made by the first append.
        shape: shape of one row.
        description: what the manifest says about the features: encoder, identity, view, output.
        dtype: what rows are stored in.
    """

    def __init__(
        self, folder: Path, shape: tuple[int, ...], description: dict[str, str], dtype: str = "float16"
    ) -> None:
        super().__init__(shape, dtype)
        self.folder = folder
        self._head = {"format": FORMAT, **description, "shape": list(shape), "dtype": dtype}
        self._names: list[str] = []
        self.refresh()

    def refresh(self) -> None:
        """Take in what other processes have appended, and leave out shards that are damaged."""
        while True:
            listed = self._manifest()
            try:
                return self._take(*self._sound(listed))
            except FileNotFoundError:  # cleared or replaced between two looks
                if self._manifest() == listed:
                    raise

    def _append(self, ids: NDArray[np.bytes_], rows: NDArray[Any]) -> None:
        """Write the rows that no other process has added meanwhile.

        Raises:
            TwobranchError: if the folder cannot be written.
        """
        import filelock

        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(lock_path(self.folder)):
                listed = self._manifest()
                sound, opened = self._sound(listed)
                self._take(sound, opened)
                self._delete_unnamed()
                new = self._positions(ids) < 0
                if new.any():
                    sound = [*sound, self._write(ids[new], rows[new])]
                if sound != listed:
                    write_json(self.folder / "manifest.json", {**self._head, "shards": sound})
                    self._take(sound, {})

    def _manifest(self) -> list[dict[str, Any]]:
        path = self.folder / "manifest.json"
        if not path.exists():
            return []
        try:
            document = read_json(path, "the manifest of cached features")
            differs = {key: document.get(key) for key in self._head} != self._head
            shards = list(document["shards"])
        except (TwobranchError, AttributeError, KeyError, TypeError):
            log.warning("%s is damaged: its features are computed again", path)
            return []
        if differs:
            log.warning("%s describes other features; they are not used", path)
            return []
        return shards

    def _sound(self, shards: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Opened]]:
        """The shards that are not damaged, and what was opened of them: those that are not held yet."""
        opened: dict[str, Opened] = {}
        return [shard for shard in shards if _is_shard(shard) and self._is_sound(shard, opened)], opened

    def _is_sound(self, shard: dict[str, Any], opened: dict[str, Opened]) -> bool:
        for kind in ("rows", "ids"):
            file, expected = self._file(shard["name"], kind), shard[f"{kind}_bytes"]
            size = file.stat().st_size if file.exists() else -1
            if size != expected:
                found = "missing" if size < 0 else f"{size:,} bytes instead of {expected:,}"
                log.warning("%s is damaged (%s): its %d rows are computed again", file, found, shard["rows"])
                return False
        if shard["name"] in self._names:
            return True
        arrays = self._opened(shard["name"])
        if arrays is None:
            log.warning(
                "%s is damaged: its %d rows are computed again", self._file(shard["name"], "rows"), shard["rows"]
            )
            return False
        opened[shard["name"]] = arrays
        return True

    def _opened(self, name: str) -> Opened | None:
        """The digests and the memory-mapped rows of a shard; None where its files are not such arrays."""
        try:
            ids = np.load(self._file(name, "ids"), allow_pickle=False)
            rows = np.load(self._file(name, "rows"), mmap_mode="r", allow_pickle=False)
        except Exception:  # the header of an array is parsed as Python and can fail as Python can
            return None
        if (ids.dtype, ids.shape) != (np.uint8, (len(rows), DIGEST_BYTES)):
            return None
        if (rows.dtype, rows.shape[1:]) != (self.dtype, self.shape):
            return None
        return ids.view(f"S{DIGEST_BYTES}")[:, 0], rows

    def _take(self, shards: list[dict[str, Any]], opened: dict[str, Opened]) -> None:
        """Hold exactly these shards; what is held or opened already is not opened again."""
        names = [shard["name"] for shard in shards]
        if names[: len(self._names)] != self._names:  # something was cleared or dropped: positions change
            self._reset()
            self._names = []
        for name in names[len(self._names) :]:
            arrays = opened.get(name) or self._opened(name)
            if arrays is None:  # sound a moment ago
                raise TwobranchError(
                    str(self.folder), "features stay in the cache while they are used", found=f"a change of {name}",
                    remedy="Do not change the cache during a run; start again.",
                )  # fmt: skip
            self._add(*arrays)
        self._names = names

    def _write(self, ids: NDArray[np.bytes_], rows: NDArray[Any]) -> dict[str, Any]:
        """Write the two files of a shard; it counts only once the manifest names it."""
        name = uuid.uuid4().hex
        shard: dict[str, Any] = {"name": name, "rows": len(rows)}
        for kind, array in {"rows": rows, "ids": ids.view(np.uint8).reshape(-1, DIGEST_BYTES)}.items():
            with atomic_path(self._file(name, kind)) as temporary, temporary.open("wb") as file:
                np.save(file, array, allow_pickle=False)
            shard[f"{kind}_bytes"] = self._file(name, kind).stat().st_size
        return shard

    def _delete_unnamed(self) -> None:
        """Delete what a killed writer or a damaged shard has left; nobody else writes while the lock is held."""
        named = {self._file(name, kind).name for name in self._names for kind in ("rows", "ids")}
        for file in self.folder.iterdir():
            if file.name.endswith((".tmp", ".npy")) and file.name not in named:
                file.unlink()

    def _file(self, name: str, kind: str) -> Path:
        return self.folder / f"{name}.{kind}.npy"


def _is_shard(shard: Any) -> bool:
    """Whether a manifest's entry is one; a name that is no part of a path leads nowhere else."""
    return (
        isinstance(shard, dict)
        and isinstance(shard.get("name"), str)
        and shard["name"].isalnum()
        and all(isinstance(shard.get(key), int) for key in ("rows", "rows_bytes", "ids_bytes"))
    )


def lock_path(folder: Path) -> Path:
    """Name the lock of a store: beside its folder, so that the folder can be deleted while the lock is held."""
    return folder.with_name(f"{folder.name}.lock")
