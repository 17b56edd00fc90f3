"""The feature cache: one store for each encoder, view and output, below the cache folder."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from twobranch.errors import TwobranchError
from twobranch.features.cache_folder import cache_folder, file_name, writing
from twobranch.features.store import FORMAT, FeatureStore, lock_path
from twobranch.files import read_json
from twobranch.progress import log


@dataclass(frozen=True)
class FeatureKey:
    """What decides features besides the input itself.

    Attributes:
        encoder: name of the encoder, for people.
        identity: of the encoder: weights and preprocessing. Precision and engine are not part of it: they change
            features by less than their use can tell.
        view: name of the view; "sentence" for sentences.
        output: "vector", "grid", or "boxes" of region proposals.
        shape: shape of one row.
        dtype: what rows are stored in; pixels of boxes need float32.
    """

    encoder: str
    identity: str
    view: str
    output: str
    shape: tuple[int, ...]
    dtype: str = "float16"


@dataclass(frozen=True)
class CacheEntry:
    """What the cache holds of one key, as `twobranch cache list` shows it."""

    encoder: str
    view: str
    output: str
    rows: int
    bytes: int
    folder: str


class FeatureCache:
    """Features on disk, shared by all runs of a user.

    Args:
        folder: the cache folder; None for $TWOBRANCH_CACHE or the user's cache folder.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = cache_folder(folder)

    def get(self, key: FeatureKey) -> FeatureStore:
        """Open the store of a key; an empty one writes nothing until rows are appended."""
        name = f"{file_name(key.encoder)}-{key.identity[:16]}-{key.view}-{key.output}"
        description = {"encoder": key.encoder, "identity": key.identity, "view": key.view, "output": key.output}
        return FeatureStore(self.folder / "features" / name, key.shape, description, key.dtype)

    def entries(self) -> list[CacheEntry]:
        """List what is cached, by encoder, view and output."""
        entries = []
        for manifest, document in self._manifests():
            entries.append(
                CacheEntry(
                    encoder=document["encoder"],
                    view=document["view"],
                    output=document["output"],
                    rows=sum(shard["rows"] for shard in document["shards"]),
                    bytes=_size(manifest.parent),
                    folder=str(manifest.parent),
                )
            )
        return entries

    def clear(self, encoder: str | None = None) -> int:
        """Delete cached features.

        Args:
            encoder: only those of the encoder with this name; None for all.

        Returns:
            How many bytes were freed.

        Raises:
            TwobranchError: if another process is writing, or the folder cannot be written.
        """
        import filelock

        freed = 0
        for manifest, document in self._manifests():
            if encoder is not None and document["encoder"] != encoder:
                continue
            folder = manifest.parent
            try:
                with writing(self.folder), filelock.FileLock(lock_path(folder), timeout=10):
                    freed += _size(folder)
                    shutil.rmtree(folder)
            except filelock.Timeout:
                raise TwobranchError(
                    str(folder), "no other process may be writing", remedy="Wait for it to end, then clear again."
                ) from None
        return freed

    def _manifests(self) -> list[tuple[Path, dict[str, Any]]]:
        """The manifests of our own format: a folder without one is not ours, and is left alone."""
        found = []
        for path in sorted((self.folder / "features").glob("*/manifest.json")):
            try:
                document = read_json(path, "the manifest of cached features")
                if document.get("format") == FORMAT:
                    found.append((path, _Listed.model_validate(document).model_dump()))
            except (TwobranchError, AttributeError, ValidationError):
                log.warning("%s is damaged and passed over; its folder can be deleted", path)
        return found


class _ListedShard(BaseModel):
    rows: int


class _Listed(BaseModel):
    """What a list of the cache shows of a manifest."""

    encoder: str
    view: str
    output: str
    shards: list[_ListedShard]


def _size(folder: Path) -> int:
    total = 0
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # a temporary file of a process that is writing
            total += file.stat().st_size
    return total
