"""Features of many images or sentences through the cache: only what is missing is computed, once, and kept."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache, FeatureKey
from twobranch.features.decoding import ImageSource
from twobranch.features.digests import image_digests, sentence_digest
from twobranch.features.encoder import ImageEncoder, Output, SentenceEncoder
from twobranch.features.fitted_rows import FittedRows
from twobranch.features.row_table import RowTable
from twobranch.features.runtime import cpu_count
from twobranch.features.shards import FeatureRows
from twobranch.features.store import FeatureStore
from twobranch.features.token_rows import TokenRows
from twobranch.features.views import check_views
from twobranch.features.writer import ShardWriter, long_work
from twobranch.progress import log, progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

SentenceRows = FeatureRows | FittedRows | TokenRows
"""Features of sentences: vectors from the cache, vectors that are not cached, or token ids."""

_IMAGES = 64  # pictures that are encoded together
_AHEAD = 2 * _IMAGES  # pictures decoded ahead, so that encoding never waits
_SENTENCES = 4096  # sorted by length together
_SHOWN = 5  # failures that the closing message names


@dataclass(frozen=True)
class Extracted:
    """Features of a list of images.

    Attributes:
        features: row i belongs to input i: float32 when gathered, the mean over the views; zero where it failed.
        failures: number of the input -> why it could not be read.
    """

    features: FeatureRows
    failures: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    """One picture of which some views are missing; duplicates of it share the job."""

    digest: bytes
    image: ImageSource
    views: tuple[str, ...]


_Decoded = tuple[_Job, "NDArray[Any] | TwobranchError"]


def image_features(
    encoder: ImageEncoder,
    images: Sequence[ImageSource],
    views: Sequence[str] = ("image",),
    cache: FeatureCache | None = None,
    *,
    output: Output = "vector",
    description: str = "encoding images",
) -> Extracted:
    """Compute the features of images, or find them in the cache.

    Each view is cached on its own, so that recipes with other sets of views share them. A picture that occurs twice
    is encoded once. A picture that cannot be read is left out and listed; it never ends the run.

    Args:
        encoder: a frozen image encoder.
        images: paths, bytes of files, Pillow images or arrays.
        views: names of views; the features are the mean over them. An encoder may find all of them alike.
        cache: the cache; None keeps the features in memory only.
        output: "vector", or "grid" for a feature of every cell.
        description: what the progress bar and the messages say.

    Raises:
        TwobranchError: for an unknown view, or a cache that cannot be written.
    """
    check_views(views)
    named, views = views, encoder.looks(views)
    outputs = ("vector", "grid") if output == "grid" else ("vector",)  # one pass of the network gives both
    stores = {f"{view} {kind}": _image_store(cache, encoder, view, kind) for view in views for kind in outputs}
    wanted = {view: stores[f"{view} {output}"] for view in views}

    digests = image_digests(images)
    failures = {row: str(found) for row, found in enumerate(digests) if isinstance(found, TwobranchError)}
    rows_of: dict[bytes, list[int]] = {}
    for row, digest in enumerate(digests):
        if isinstance(digest, bytes):
            rows_of.setdefault(digest, []).append(row)
    jobs = _missing(rows_of, images, wanted)
    if jobs:
        for job, error in _encode_images(encoder, jobs, stores, outputs, description):
            failures.update((row, str(error)) for row in rows_of[job.digest])
    failures = dict(sorted(failures.items()))
    _report(failures, len(images))
    alike = len(named) // len(views)  # each of the named views has its features, and so random views can be drawn
    return Extracted(_rows(list(wanted.values()) * alike, digests, failures), failures)


def _image_store(cache: FeatureCache | None, encoder: ImageEncoder, view: str, output: str) -> RowTable:
    shape = (*encoder.grid, encoder.dim) if output == "grid" else (encoder.dim,)
    if cache is None:
        return RowTable(shape, encoder.kept_as)
    return cache.get(FeatureKey(encoder.name, encoder.identity, view, output, shape, encoder.kept_as))


def _missing(rows_of: dict[bytes, list[int]], images: Sequence[ImageSource], wanted: dict[str, RowTable]) -> list[_Job]:
    digests = list(rows_of)
    absent = {view: store.lookup(digests) < 0 for view, store in wanted.items()}
    return [
        _Job(digest, images[rows_of[digest][0]], tuple(view for view in wanted if absent[view][number]))
        for number, digest in enumerate(digests)
        if any(lacking[number] for lacking in absent.values())
    ]


def _encode_images(
    encoder: ImageEncoder, jobs: list[_Job], stores: dict[str, RowTable], outputs: tuple[str, ...], description: str
) -> list[tuple[_Job, TwobranchError]]:
    """Decode in threads, encode here, write shards; returns the jobs that failed."""
    failed: list[tuple[_Job, TwobranchError]] = []
    # Bytes of one image in all stores; jobs that lack only some views make it an upper bound.
    with long_work(description, len(jobs), list(stores.values())) as advance, ShardWriter(stores) as writer:
        for decoded in _batches(_decoded(encoder, jobs), _IMAGES):
            good = [(job, pixels) for job, pixels in decoded if isinstance(pixels, np.ndarray)]
            failed += [(job, pixels) for job, pixels in decoded if isinstance(pixels, TwobranchError)]
            if good:
                stacked = np.concatenate([pixels for _, pixels in good])  # (views of all, size, size, 3)
                found = encoder.encode_all(stacked) if len(outputs) > 1 else {"vector": encoder.encode(stacked)}
                labels = [(view, job.digest) for job, _ in good for view in job.views]
                for view in dict.fromkeys(view for view, _ in labels):
                    chosen = [row for row, label in enumerate(labels) if label[0] == view]
                    for kind in outputs:
                        writer.add(f"{view} {kind}", [labels[row][1] for row in chosen], found[kind][chosen])
            advance(len(decoded))
    return failed


def _decoded(encoder: ImageEncoder, jobs: list[_Job]) -> Iterator[_Decoded]:
    """Read images in threads, a little ahead of who asks, in the order of the jobs."""

    def decode(job: _Job) -> NDArray[Any] | TwobranchError:
        try:
            return encoder.read(job.image, job.views)
        except TwobranchError as error:
            return error

    with ThreadPoolExecutor(max_workers=encoder.threads or cpu_count()) as pool:
        ahead: deque[tuple[_Job, Future[NDArray[Any] | TwobranchError]]] = deque()
        try:
            for job in jobs:
                ahead.append((job, pool.submit(decode, job)))
                if len(ahead) > _AHEAD:
                    first, future = ahead.popleft()
                    yield first, future.result()
            for first, future in ahead:
                yield first, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _batches(items: Iterator[_Decoded], size: int) -> Iterator[list[_Decoded]]:
    while batch := list(itertools.islice(items, size)):
        yield batch


def _report(failures: dict[int, str], total: int) -> None:
    if failures:
        shown = "\n  ".join(list(failures.values())[:_SHOWN])
        more = f"\n  and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
        log.warning("%d of %d images cannot be used and are left out:\n  %s%s", len(failures), total, shown, more)


def _rows(
    stores: Sequence[RowTable], digests: Sequence[bytes | TwobranchError], failures: dict[int, str]
) -> FeatureRows:
    good = [row for row in range(len(digests)) if row not in failures]
    keys = [digest for row in good if isinstance(digest := digests[row], bytes)]
    sources = []
    for store in stores:
        positions = np.full(len(digests), -1, np.int64)
        positions[good] = store.lookup(keys)
        if (positions[good] < 0).any():
            raise TwobranchError(
                str(store.folder) if isinstance(store, FeatureStore) else "cache",
                "features stay in the cache while they are used",
                found="some that were just written are gone",
                remedy="Do not clear the cache during a run; start again.",
            )
        sources.append((store.shards, positions))
    return FeatureRows(sources, stores[0].shape)


def sentence_features(
    encoder: SentenceEncoder,
    sentences: Sequence[str],
    cache: FeatureCache | None = None,
    *,
    description: str = "encoding sentences",
) -> SentenceRows:
    """Compute the features of sentences, or find them in the cache; token ids and sparse vectors are never cached.

    Args:
        encoder: a sentence encoder; fitted, if it needs it.
        sentences: C sentences; one that occurs twice is encoded once.
        cache: the cache; None keeps the features in memory only.
        description: what the progress bar and the messages say.

    Returns:
        Rows (C, F), float32 when gathered; for an encoder of tokens (C, T) int64.

    Raises:
        TwobranchError: if the cache cannot be written.
    """
    if encoder.output == "tokens" or not encoder.cached:
        with progress(description, len(sentences)) as advance:
            return (TokenRows if encoder.output == "tokens" else FittedRows)(encoder, sentences, advance)
    shape = (encoder.dim,)
    key = FeatureKey(encoder.name, encoder.identity, "sentence", "vector", shape)
    store = cache.get(key) if cache is not None else RowTable(shape)
    digests = [sentence_digest(sentence) for sentence in sentences]
    texts = dict(zip(digests, sentences, strict=True))
    unique = list(texts)
    missing = [unique[number] for number in np.flatnonzero(store.lookup(unique) < 0)]
    if missing:
        with long_work(description, len(missing), [store]) as advance, ShardWriter({"sentence": store}) as writer:
            for start in range(0, len(missing), _SENTENCES):
                some = missing[start : start + _SENTENCES]
                found = encoder.encode([texts[digest] for digest in some])
                writer.add("sentence", some, np.asarray(found, np.float32))
                advance(len(some))
    return _rows([store], digests, {})
