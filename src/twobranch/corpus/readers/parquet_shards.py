"""A folder of Parquet files that are one corpus, as the hubs of data sets lay them out.

    data/train-00000-of-00004.parquet        default/train/0000.parquet
    data/validation-00000-of-00001.parquet   default/test/0000.parquet

The split is a word of the file's name, or of a folder above it. Each file is read as a table is (`readers/table.py`):
pictures inside the file, or paths of pictures in a column.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from twobranch.corpus.images_folder import find_images_folder
from twobranch.corpus.readers.table import read_table
from twobranch.corpus.reading import BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.splits import ordered_splits, split_of_name
from twobranch.corpus.tables import parquet
from twobranch.corpus.tables.columns import column_roles
from twobranch.corpus.tables.metadata_files import is_metadata_file
from twobranch.errors import TwobranchError


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a folder with Parquet files that are named as parts or after splits, all with the same columns."""
    if not source.is_dir():
        return Recognition(False, "it is not a folder of Parquet files")
    files = list(_shards(source))
    if not files:
        return Recognition(False, "no Parquet file in it is named like train-00000-of-00004.parquet")
    try:
        columns = parquet.columns(files[0])
        column_roles(columns, options.columns, files[0].name)
        odd = next((file for file in files if set(parquet.columns(file)) != set(columns)), None)
    except TwobranchError as error:
        return Recognition(False, str(error).rstrip("."), near=2)
    if odd is not None:
        return Recognition(
            False, f"{odd.name} has other columns than {files[0].name}: name one of them as the data", near=3
        )
    return Recognition(True, f"{files[0].name} is the first of {len(files)} Parquet files with images and sentences")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read file after file, in the order of their paths."""
    bad_rows, records, notes = BadRows(options.skip_bad_rows), list[ImageRecord](), list[str]()
    files = list(_shards(source))
    for file in files:
        found, said = read_table(file, options.columns, bad_rows)
        split = split_of_name(file.relative_to(source))
        records += (replace(record, split=record.split or split) for record in found)
        notes += [note for note in said if note not in notes]
    splits = ordered_splits(record.split for record in records if record.split)
    folder, note = find_images_folder(source, records, options.images)
    first = f"{len(files)} Parquet files, from {files[0].relative_to(source).as_posix()}"
    named = f"splits are {', '.join(splits)}" if splits else "no file is named after a split"
    return Reading(records, folder, bad_rows, [first, named, *notes, note])


def _shards(folder: Path) -> Iterator[Path]:
    """The files of a data set: parts by their names, files in folders called after splits, train.parquet and the like.

    One file alone that is called after a split is a table like any other.
    """
    named = [path for path in _parquet_files(folder) if split_of_name(path.relative_to(folder)) or _is_part(path)]
    if len(named) > 1 or any(_is_part(path) or path.parent != folder for path in named):
        yield from named


def _is_part(path: Path) -> bool:
    return parquet.PART.fullmatch(path.name) is not None


def _parquet_files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.lower().endswith(".parquet") or name.startswith("."):
                continue
            if not is_metadata_file(path):  # that is an imagefolder's
                yield path
