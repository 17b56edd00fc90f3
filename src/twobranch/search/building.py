"""Bring an index up to date: encode what is new or changed, carry over what only moved, remove what is gone.

The plan (`planning.py`) and the commits here are the same for every engine; an engine only computes rows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError
from twobranch.progress import log
from twobranch.search.derived import discard
from twobranch.search.engines import Engine, Outcome, Work
from twobranch.search.local_engine import LocalEngine
from twobranch.search.planning import Carried, Plan, plan_update
from twobranch.search.ray_engine import RayEngine
from twobranch.search.scan import FoundImage
from twobranch.search.sources import Source
from twobranch.search.store import Store

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher

COMMIT_ROWS = 1024
COMMIT_SECONDS = 10.0
"""A transaction holds this many rows, or the rows of this time: what a killed run loses at most."""

_ENCODE_ROWS = 256

ENGINES: dict[str, type[LocalEngine] | type[RayEngine]] = {"local": LocalEngine, "ray": RayEngine}
"""What can compute: this process, or the workers of a Ray cluster."""


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


def update_store(
    store: Store, matcher: Matcher, source: Source, views: Sequence[str], engine: Engine | None = None
) -> Report:
    """Make the store hold exactly the images of the source, with embeddings of one matcher.

    Each step is a transaction, so that a killed run leaves a valid index and the next run goes on from there. This
    process is the only one that writes, whoever computes.

    Args:
        store: the store; its embeddings, if any, are of the same matcher and views.
        matcher: encodes.
        source: the images that the store is to hold.
        views: views to average.
        engine: computes what is new; this process by default.

    Raises:
        TwobranchError: if the store cannot be written, or the engine cannot go on.
    """
    started = time.monotonic()
    if source.metadata is not None:
        if store.metadata != source.metadata.columns:
            discard(store.folder)
        if store.set_metadata_columns(source.metadata.columns):
            discard(store.folder)  # once more: a search may have derived from the columns of before
    if source.sentences is not None:
        store.keep_sentences()
    before = store.at(store.version)  # row ids of the plan stay valid while the store is written
    plan = plan_update({row["id"]: row for row in before.listing().to_pylist()}, source)
    report = Report(failures=dict(source.problems), unchanged=plan.unchanged, updated=len(plan.carry))
    writing = _Writing(store, before, plan, source, report)
    writing.carry(plan.carry)
    if plan.read:
        work = Work(plan.read, matcher, views, frozenset(plan.by_content), _ENCODE_ROWS)
        writing.take_in(work, engine or LocalEngine())
    gone = list(plan.gone(source))
    report.removed = len(gone)
    broken = [image_id for image_id in plan.known if image_id in source.images and image_id in report.failures]
    store.delete(gone + broken)
    store.index_text()
    store.tidy()
    report.seconds = time.monotonic() - started
    return report


class _Writing:
    """Writes what an engine tells into the store, every so often, and counts it."""

    def __init__(self, store: Store, before: Store, plan: Plan, source: Source, report: Report) -> None:
        self._store, self._before, self._plan, self._source, self._report = store, before, plan, source, report
        self._by_content = plan.by_content
        self._waiting: dict[str, FoundImage] = {image.id: image for image in plan.read}
        self._rows: list[dict[str, Any]] = []

    def take_in(self, work: Work, engine: Engine) -> None:
        """Have the work done and commit its rows every so often, also when it is interrupted."""
        started = committed = time.monotonic()
        known = done = 0
        try:
            for outcome in engine.compute(work):
                known += self._take(outcome)
                done = len(work.images) - len(self._waiting)
                if len(self._rows) >= COMMIT_ROWS or time.monotonic() - committed > COMMIT_SECONDS:
                    self._commit()
                    committed = time.monotonic()
                    encoded, all_of_them = done - known, len(work.images) - known
                    left = (all_of_them - encoded) * (committed - started) / max(encoded, 1)
                    log.info("%d of %d images in the index, about %s left", encoded, all_of_them, _duration(left))
        finally:
            self._commit()
        if self._waiting:
            raise TwobranchError(
                f"image {next(iter(self._waiting))!r}",
                "an engine answers for every image",
                found=f"no answer for {len(self._waiting)} of them",
                remedy="Run the command again: it goes on with these.",
            )

    def _take(self, outcome: Outcome) -> int:
        """Take an outcome in; returns how many of its images the index knew. What came before is passed over."""
        carried = []
        for image_id, digest in outcome.known.items():
            if image := self._waiting.pop(image_id, None):
                row = self._plan.known.get(image_id)
                same = row is not None and row["sha256"] == digest
                carried.append(Carried(image, row["_rowid"] if row and same else self._by_content[digest], digest))
                self._report.updated += same
                self._report.moved += not same
        self.carry(carried)
        for image_id, row in outcome.rows.items():
            if image := self._waiting.pop(image_id, None):
                self._rows.append({**row, **_facts(image, row["sha256"]), **self._source.told(image_id)})
                self._report.changed += image_id in self._plan.known
                self._report.added += image_id not in self._plan.known
        for image_id, problem in outcome.failures.items():
            if self._waiting.pop(image_id, None):
                self._report.failures[image_id] = problem
        return len(carried)

    def _commit(self) -> None:
        known = self._plan.known
        for new in (True, False):
            self._store.add([row for row in self._rows if (row["id"] not in known) == new], new=new)
            # Each kind is done once it is written: should the next one fail, this one must not be added twice.
            self._rows[:] = [row for row in self._rows if (row["id"] not in known) != new]

    def carry(self, carried: Sequence[Carried]) -> None:
        """Write rows whose embedding is known already, with the facts of today."""
        for start in range(0, len(carried), COMMIT_ROWS):
            batch = carried[start : start + COMMIT_ROWS]
            table = self._before.take(sorted({one.row_id for one in batch}))
            old = {row["_rowid"]: row for row in table.to_pylist()}
            rows = []
            for one in batch:
                row = {name: value for name, value in old[one.row_id].items() if name != "_rowid"}
                rows.append({**row, **_facts(one.image, one.sha256), **self._source.told(one.image.id)})
            self._store.add(rows, new=False)


def _facts(image: FoundImage, digest: str) -> dict[str, Any]:
    return {"id": image.id, "path": image.path, "sha256": digest, "bytes": image.bytes, "mtime_ns": image.mtime_ns}


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )
