"""Where an index is: a folder of this machine, or an address on object storage.

An index on object storage has the files of an index folder (`folder.py`), but for what is derived:

    s3://bucket/photos.index/         index.json, pending.json, matcher/, store/: the truth
                              writer.json: who is writing it now (`lease.py`)
    CACHE/indexes/3f09.../photos.index/
                              copies of the small files, and derived/; may be deleted at any time
    CACHE/indexes/3f09...-writer/photos.index/
                              the same files as the writer prepares them, and the lock of this machine

The store is never copied: LanceDB reads it where it is. So any number of servers read one index, each with a matrix of
its own beside its processor.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from twobranch.corpus import object_storage as storage
from twobranch.features.cache_folder import cache_folder
from twobranch.locks import only_writer
from twobranch.search.folder import LOCK_NAME, WAIT, Description, writing
from twobranch.search.lease import Lease
from twobranch.search.remote_files import pull, push, refuse_foreign
from twobranch.temporaries import remove_leftovers

SECONDS = 5.0
"""For so long an open index takes what it saw on object storage for the newest version: looking costs requests."""


def place_of(path: str | os.PathLike[str], cache: str | Path | None = None, *, to_write: bool = False) -> Place:
    """The place of an index.

    Args:
        path: an index folder, or s3://bucket/prefix.
        cache: the cache folder, for an index on object storage; the default one if None.
        to_write: whether the index is to be written.
    """
    if storage.is_remote(path):
        return RemotePlace(storage.address(str(path)), cache, to_write)
    return Place(Path(path).expanduser())


class Place:
    """An index folder of this machine.

    Attributes:
        folder: holds index.json, the matcher and what is derived.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def due(self) -> bool:
        """Whether it is time to look for a newer version; here that costs nothing."""
        return True

    def pull(self) -> None:
        """Bring the files in `folder` up to date."""

    def push(self) -> None:
        """Publish the files in `folder`."""

    def store(self, description: Description) -> str | Path:
        """Folder or address of the store of a generation."""
        return self.folder / description.store_folder

    @contextlib.contextmanager
    def writing(self) -> Iterator[Callable[[], None]]:
        """Be the only writer; yields what must be called before each commit.

        Raises:
            TwobranchError: if it is no index, or another process is writing it.
        """
        with writing(self.folder):
            yield lambda: None


class RemotePlace(Place):
    """An index on object storage, with the folder of this machine that belongs to it."""

    def __init__(self, url: str, cache: str | Path | None, to_write: bool) -> None:
        key = hashlib.sha256(f"{storage.endpoint()} {url}".encode()).hexdigest()[:16]
        key += "-writer" * to_write  # what is not published yet must not be taken for what is
        super().__init__(cache_folder(cache) / "indexes" / key / url.rpartition("/")[2])
        self.url = url
        self._looked: float | None = None

    def due(self) -> bool:
        """Whether it is so long ago that the storage was asked."""
        return self._looked is None or time.monotonic() - self._looked > SECONDS

    def pull(self) -> None:
        """Copy index.json and the matcher here, where they have changed.

        Raises:
            TwobranchError: if there is no index at the address, or it cannot be read.
        """
        pull(self.url, self.folder, ("index.json",))
        self._looked = time.monotonic()

    def push(self) -> None:
        """Copy the descriptions and matchers of `folder` there, and delete generations that they do not name."""
        push(self.folder, self.url)

    def store(self, description: Description) -> str | Path:
        """Address of the store of a generation."""
        return storage.join(self.url, description.store_folder)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Callable[[], None]]:
        """Be the only writer, on this machine and among all; yields what must be called before each commit.

        Raises:
            TwobranchError: if something else is at the address, or another process is writing it.
        """
        refuse_foreign(self.url)
        with only_writer(self.folder, LOCK_NAME, "an index", remedy=WAIT), Lease(self.url).held() as check:
            remove_leftovers(self.folder)
            pull(self.url, self.folder, ("index.json", "pending.json"), may_be_missing=True)
            yield check
