"""What a reader takes from a file: one record per row, with the place it was read at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Box = tuple[float, float, float, float]
"""A box (x0, y0, x1, y1) in pixels of the original image: 0-based, end-exclusive."""

Scalar = str | int | float | bool | None
"""The value of a metadata column."""


@dataclass(frozen=True, slots=True)
class PhraseRecord:
    """A noun phrase inside a sentence, and where it is in the image.

    Attributes:
        sentence: number of the sentence among the record's sentences, from 0.
        start: first character of the phrase in that sentence, from 0.
        end: the character after its last one.
        boxes: the regions that the phrase names; empty for a phrase that is not visible.
        types: categories of the phrase, such as "people" or "animals".
    """

    sentence: int
    start: int
    end: int
    boxes: tuple[Box, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One row of an annotation file: an image and what the row says of it.

    Several records may name the same image; the builder merges them.

    Attributes:
        image: the path as written: relative to the images folder, or absolute.
        sentences: the sentences of this row, as written.
        where: the place for messages, such as "captions.csv, row 12".
        split: the split that the row names, or None.
        group: the group id that the row names, or None for a group of the image's own.
        metadata: any other column of the row.
        phrases: the phrases of the row's sentences.
    """

    image: str
    sentences: tuple[str, ...]
    where: str
    split: str | None = None
    group: str | None = None
    metadata: Mapping[str, Scalar] = field(default_factory=dict)
    phrases: tuple[PhraseRecord, ...] = ()
