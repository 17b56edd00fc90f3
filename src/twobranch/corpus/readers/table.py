"""Tables: CSV, TSV, JSON Lines or Parquet with a column of image paths and one or several of sentences.

    image,caption,split                      {"image": "images/00001.jpg", "sentences": ["A red car ..."],
    beach/1.jpg,A dog on a beach.,train       "split": "train", "group": "7", "year": 1999,
    beach/1.jpg,"Sand, and a dog.",train      "phrases": [{"sentence": 0, "start": 2, "end": 9,
                                               "boxes": [[10, 20, 60, 80]], "types": ["vehicles"]}]}

An image may have several rows, several sentence columns (caption_1, caption_2, ...), or a list in one of them. Optional
columns are the split, the group, and any others, which become metadata. Phrases give the number of their sentence in
the row, a span of its characters, and boxes (x0, y0, x1, y1) in pixels, 0-based and end-exclusive. In CSV they are the
same list as JSON text in the column `phrases`, or the table has one box a row (`tables/phrase_rows.py`).

A relative image path starts from the images folder and may not leave it; an absolute path is taken as it is written.
A Parquet file may hold the pictures themselves. The data may also be a folder that holds exactly one such table.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from twobranch.corpus.images_folder import find_images_folder
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.tables import TABLE_FILES, parquet
from twobranch.corpus.tables.columns import column_roles
from twobranch.corpus.tables.phrase_rows import merge_phrase_rows
from twobranch.corpus.tables.row_reader import RowReader
from twobranch.errors import TwobranchError


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a table with a column for images and one for sentences, or a folder that holds exactly one."""
    if not source.is_dir():
        return _recognize_file(source, options)
    answers = {path: _recognize_file(path, options) for path in _candidates(source)}
    fitting = [path.name for path, answer in answers.items() if answer.fits]
    if len(fitting) > 1:
        return Recognition(False, f"it holds several tables ({', '.join(fitting)}): name one of them as the data")
    if fitting:
        return Recognition(True, f"{fitting[0]} is a table of images and sentences")
    reasons = "; ".join(answer.because for path, answer in answers.items() if path.suffix != ".txt")
    return Recognition(False, reasons or f"no {', '.join(TABLE_FILES)} file in it")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read a table row by row."""
    path = source
    if source.is_dir():
        path = next(path for path in _candidates(source) if _recognize_file(path, options).fits)
    bad_rows = BadRows(options.skip_bad_rows)
    records, notes = read_table(path, options, bad_rows)
    folder, note = find_images_folder(path.parent, records, options.images)
    return Reading(records, folder, bad_rows, [*notes, note], TABLE_FILES[path.suffix.lower()].UNTYPED)


def read_table(path: Path, options: ReadOptions, bad_rows: BadRows) -> tuple[list[ImageRecord], list[str]]:
    """The records of one table file, and notes of what was understood.

    Args:
        path: the file.
        options: what the user says about it.
        bad_rows: takes the rows that break a rule.

    Raises:
        TwobranchError: if the file cannot be read, or has no column for images or sentences.
    """
    file = TABLE_FILES[path.suffix.lower()]
    columns = file.columns(path, sample=None)
    roles = column_roles(columns, options.columns, path.name)
    rows, notes = file.rows(path, bad_rows), [f"the table is {path.name}"]
    if file is parquet and (pictures := parquet.embedded_pictures(path, roles.image)):
        rows, columns = pictures.named(rows), [*columns, *pictures.columns]
        notes.append(f"column {roles.image!r} holds the pictures themselves")
    row_reader = RowReader(path.name, roles, list(dict.fromkeys(columns)))
    records = []
    for number, row in rows:
        try:
            records.append(row_reader.record(number, row))
        except BadRow as bad_row:
            bad_rows.reject(bad_row)
    notes += row_reader.notes()
    if row_reader.phrase_columns:
        records, differing = merge_phrase_rows(records)
        if differing:
            names = ", ".join(sorted(differing))
            notes.append(f"left out, because they differ between the boxes of one sentence: columns {names}")
    return records, notes


def _candidates(folder: Path) -> Iterator[Path]:
    """The files of a folder that may be tables; a text file beside its picture is a sentence file."""
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    pictures = {path.stem for path in paths if path.suffix.lower() in IMAGE_SUFFIXES}
    for path in paths:
        suffix = path.suffix.lower()
        if parquet.PART.fullmatch(path.name):
            continue  # the reader of parquet-shards knows its split
        if suffix in TABLE_FILES and path.is_file() and not (suffix == ".txt" and path.stem in pictures):
            yield path


def _recognize_file(path: Path, options: ReadOptions) -> Recognition:
    file = TABLE_FILES.get(path.suffix.lower())
    if file is None:
        return Recognition(False, f"{path.name} does not end in {', '.join(TABLE_FILES)}")
    try:
        roles = column_roles(file.columns(path), options.columns, path.name)
    except TwobranchError as error:
        return Recognition(False, str(error).rstrip("."))
    return Recognition(True, f"{path.name} has columns for the image ({roles.image}) and sentences")
