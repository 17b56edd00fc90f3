"""Proposals of many pictures through the cache: only what is missing is computed, in threads, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache, FeatureKey
from twobranch.features.decoding import ImageSource
from twobranch.features.digests import image_digests
from twobranch.features.row_table import RowTable
from twobranch.features.runtime import cpu_count
from twobranch.features.shards import FeatureRows
from twobranch.features.writer import ShardWriter, long_work
from twobranch.progress import log
from twobranch.regions.boxes import area
from twobranch.regions.proposer import Boxes, Proposer

_TOGETHER = 64  # pictures whose boxes are handed to the writer at once
_SHOWN = 5  # failures that the closing message names


class _Rows(Protocol):
    def __getitem__(self, rows: NDArray[np.integer]) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Proposals:
    """Boxes of a list of pictures, read when they are asked for.

    Attributes:
        rows: (N, budget, 4) float32, padded with boxes of no area.
        count: N.
        failures: number of the picture -> why it could not be read; it has no boxes.
    """

    rows: _Rows
    count: int
    failures: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, picture: int) -> Boxes:
        """The boxes (R, 4) of one picture, the best first; (0, 4) where it has none."""
        if not 0 <= picture < self.count:
            raise IndexError(picture)
        boxes = self.rows[np.array([picture])][0]
        found: Boxes = boxes[area(boxes) > 0]
        return found


def image_proposals(
    proposer: Proposer,
    images: Sequence[ImageSource],
    cache: FeatureCache | None = None,
    *,
    threads: int | None = None,
    description: str = "proposing regions",
) -> Proposals:
    """Compute the boxes of pictures, or find them in the cache.

    A picture that occurs twice is looked at once, and an interrupted run goes on where it stopped. A picture that
    cannot be read is listed and never ends the run.

    Args:
        proposer: fitted, where it has to be.
        images: paths, bytes of files, Pillow images or arrays.
        cache: the cache; None keeps the boxes in memory only. Boxes that cost nothing are never cached.
        threads: pictures at a time; None for one per processor.
        description: what the progress bar and the messages say.

    Raises:
        TwobranchError: if the proposer was not fitted, or the cache cannot be written.
    """
    if not proposer.cached:
        return _in_memory(proposer, images, threads, description)
    shape = (proposer.budget, 4)
    key = FeatureKey(proposer.name, proposer.identity, "image", "boxes", shape, dtype="float32")
    store = RowTable(shape, "float32") if cache is None else cache.get(key)
    digests = image_digests(images)
    failures = {row: str(found) for row, found in enumerate(digests) if isinstance(found, TwobranchError)}
    first = {digest: row for row, digest in reversed(list(enumerate(digests))) if isinstance(digest, bytes)}
    unique = list(first)
    missing = [unique[number] for number in np.flatnonzero(store.lookup(unique) < 0)]
    failed: dict[bytes, str] = {}
    with long_work(description, len(missing), [store]) as advance, ShardWriter({"boxes": store}) as writer:
        for start in range(0, len(missing), _TOGETHER):
            some = missing[start : start + _TOGETHER]
            found = _all(proposer, [images[first[digest]] for digest in some], threads)
            failed |= {d: str(one) for d, one in zip(some, found, strict=True) if isinstance(one, TwobranchError)}
            good = {d: one for d, one in zip(some, found, strict=True) if not isinstance(one, TwobranchError)}
            if good:
                writer.add("boxes", list(good), np.stack([_padded(boxes, proposer.budget) for boxes in good.values()]))
            advance(len(some))
    failures |= {row: failed[digest] for row, digest in enumerate(digests) if digest in failed}
    positions = np.full(len(images), -1, np.int64)
    read = [row for row in range(len(images)) if row not in failures]
    positions[read] = store.lookup([digest for row in read if isinstance(digest := digests[row], bytes)])
    _report(failures, len(images))
    return Proposals(FeatureRows([(store.shards, positions)], shape), len(images), dict(sorted(failures.items())))


def _in_memory(proposer: Proposer, images: Sequence[ImageSource], threads: int | None, description: str) -> Proposals:
    rows = np.zeros((len(images), proposer.budget, 4), np.float32)
    failures: dict[int, str] = {}
    with long_work(description, len(images), []) as advance:
        for start in range(0, len(images), _TOGETHER):
            found = _all(proposer, images[start : start + _TOGETHER], threads)
            for row, boxes in enumerate(found, start=start):
                if isinstance(boxes, TwobranchError):
                    failures[row] = str(boxes)
                else:
                    rows[row] = _padded(boxes, proposer.budget)
            advance(len(found))
    _report(failures, len(images))
    return Proposals(rows, len(images), failures)


def _all(proposer: Proposer, images: Sequence[ImageSource], threads: int | None) -> list[Boxes | TwobranchError]:
    if proposer.fitted:
        _ = proposer.identity  # not fitted: an error of the whole run, not of each picture

    def one(image: ImageSource) -> Boxes | TwobranchError:
        try:
            return proposer.propose(image)
        except TwobranchError as error:
            return error

    with ThreadPoolExecutor(max_workers=threads or cpu_count()) as pool:
        return list(pool.map(one, images))


def _padded(boxes: Boxes, budget: int) -> Boxes:
    padded = np.zeros((budget, 4), np.float32)
    padded[: len(boxes)] = boxes
    return padded


def _report(failures: dict[int, str], total: int) -> None:
    if failures:
        shown = "\n  ".join(list(failures.values())[:_SHOWN])
        more = f"\n  and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
        log.warning("%d of %d images have no proposals:\n  %s%s", len(failures), total, shown, more)
