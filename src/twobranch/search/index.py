"""The index: a folder that answers which of a person's images match a sentence."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from twobranch.errors import TwobranchError
from twobranch.files import atomic_path
from twobranch.progress import log
from twobranch.search.folder import (
    Description,
    activate,
    generation_for,
    now,
    read_description,
    write_description,
)
from twobranch.search.place import Place, place_of
from twobranch.search.query import Query
from twobranch.search.query_encoder import OneByOne, QueryEncoder
from twobranch.search.result import SearchResult
from twobranch.search.searching import Gallery, answer

if TYPE_CHECKING:
    from twobranch.features.decoding import ImageSource
    from twobranch.matcher.matcher import Matcher
    from twobranch.search.building import Report
    from twobranch.search.engines import Engine
    from twobranch.search.matrix import Snapshot
    from twobranch.search.sources import Source
    from twobranch.search.store import Store


P = ParamSpec("P")
T = TypeVar("T")


def _of_one_generation(method: Callable[Concatenate[Index, P], T]) -> Callable[Concatenate[Index, P], T]:
    """Ask anew where another generation took over meanwhile: the files of the one before it are gone."""

    @functools.wraps(method)
    def ask(index: Index, /, *args: P.args, **options: P.kwargs) -> T:
        while True:
            before = read_description(index.path).generation
            try:
                return method(index, *args, **options)
            except (TwobranchError, OSError):
                index._place.pull()
                if read_description(index.path).generation == before:
                    raise
                index._snapshot = None

    return ask


class Index:
    """A searchable folder of image embeddings that carries its matcher.

    Make or update one with `Index.build`, open one with `Index.open`. An open index sees what other processes write:
    each search answers from the newest version. Searching from several threads is safe as far as the matcher is.

    Attributes:
        path: the index folder; of an index on object storage the folder of this machine that belongs to it.
        report: what the last `build` did; None for an index that was opened.
        encoder: how queries are embedded; a server puts another here, which encodes together what waits together.
    """

    def __init__(
        self, place: Place, description: Description, matcher: Matcher | None, options: Mapping[str, Any]
    ) -> None:
        self.path = place.folder
        self._place = place
        self.report: Report | None = None
        self.encoder: QueryEncoder = OneByOne()
        self._description = description
        self._matcher = matcher
        self._options = dict(options)
        self._snapshot: Snapshot | None = None
        self._store: Store | None = None
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls, path: str | Path, *, device: str = "auto", threads: int | None = None, cache: str | Path | None = None
    ) -> Index:
        """Open an index; its matcher is loaded when it is first needed.

        Args:
            path: an index folder, or the address of an index on object storage, s3://bucket/prefix.
            device: where the matcher runs.
            threads: threads of the processor for the matcher.
            cache: the cache folder.

        Raises:
            TwobranchError: if the folder is no index, or one of another version.
        """
        place = place_of(path, cache)
        place.pull()
        options = {"device": device, "threads": threads, "cache": cache}
        return cls(place, read_description(place.folder), None, options)

    @classmethod
    def build(
        cls,
        matcher: Matcher,
        images_folder: str | Path,
        path: str | Path,
        *,
        views: Sequence[str] | None = None,
        metadata: str | Path | None = None,
        engine: Engine | None = None,
        **reading: Any,
    ) -> Index:
        """Build an index of the images in a folder, or bring one up to date.

        New and changed files are encoded, moved ones are recognized by their content, vanished ones are removed.
        An index that carries another matcher, or other views, is encoded anew; it answers until that is complete.

        Args:
            matcher: a matcher that was loaded from its folder.
            images_folder: a folder, which is walked, or annotations whose images are taken.
            path: the index folder, or an address for it on object storage, s3://bucket/prefix.
            views: views to average; by default those of the matcher.
            metadata: a table (CSV, TSV, JSONL, Parquet) with a row per image, whose columns filters can use; without
                it an index keeps the columns that it has.
            engine: who encodes: this process, or `RayEngine()` for the workers of a cluster.
            reading: how to read annotations: `images`, `columns`, `format`, `skip_bad_rows` of `read_corpus`.

        Raises:
            TwobranchError: if there are no images, the path holds something else, or another process is writing it.
        """
        from twobranch.search.sources import find_images

        source = find_images(images_folder, metadata=metadata, **reading)
        for note in source.notes:
            log.info(note)
        place = place_of(path, to_write=True)
        with place.writing() as before_commit:
            generation, report = cls._update(
                matcher, source, place, tuple(views or matcher.views), engine, before_commit
            )
            place = place_of(path)
            place.pull()
            index = cls(place, generation, matcher, {})
            index.report = report
            index.snapshot()
        return index

    @classmethod
    def _update(
        cls,
        matcher: Matcher,
        source: Source,
        place: Place,
        views: tuple[str, ...],
        engine: Engine | None,
        before_commit: Callable[[], None],
    ) -> tuple[Description, Report]:
        from twobranch.search.building import update_store
        from twobranch.search.store import Store

        wanted = Description(
            matcher_identity=matcher.identity,
            similarity=matcher.similarity,
            dim=matcher.dim,
            views=views,
            images=str(source.root),
            created=now(),
        )
        folder = place.folder
        generation, is_current = generation_for(folder, wanted)
        if not is_current:
            log.info("the index has embeddings of another matcher or other views: every image is encoded anew")
        elif generation.images != wanted.images:
            log.info("the images folder was %s and is now %s", generation.images, wanted.images)
        generation = generation.model_copy(update={"images": wanted.images})
        _save_matcher(matcher, folder / generation.matcher_folder)
        write_description(folder, generation, "index.json" if is_current else "pending.json")
        place.push()
        store = Store(place.store(generation), generation.dim, before_commit)
        report = update_store(store, matcher, source, views, engine)
        if not is_current:
            activate(folder)
            place.push()
        return generation, report

    @property
    def description(self) -> Description:
        """What index.json says."""
        return self._description

    @property
    def matcher(self) -> Matcher:
        """The matcher that the index carries."""
        with self._lock:
            if self._matcher is None:
                self._matcher = load_matcher(self.path / self._description.matcher_folder, **self._options)
            return self._matcher

    @property
    def identity(self) -> str:
        """Changes with the matcher and with every update of the images."""
        return self._identity_at(self.snapshot())

    def _identity_at(self, snapshot: Snapshot) -> str:
        parts = f"{self._description.matcher_identity} {snapshot.stamp}"
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.snapshot())

    @_of_one_generation
    def snapshot(self) -> Snapshot:
        """The images at the newest version of the store."""
        from twobranch.search.derived import load_snapshot
        from twobranch.search.store import store_stamp

        with self._lock:
            if self._snapshot is not None and not self._place.due():
                return self._snapshot
            self._place.pull()
            description = read_description(self.path)
            if description != self._description:
                if description.generation != self._description.generation:
                    self._matcher = None
                self._description, self._snapshot = description, None
            store = self._place.store(description)
            if self._snapshot is None or self._snapshot.stamp != store_stamp(store):
                self._snapshot = load_snapshot(self.path, store, description.dim, self._open_store)
                self._store = None
            return self._snapshot

    def store_of(self, snapshot: Snapshot) -> Store:
        """The store at the version of a snapshot."""
        with self._lock:
            if self._store is None or self._store.version != snapshot.version:
                self._store = self._open_store().at(snapshot.version)
            return self._store

    def _open_store(self) -> Store:
        from twobranch.search.store import Store

        return Store(self._place.store(self._description))

    @_of_one_generation
    def search(
        self,
        sentence: str | None = None,
        *,
        image: ImageSource | None = None,
        like: str | None = None,
        k: int = 10,
        offset: int = 0,
        where: str | None = None,
        min_probability: float | None = None,
        text: bool = False,
        rerank: Matcher | None = None,
        candidates: int | None = None,
    ) -> SearchResult:
        """Find the images that match best.

        With a re-ranker, the best images that pass the condition are the candidates, and both matchers decide their
        order (`rerank_hits`). Scores and probabilities stay those of the index's matcher, and the bound is on them.

        Args:
            sentence: what the images show; or instead of it
            image: a picture that they resemble; or instead of it
            like: the id of an image of the index that they resemble.
            k: number of hits.
            offset: how many of the best hits to pass over: a page of results is a part of one order.
            where: an SQL condition over id, path, width, height and the metadata columns.
            min_probability: drop hits whose calibrated probability is lower.
            text: look for the words of the sentence in the stored sentences and metadata, too; both scores are
                standardized and added (`fuse`). Scores and probabilities stay those of the embeddings.
            rerank: a second matcher, one that scores pairs or one with embeddings; it scores the best images with the
                sentence.
            candidates: images that it scores; by default 100, or `k` if that is more.

        Raises:
            TwobranchError: if there is no query or more than one, the condition is not valid, a probability is asked
                for that the matcher cannot give, text of an index that has none, or re-ranking for a picture or with
                fewer candidates than hits.
        """
        query = Query(
            sentence=sentence,
            image=image,
            like=like,
            k=k,
            offset=offset,
            where=where,
            min_probability=min_probability,
            text=text,
            rerank=rerank,
            candidates=candidates,
        )
        with self._lock:  # a matcher and the embeddings that it made
            snapshot, views = self.snapshot(), self._description.views
            matcher = None if like is not None else self.matcher
        identity = self._identity_at(snapshot)
        gallery = Gallery(str(self.path), identity, snapshot, lambda: self.store_of(snapshot), views, self.encoder)
        return answer(gallery, query, matcher)

    def facts(self, image_id: str) -> dict[str, Any]:
        """All columns of an image but embedding and thumbnail.

        Raises:
            TwobranchError: if the index holds no such id.
        """
        snapshot = self.snapshot()
        return snapshot.facts(snapshot.known_row(image_id))

    def sentences(self) -> list[str]:
        """The sentences that are stored with the images, each once, in the order of the images.

        An index of annotations with sentences has them; one of a folder of pictures has none, and the list is empty.
        """
        return self.snapshot().sentences()

    @_of_one_generation
    def thumbnail(self, image_id: str) -> bytes:
        """The JPEG of an image's thumbnail.

        Raises:
            TwobranchError: if the index holds no such id.
        """
        snapshot = self.snapshot()
        row_id = int(snapshot.row_ids[snapshot.known_row(image_id)])
        found = self.store_of(snapshot).take([row_id], ["thumbnail"])
        jpeg: bytes | None = found["thumbnail"][0].as_py() if found.num_rows == 1 else None
        if jpeg is None:
            raise TwobranchError(
                f"image {image_id!r}", "must be in the index's store", remedy="Run twobranch index again."
            )
        return jpeg


def load_matcher(folder: Path, **options: Any) -> Matcher:
    """Load a matcher folder; the import of the matcher waits until one is needed."""
    from twobranch.matcher.matcher import Matcher

    return Matcher.load(folder, **options)


def _save_matcher(matcher: Matcher, folder: Path) -> None:
    """Copy the matcher into the index, unless the same is there already: a replacement would disturb who loads it."""
    if not matcher.identity:
        raise TwobranchError(
            "this matcher", "an index needs a matcher with an identity", remedy="Save it and load it from its folder."
        )
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    matcher.save(fresh)
    if folder.is_dir() and _contents(fresh) == _contents(folder):
        shutil.rmtree(fresh)
        return
    with atomic_path(folder) as temporary:
        os.rename(fresh, temporary)


def _contents(folder: Path) -> dict[str, bytes]:
    """Digest of every file, by relative path."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).digest() for file in files}
