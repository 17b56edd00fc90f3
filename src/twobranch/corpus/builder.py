"""From records to a corpus."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from twobranch.corpus.collecting import uncollected
from twobranch.corpus.contents import file_size
from twobranch.corpus.corpus import IMAGE_SCHEMA, PHRASE_SCHEMA, REGION_SCHEMA, SENTENCE_SCHEMA, Corpus
from twobranch.corpus.merging import MergedImage, merge_records
from twobranch.corpus.metadata import metadata_columns
from twobranch.corpus.reading import Reading
from twobranch.corpus.splits import ordered_splits, split_by_group
from twobranch.corpus.table_builder import TableBuilder
from twobranch.corpus.tables.typed import type_metadata
from twobranch.errors import TwobranchError, one_line

Columns = dict[str, list[Any]]


def build_corpus(reading: Reading, source: str) -> Corpus:
    """Check the records, merge the rows of each image, look up the files, and split where nothing is split yet.

    Args:
        reading: what a reader has read; broken rows are added to its `bad_rows`.
        source: what was read, for messages.

    Raises:
        BadRow: at a broken row, unless the reading skips them.
        TwobranchError: if no row is left, or every image file is missing.
    """
    with uncollected():
        return _build(reading, source)


def _build(reading: Reading, source: str) -> Corpus:
    folder = os.path.abspath(reading.images_folder)
    images, differing = merge_records(reading.records, folder, reading.bad_rows)
    if not images:
        raise TwobranchError(
            source,
            "a corpus has at least one image with a sentence",
            found=f"none; {len(reading.bad_rows.rejected)} rows were left out",
            remedy="Check the file and its format.",
        )
    notes = list(reading.notes)
    if differing:
        notes.append(f"left out, because they differ between rows of one image: columns {', '.join(sorted(differing))}")
    if not any(image.split for image in images):
        notes.append(_split(images))
    columns = _image_columns(images, folder)
    if max(columns["bytes"]) < 0:
        raise TwobranchError(
            f"images folder {folder}",
            f"must hold the images that {source} names",
            found=f"none of {len(images):,}, for example not {images[0].id}",
            remedy="Name the folder with --images DIR.",
        )
    if reading.metadata_is_text:
        type_metadata([image.metadata for image in images])
    metadata, renamed = metadata_columns([image.metadata for image in images], reserved=IMAGE_SCHEMA.names)
    notes += renamed
    table = pa.table(columns, schema=IMAGE_SCHEMA)
    for name, values in metadata.items():
        table = table.append_column(name, values)
    said = tuple(one_line(note) for note in notes)  # they name files of the user's
    return Corpus(table, *_annotation_tables(images), source, said, tuple(reading.problems))


def _split(images: list[MergedImage]) -> str:
    """Split in place; returns the note."""
    splits = split_by_group(image.group_id for image in images)
    for image in images:
        image.split = splits[image.group_id]
    counts = [f"{name} {sum(image.split == name for image in images):,}" for name in ordered_splits(splits.values())]
    return f"no split was given: split by a hash of the group into {', '.join(counts)} images"


def _image_columns(images: Sequence[MergedImage], folder: str) -> Columns:
    paths = [os.path.join(folder, image.id) for image in images]  # an absolute id stays as it is
    return {
        "id": [image.id for image in images],
        "path": paths,
        "bytes": [file_size(path) for path in paths],
        "split": [image.split for image in images],
        "group": [image.group_id for image in images],
    }


def _annotation_tables(images: Sequence[MergedImage]) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The tables of sentences, phrases and regions."""
    sentences, phrases, regions = (TableBuilder(schema) for schema in (SENTENCE_SCHEMA, PHRASE_SCHEMA, REGION_SCHEMA))
    for row, image in enumerate(images):
        first = len(sentences)
        for k, text in enumerate(image.sentences):
            sentences.append(f"{image.id}#{k}", text, row, image.group_id)
        for phrase in sorted(image.phrases, key=lambda phrase: phrase.sentence):
            text = image.sentences[phrase.sentence][phrase.start : phrase.end]
            for box in phrase.boxes:
                regions.append(len(phrases), row, *box)
            phrases.append(first + phrase.sentence, phrase.start, phrase.end, text, list(phrase.types))
    return sentences.table(), phrases.table(), regions.table()
