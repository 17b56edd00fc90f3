"""From images to rows of the store, wherever this runs: thumbnails, sizes and embeddings of a batch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.features.digests import content_digest
from twobranch.search.engines import Outcome
from twobranch.search.scan import FoundImage
from twobranch.search.thumbnails import Thumbnail, make_thumbnail

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher

THREADS = min(8, (os.cpu_count() or 2) + 1)
"""Threads that read, and make thumbnails."""


def digests_of(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """SHA-256 of each file and an empty string, or an empty string and why it cannot be read."""

    def digest(path: str) -> tuple[str, str]:
        try:
            return content_digest(path).hex(), ""
        except TwobranchError as error:
            return "", f"cannot be read: {error.found}"

    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(digest, paths)


def encoded_rows(
    matcher: Matcher, batch: Sequence[tuple[FoundImage, str]], paths: Sequence[str], views: Sequence[str]
) -> Outcome:
    """Rows of the images of a batch that could be read, and why others could not.

    Args:
        matcher: encodes.
        batch: images with their SHA-256.
        paths: where each is read: its own path, or that of a copy.
        views: views to average.
    """
    outcome = Outcome()
    with ThreadPoolExecutor(THREADS) as pool:
        thumbnails = list(pool.map(_thumbnail, paths))
    readable: list[tuple[FoundImage, str, str, Thumbnail]] = []
    for (image, digest), path, thumbnail in zip(batch, paths, thumbnails, strict=True):
        if isinstance(thumbnail, Thumbnail):
            readable.append((image, digest, path, thumbnail))
        else:
            outcome.failures[image.id] = thumbnail
    if not readable:
        return outcome
    embeddings, failures = matcher.try_encode_images([path for _, _, path, _ in readable], views=tuple(views))
    for number, (image, digest, path, thumbnail) in enumerate(readable):
        if number in failures:
            outcome.failures[image.id] = failures[number].replace(path, image.path)
            continue
        outcome.rows[image.id] = {
            "sha256": digest,
            "width": thumbnail.width,
            "height": thumbnail.height,
            "embedding": np.asarray(embeddings[number], dtype=np.float32),
            "thumbnail": thumbnail.jpeg,
        }
    return outcome


def _thumbnail(path: str) -> Thumbnail | str:
    try:
        return make_thumbnail(path)
    except TwobranchError as error:
        return str(error).removeprefix(f"{error.where}: ")  # the report names the image already
