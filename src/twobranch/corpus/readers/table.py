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
The data may also be a folder that holds exactly one such table: Kaggle's Flickr8k (`captions.txt`: image,caption) and
Flickr30k (`results.csv`: image_name| comment_number| comment) are read so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from twobranch.corpus.images_folder import find_images_folder
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.tables import TABLE_FILES
from twobranch.corpus.tables.columns import column_roles, roles_present
from twobranch.corpus.tables.kaggle_comments import mend_comments
from twobranch.corpus.tables.metadata_files import is_metadata_file
from twobranch.corpus.tables.phrase_rows import merge_phrase_rows
from twobranch.corpus.tables.row_reader import RowReader
from twobranch.corpus.tables.rows import Row
from twobranch.corpus.tables.typed import typed
from twobranch.errors import TwobranchError


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a table with a column for images and one for sentences, or a folder that holds exactly one."""
    if not source.is_dir():
        return _recognize_file(source, options)
    answers = {path: _recognize_file(path, options) for path in _candidates(source)}
    fitting = [path.name for path, answer in answers.items() if answer.fits]
    if len(fitting) > 1:
        because = f"it holds several tables ({', '.join(fitting)}): name one of them as the data"
        return Recognition(False, because, near=3)
    if fitting:
        return Recognition(True, f"{fitting[0]} is a table of images and sentences")
    near = max((answer.near for answer in answers.values()), default=0)
    reasons = "; ".join(answer.because for answer in answers.values() if answer.near and answer.near == near)
    return Recognition(False, reasons or f"no {', '.join(TABLE_FILES)} file in it that is a table", near)


def read(source: Path, options: ReadOptions) -> Reading:
    """Read a table row by row."""
    path = source
    if source.is_dir():
        path = next(path for path in _candidates(source) if _recognize_file(path, options).fits)
    bad_rows = BadRows(options.skip_bad_rows)
    records, notes = read_table(path, options.columns, bad_rows)
    folder, note = find_images_folder(path.parent, records, options.images)
    return Reading(records, folder, bad_rows, [f"the table is {path.name}", *notes, note])


def read_table(path: Path, columns: Mapping[str, str], bad_rows: BadRows) -> tuple[list[ImageRecord], list[str]]:
    """The records of one table file, and notes.

    Args:
        path: the file.
        columns: the names of columns by role that the user says.
        bad_rows: takes the broken rows.

    Raises:
        TwobranchError: if the file cannot be read, or has no columns for images and sentences.
    """
    file = TABLE_FILES[path.suffix.lower()]
    rows = list(file.rows(path, bad_rows))
    mended = mend_comments(rows, path.name)
    names = list(dict.fromkeys(name for _, row in rows for name in row)) or file.columns(path)
    row_reader = RowReader(path.name, column_roles(names, columns, path.name), names)
    if file.UNTYPED:
        _type_metadata(rows, row_reader.metadata)
    records = []
    for number, row in rows:
        try:
            records.append(row_reader.record(number, row))
        except BadRow as bad_row:
            bad_rows.reject(bad_row)
    notes = [*mended, *row_reader.notes()]
    if row_reader.phrase_columns:
        records, differing = merge_phrase_rows(records)
        if differing:
            said = ", ".join(sorted(differing))
            notes.append(f"left out, because they differ between the boxes of one sentence: columns {said}")
    return records, notes


def _candidates(folder: Path) -> Iterator[Path]:
    """The files of a folder that may be tables; a text file beside its picture is a sentence file."""
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    pictures = {path.stem for path in paths if path.suffix.lower() in IMAGE_SUFFIXES}
    for path in paths:
        suffix = path.suffix.lower()
        if suffix not in TABLE_FILES or not path.is_file() or (suffix == ".txt" and path.stem in pictures):
            continue
        if not is_metadata_file(path):  # that is an imagefolder's
            yield path


def _recognize_file(path: Path, options: ReadOptions) -> Recognition:
    file = TABLE_FILES.get(path.suffix.lower())
    if file is None:
        return Recognition(False, f"{path.name} does not end in {', '.join(TABLE_FILES)}")
    columns: list[str] = []
    try:
        columns = file.columns(path)
        roles = column_roles(columns, options.columns, path.name)
    except TwobranchError as error:
        any_text = 0 if path.suffix.lower() == ".txt" else 1  # a text file is a table only by its header
        near = 3 if options.columns and columns else 2 if roles_present(columns) else any_text
        return Recognition(False, str(error).rstrip("."), near)
    return Recognition(True, f"{path.name} has columns for the image ({roles.image}) and sentences")


def _type_metadata(rows: list[tuple[int, Row]], columns: list[str]) -> None:
    for name in columns:
        for (_, row), value in zip(rows, typed([row[name] for _, row in rows]), strict=True):
            row[name] = value
