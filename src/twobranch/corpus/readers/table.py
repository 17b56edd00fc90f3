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
Flickr30k (`results.csv`: image_name| comment_number| comment) are read so. A Parquet file may hold the pictures
themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from twobranch.corpus.images_folder import find_images_folder
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.tables import TABLE_FILES, parquet
from twobranch.corpus.tables.columns import column_roles, roles_present
from twobranch.corpus.tables.kaggle_comments import mended
from twobranch.corpus.tables.metadata_files import is_metadata_file
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
    notes = [f"the table is {path.name}", *notes, note]
    return Reading(records, folder, bad_rows, notes, TABLE_FILES[path.suffix.lower()].UNTYPED)


def read_table(path: Path, given: Mapping[str, str], bad_rows: BadRows) -> tuple[list[ImageRecord], list[str]]:
    """The records of one table file, and notes.

    Args:
        path: the file.
        given: the names of columns by role that the user says.
        bad_rows: takes the broken rows.

    Raises:
        TwobranchError: if the file cannot be read, or has no columns for images and sentences.
    """
    file = TABLE_FILES[path.suffix.lower()]
    columns = [name for name in file.columns(path, sample=None) if name]
    roles, notes = column_roles(columns, given, path.name), list[str]()
    rows = mended(file.rows(path, bad_rows), path.name, notes)
    if file is parquet and (pictures := parquet.embedded_pictures(path, roles.image)):
        rows, columns = pictures.named(rows), [*columns, *pictures.columns]
        notes.append(pictures.note)
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
        if parquet.PART.fullmatch(path.name) or is_metadata_file(path):
            continue  # these are for the readers of parquet-shards and of imagefolders
        if suffix in TABLE_FILES and path.is_file() and not (suffix == ".txt" and path.stem in pictures):
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
