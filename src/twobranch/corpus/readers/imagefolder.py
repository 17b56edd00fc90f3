"""Imagefolders of Hugging Face: pictures and a metadata file that says more about them.

    data/train/metadata.csv          file_name,text            metadata.jsonl and metadata.parquet are read, too
    data/train/0001.png              0001.png,A red car.
    data/validation/metadata.csv
    data/validation/cars/0002.png    cars/0002.png,A blue car.

`file_name` starts from the metadata file's folder. A folder named like a split (train, validation, test ...) is that
split. Sentences and further columns are those of any table. Of columns that end in `_file_name` there may be one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from twobranch.corpus.images_folder import checked_folder
from twobranch.corpus.readers.table import read_table
from twobranch.corpus.reading import BadRows, BadRowsInside, Reading, ReadOptions, Recognition
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.splits import TEST, TRAIN, VAL, canonical_split
from twobranch.corpus.tables import TABLE_FILES
from twobranch.corpus.tables.columns import IMAGE, column_roles, roles_present
from twobranch.corpus.tables.metadata_files import FILE_NAME, FILE_NAMES, METADATA_FILES, picture_columns
from twobranch.errors import TwobranchError

DATA = "data"
"""The folder that may lie between the data's folder and those with metadata files."""


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a folder with metadata files of pictures and sentences: in it, in its folders, or in those of data/."""
    files = _metadata_files(source)
    if not files:
        return Recognition(False, f"no {', '.join(METADATA_FILES)} in it or its subfolders")
    for path in files:
        name = path.relative_to(source).as_posix()
        beside = [other.name for other in files if other.parent == path.parent]
        if len(beside) > 1:
            return Recognition(False, f"{' and '.join(beside)} lie in one folder: keep one of them", near=3)
        columns: list[str] = []
        try:
            columns = TABLE_FILES[path.suffix].columns(path)
            given = _columns(columns, options.columns, name)
            column_roles(columns, given, name)
        except TwobranchError as error:
            near = 3 if options.columns or FILE_NAMES in columns else 1 + bool(roles_present(columns))
            return Recognition(False, str(error).rstrip("."), near)
    first = files[0].relative_to(source).as_posix()
    others = f", and so do {len(files) - 1} more metadata files" if len(files) > 1 else ""
    return Recognition(True, f"{first} names pictures and sentences{others}")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read one metadata file after the other."""
    files = _metadata_files(source)
    if not files:
        raise ValueError(f"recognize({str(source)!r}) must hold before read")
    pictures = checked_folder(options.images) if options.images else source
    names = [path.relative_to(source).as_posix() for path in files]
    reading = Reading([], pictures, BadRows(options.skip_bad_rows), [f"the metadata is in {', '.join(names)}"])
    notes: dict[str, None] = {}
    for path, name in zip(files, names, strict=True):
        folder = str(PurePosixPath(name).parent)
        rows = reading.bad_rows if folder == "." else BadRowsInside(folder, reading.bad_rows)
        columns = _columns(TABLE_FILES[path.suffix].columns(path), options.columns, name)
        records, said = read_table(path, columns, rows)
        reading.records += [_inside(folder, record) for record in records]
        notes.update(dict.fromkeys(said))  # those of one layout say the same
    splits = sorted({record.split for record in reading.records if record.split})
    reading.metadata_is_text = any(TABLE_FILES[path.suffix].UNTYPED for path in files)
    reading.notes += [*notes, f"splits: {', '.join(splits)}" if splits else "no folder is named like a split"]
    return reading


def _metadata_files(source: Path) -> list[Path]:
    if not source.is_dir():
        return []
    folders = [source, *_folders(source), *_folders(source / DATA)]
    return [folder / name for folder in folders for name in METADATA_FILES if (folder / name).is_file()]


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _columns(columns: list[str], given: Mapping[str, str], name: str) -> dict[str, str]:
    """The columns by role that the user says, and the one of pictures.

    Raises:
        TwobranchError: if the file has no column of pictures, several, or one of lists of pictures.
    """
    if IMAGE in given:
        return dict(given)
    pictures = picture_columns(columns)
    if len(pictures) == 1:
        return {IMAGE: pictures[0], **given}
    if pictures:
        raise TwobranchError(
            name,
            "one column names the picture that the sentences are about",
            found=f"the columns {', '.join(pictures)}",
            remedy=f"Say which with --columns image={pictures[0]}.",
        )
    if FILE_NAMES in columns:
        raise TwobranchError(
            name,
            f"a row names one picture, under {FILE_NAME}",
            found=f"lists of pictures, under {FILE_NAMES}",
            remedy="Write a row per picture; pictures that share their sentences have one value in a column 'group'.",
        )
    raise TwobranchError(
        name,
        f"a column {FILE_NAME} names the pictures",
        found=f"the columns {', '.join(columns) or '(none)'}",
        remedy="Say which does with --columns image=NAME.",
    )


def _inside(folder: str, record: ImageRecord) -> ImageRecord:
    """The record of a metadata file in a folder: its picture and its place start from the data's folder."""
    written = record.image.strip().replace("\\", "/")
    image = written if folder == "." or os.path.isabs(written) else f"{folder}/{written}"
    where = record.where if folder == "." else f"{folder}/{record.where}"
    return replace(record, image=image, where=where, split=record.split or _split(image))


def _split(image: str) -> str | None:
    """The split that the first folder of a path with such a name stands for."""
    names = (canonical_split(part) for part in PurePosixPath(image).parts[:-1])
    return next((name for name in names if name in (TRAIN, VAL, TEST)), None)
