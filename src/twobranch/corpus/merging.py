"""Several rows about one image become one image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from twobranch.corpus.checks import check_record
from twobranch.corpus.paths import image_id
from twobranch.corpus.reading import BadRow, BadRows
from twobranch.corpus.records import ImageRecord, PhraseRecord, Scalar
from twobranch.corpus.splits import canonical_split


@dataclass(slots=True)
class MergedImage:
    """An image with everything that its rows say; `phrases` count the sentences of the image, not of a row."""

    id: str
    where: str
    sentences: list[str] = field(default_factory=list)
    phrases: list[PhraseRecord] = field(default_factory=list)
    split: str | None = None
    group: str | None = None
    metadata: dict[str, Scalar] = field(default_factory=dict)

    @property
    def group_id(self) -> str:
        """The group that the rows name, or else the image's own id."""
        return self.id if self.group is None else self.group

    def add(self, record: ImageRecord) -> set[str]:
        """Take up a row, whole or not at all; returns the metadata columns in which it differs from earlier rows.

        Raises:
            BadRow: if it names another split or group than an earlier row of the image.
        """
        split = canonical_split(record.split) if record.split else None
        if split and self.split and split != self.split:
            raise BadRow(
                record.where,
                "all rows of an image name one split",
                found=f"{split!r}, and {self.split!r} in {self.where}",
                kind="group-straddles-splits",
                remedy="Give its rows the same split",
            )
        if record.group and self.group and record.group != self.group:
            found = f"{record.group!r}, and {self.group!r} in {self.where}"
            raise BadRow(
                record.where, "all rows of an image name one group", found=found, remedy="Give its rows the same group"
            )
        first = len(self.sentences)
        self.sentences += record.sentences
        self.phrases += (replace(phrase, sentence=first + phrase.sentence) for phrase in record.phrases)
        self.split, self.group = self.split or split, self.group or record.group or None
        differing = {key for key, value in record.metadata.items() if self.metadata.get(key, value) != value}
        self.metadata = {**record.metadata, **self.metadata}
        return differing


def merge_records(records: Iterable[ImageRecord], folder: str, bad_rows: BadRows) -> tuple[list[MergedImage], set[str]]:
    """One image for all records that name it, in the order of first appearance.

    Args:
        records: the rows.
        folder: the images folder, absolute.
        bad_rows: takes the rows that break a rule.

    Returns:
        The images, and the metadata columns that are not the same in all rows of some image: they
        describe sentences, not images, and are left out.
    """
    images: dict[str, MergedImage] = {}
    differing: set[str] = set()
    for record in records:
        try:
            key = image_id(record.image, folder, record.where)
            check_record(record)
            image = images.get(key) or MergedImage(key, record.where)
            differing |= image.add(record)
            images[key] = image
        except BadRow as row:
            bad_rows.reject(row)
    merged = _one_split_per_group(images.values(), bad_rows)
    for image in merged:
        image.metadata = {column: value for column, value in image.metadata.items() if column not in differing}
    return merged, differing


def _one_split_per_group(images: Iterable[MergedImage], bad_rows: BadRows) -> list[MergedImage]:
    """Leave out images whose group is already in another split: what was trained on must not be measured on."""
    first: dict[str, MergedImage] = {}
    kept = []
    for image in images:
        other = first.setdefault(image.group_id, image) if image.split else image
        if other.split == image.split:
            kept.append(image)
            continue
        bad_rows.reject(
            BadRow(
                image.where,
                f"all images of a group are in one split (group {image.group_id!r})",
                found=f"{image.split!r}, and {other.split!r} in {other.where}",
                kind="group-straddles-splits",
                remedy="Give its images the same split",
            )
        )
    return kept
