"""What an update has to do with each image: nothing, carry its row over, or read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from twobranch.search.scan import FoundImage
from twobranch.search.sources import Source


@dataclass
class Plan:
    """What is to be done.

    Attributes:
        known: rows of the store before the update, without the large columns, by id.
        carry: images whose row is written anew with other facts, each with the row it comes from.
        read: images that are new to the index or look changed: their content decides.
        unchanged: images with which nothing is to be done.
    """

    known: dict[str, dict[str, Any]]
    carry: list[Carried] = field(default_factory=list)
    read: list[FoundImage] = field(default_factory=list)
    unchanged: int = 0

    @property
    def by_content(self) -> dict[str, int]:
        """Row id by SHA-256 of every content that the store knows."""
        return {row["sha256"]: row["_rowid"] for row in self.known.values()}

    def gone(self, source: Source) -> Iterator[str]:
        """Ids of the store that the source does not have."""
        return (image_id for image_id in self.known if image_id not in source.images)


@dataclass(frozen=True)
class Carried:
    """An image whose embedding and thumbnail are in the store, in some row of it."""

    image: FoundImage
    row_id: int
    sha256: str


def plan_update(known: dict[str, dict[str, Any]], source: Source) -> Plan:
    """Compare what the store holds with what the source has, by size and time; nothing is read.

    Args:
        known: the rows of `Store.listing`, by id.
        source: the images that the store is to hold.
    """
    plan = Plan(known)
    for image in source.images.values():
        row = known.get(image.id)
        if row is None or (row["bytes"], row["mtime_ns"]) != (image.bytes, image.mtime_ns):
            plan.read.append(image)
        elif _facts_differ(row, image, source):
            plan.carry.append(Carried(image, row["_rowid"], row["sha256"]))
        else:
            plan.unchanged += 1
    return plan


def _facts_differ(row: dict[str, Any], image: FoundImage, source: Source) -> bool:
    if row["path"] != image.path:
        return True
    return any(row.get(name) != value for name, value in source.told(image.id).items())
