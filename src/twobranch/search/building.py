"""Bring an index up to date: encode what is new or changed, carry over what only moved, remove what is gone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.digests import content_digest
from twobranch.progress import log
from twobranch.search.derived import discard
from twobranch.search.scan import FoundImage
from twobranch.search.sources import Source
from twobranch.search.store import SENTENCES, Store
from twobranch.search.thumbnails import Thumbnail, make_thumbnail

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher

COMMIT_ROWS = 1024
COMMIT_SECONDS = 10.0
"""A transaction holds this many rows, or the rows of this time: what a killed run loses at most."""

_ENCODE_ROWS = 256
_WORKERS = min(8, (os.cpu_count() or 2) + 1)


@dataclass
class Report:
    """What an update did, in images.

    Attributes:
        added: new ones, encoded.
        changed: encoded anew, because their content changed.
        moved: recognized by content under another id (a rename or a copy); not encoded.
        updated: same content, other metadata, path or time stamp.
        unchanged: nothing to do.
        removed: vanished from the images folder.
        failures: why an image was left out, by id.
        seconds: how long it took.
    """

    added: int = 0
    changed: int = 0
    moved: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The figures and the failures as a JSON document."""
        return {**vars(self), "seconds": round(self.seconds, 2)}


@dataclass
class _Plan:
    """What is to be done with each image: rows to carry over from the store, files to encode, ids to remove."""

    carry: list[tuple[FoundImage, int, str]] = field(default_factory=list)  # image, row id to carry from, its sha256
    encode: list[tuple[FoundImage, str]] = field(default_factory=list)  # image, its sha256
    remove: list[str] = field(default_factory=list)


def update_store(store: Store, matcher: Matcher, source: Source, views: Sequence[str]) -> Report:
    """Make the store hold exactly the images of the source, with embeddings of one matcher.

    Each step is a transaction, so that a killed run leaves a valid index and the next run goes on from there.

    Args:
        store: the store; its embeddings, if any, are of the same matcher and views.
        matcher: encodes.
        source: the images that the store is to hold.
        views: views to average.
    """
    started = time.monotonic()
    report = Report(failures=dict(source.problems))
    if source.metadata is not None:
        if store.metadata != source.metadata.columns:
            discard(store.folder)
        if store.set_metadata_columns(source.metadata.columns):
            discard(store.folder)  # once more: a search may have derived from the columns of before
    if source.sentences is not None:
        store.keep_sentences()
    before = store.at(store.version)  # row ids of the plan stay valid while the store is written
    known = {row["id"]: row for row in before.listing().to_pylist()}
    plan = _plan(known, source, report)
    _carry(store, before, plan, source)
    _encode(store, matcher, plan, source, views, known.keys(), report)
    gone = [image_id for image_id in known if image_id not in source.images]
    report.removed = len(gone)
    broken = [image_id for image_id in known if image_id in source.images and image_id in report.failures]
    store.delete(gone + broken)
    store.index_text()
    store.tidy()
    report.seconds = time.monotonic() - started
    return report


def _plan(known: dict[str, dict[str, Any]], source: Source, report: Report) -> _Plan:
    plan = _Plan()
    suspects = []
    for image in source.images.values():
        row = known.get(image.id)
        if row is None or (row["bytes"], row["mtime_ns"]) != (image.bytes, image.mtime_ns):
            suspects.append(image)
        elif _facts_differ(row, image, source):
            plan.carry.append((image, row["_rowid"], row["sha256"]))
            report.updated += 1
        else:
            report.unchanged += 1
    by_content = {row["sha256"]: row["_rowid"] for row in known.values()}
    for image, digest in zip(suspects, _digests(suspects, report), strict=True):
        if not digest:
            continue
        row = known.get(image.id)
        if row is not None and row["sha256"] == digest:
            plan.carry.append((image, row["_rowid"], digest))
            report.updated += 1
        elif digest in by_content:
            plan.carry.append((image, by_content[digest], digest))
            report.moved += 1
        else:
            plan.encode.append((image, digest))
    return plan


def _facts_differ(row: dict[str, Any], image: FoundImage, source: Source) -> bool:
    if row["path"] != image.path:
        return True
    return any(row.get(name) != value for name, value in _told(source, image.id).items())


def _digests(images: list[FoundImage], report: Report) -> Iterator[str]:
    """SHA-256 of each file; an empty string, and a failure in the report, where it cannot be read."""

    def digest(image: FoundImage) -> str:
        try:
            return content_digest(image.path).hex()
        except TwobranchError as error:
            report.failures[image.id] = f"cannot be read: {error.found}"
            return ""

    with ThreadPoolExecutor(_WORKERS) as pool:
        yield from pool.map(digest, images)


