"""Who reads and encodes images for an index: this process, or the workers of a cluster.

An engine is given images whose content the index may or may not know, and tells what became of each, in any order. It
writes nothing: what is told goes into the store in one place, `building.py`, whoever has computed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from twobranch.progress import log
from twobranch.search.scan import FoundImage

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher


@dataclass(frozen=True)
class Work:
    """Images to be read.

    Attributes:
        images: the images, those of a tar or Parquet file one after the other.
        matcher: encodes those whose content is new.
        views: views to average.
        known: SHA-256 of every content whose embedding the index has.
        batch: images that are read and encoded together.
    """

    images: Sequence[FoundImage]
    matcher: Matcher
    views: Sequence[str]
    known: frozenset[str]
    batch: int

    def announce(self, count: int, more: str = "") -> None:
        """Say how many images are encoded, and how much the index grows by."""
        size = count * (4 * self.matcher.dim * 2 + 14_000)  # embedding in store and matrix, thumbnail
        views = ", ".join(self.views)
        log.info("%d images to encode (%s)%s; the index grows by about %.0f MB", count, views, more, size / 1e6)


@dataclass
class Outcome:
    """What became of some images.

    Attributes:
        known: images whose content the index knows, by id, with their SHA-256.
        rows: the new ones: by id, their SHA-256, width, height, embedding (D,) float32, and thumbnail.
        failures: why an image cannot be read, by id.
    """

    known: dict[str, str] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


class Engine(Protocol):
    """Computes what the index does not know yet."""

    def compute(self, work: Work) -> Iterator[Outcome]:
        """What became of every image of the work, each once.

        Raises:
            TwobranchError: if the work cannot go on; what was told before stays.
        """