def _carry(store: Store, before: Store, plan: _Plan, source: Source) -> None:
    """Write rows whose embedding is known already, with the facts of today."""
    for start in range(0, len(plan.carry), COMMIT_ROWS):
        batch = plan.carry[start : start + COMMIT_ROWS]
        table = before.take(sorted({row_id for _, row_id, _ in batch}))
        old = {row["_rowid"]: row for row in table.to_pylist()}
        rows = []
        for image, row_id, digest in batch:
            row = {name: value for name, value in old[row_id].items() if name != "_rowid"}
            rows.append({**row, **_facts(image, digest), **_told(source, image.id)})
        store.add(rows, new=False)


def _facts(image: FoundImage, digest: str) -> dict[str, Any]:
    return {"id": image.id, "path": image.path, "sha256": digest, "bytes": image.bytes, "mtime_ns": image.mtime_ns}


def _told(source: Source, image_id: str) -> dict[str, Any]:
    """Metadata and sentences of an image; what the source says nothing of stays as it is in the index."""
    told: dict[str, Any] = {} if source.metadata is None else source.metadata.of(image_id)
    if source.sentences is not None:
        told = {**told, SENTENCES: source.sentences.get(image_id)}
    return told


def _encode(
    store: Store,
    matcher: Matcher,
    plan: _Plan,
    source: Source,
    views: Sequence[str],
    known: Iterable[str],
    report: Report,
) -> None:
    """Encode files in batches and commit the rows every so often, also when the run is interrupted."""
    if not plan.encode:
        return
    _announce(plan, matcher, views)
    present, done = set(known), 0
    rows: list[dict[str, Any]] = []
    started = committed = time.monotonic()

    def commit() -> None:
        for new in (True, False):
            store.add([row for row in rows if (row["id"] not in present) == new], new=new)
            # Each kind is done once it is written: should the next one fail, this one must not be added twice.
            rows[:] = [row for row in rows if (row["id"] not in present) != new]

    try:
        for start in range(0, len(plan.encode), _ENCODE_ROWS):
            batch = plan.encode[start : start + _ENCODE_ROWS]
            rows += _encoded_rows(matcher, batch, source, views, report)
            done += len(batch)
            if len(rows) >= COMMIT_ROWS or time.monotonic() - committed > COMMIT_SECONDS:
                commit()
                committed = time.monotonic()
                left = (len(plan.encode) - done) * (committed - started) / done
                log.info("%d of %d images in the index, about %s left", done, len(plan.encode), _duration(left))
    finally:
        commit()
    failed = sum(image.id in report.failures for image, _ in plan.encode)
    report.changed = sum(image.id in present and image.id not in report.failures for image, _ in plan.encode)
    report.added = len(plan.encode) - failed - report.changed


def _announce(plan: _Plan, matcher: Matcher, views: Sequence[str]) -> None:
    size = len(plan.encode) * (4 * matcher.dim * 2 + 14_000)  # embedding in store and matrix, thumbnail
    log.info(
        "%d images to encode (%s); the index grows by about %.0f MB", len(plan.encode), ", ".join(views), size / 1e6
    )


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )


def _encoded_rows(
    matcher: Matcher, batch: list[tuple[FoundImage, str]], source: Source, views: Sequence[str], report: Report
) -> list[dict[str, Any]]:
    """Rows of the images of a batch that could be read."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        thumbnails = list(pool.map(_thumbnail, (image for image, _ in batch)))
    readable = [
        (image, digest, thumb)
        for (image, digest), thumb in zip(batch, thumbnails, strict=True)
        if isinstance(thumb, Thumbnail)
    ]
    report.failures.update(
        {image.id: thumb for (image, _), thumb in zip(batch, thumbnails, strict=True) if isinstance(thumb, str)}
    )
    if not readable:
        return []
    embeddings, failures = matcher.try_encode_images([image.path for image, _, _ in readable], views=tuple(views))
    rows = []
    for number, (image, digest, thumbnail) in enumerate(readable):
        if number in failures:
            report.failures[image.id] = failures[number]
            continue
        rows.append(
            {
                **_facts(image, digest),
                "width": thumbnail.width,
                "height": thumbnail.height,
                "embedding": np.asarray(embeddings[number], dtype=np.float32),
                "thumbnail": thumbnail.jpeg,
                **_told(source, image.id),
            }
        )
    return rows


def _thumbnail(image: FoundImage) -> Thumbnail | str:
    try:
        return make_thumbnail(image.path)
    except TwobranchError as error:
        return str(error).removeprefix(f"{error.where}: ")  # the report names the image already
