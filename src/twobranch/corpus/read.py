"""Reading a corpus in whichever format it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from twobranch.config import validated
from twobranch.corpus.builder import build_corpus
from twobranch.corpus.collecting import uncollected
from twobranch.corpus.corpus import Corpus
from twobranch.corpus.detection import find_format
from twobranch.corpus.readers import READERS
from twobranch.corpus.reading import Reading, ReadOptions
from twobranch.errors import TwobranchError


def read_corpus(
    data: str | Path,
    *,
    images: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    format: str | None = None,
    skip_bad_rows: bool = False,
) -> Corpus:
    """Read images and sentences from a file or a folder.

    Args:
        data: a table, a token file, or a folder; see the modules of `twobranch.corpus.readers` for the formats.
        images: the folder that image paths are relative to; found beside the annotations if None.
        columns: column names by role: image, sentence (several joined by "+"), split, group.
        format: a name in `READERS`; detected if None.
        skip_bad_rows: leave broken rows out and list them in `Corpus.problems`.

    Raises:
        TwobranchError: if no format fits or two do, at a broken row, or if every image file is missing.

    Example:
        >>> read_corpus("no/such/file.csv")
        Traceback (most recent call last):
        ...
        twobranch.errors.TwobranchError: no/such/file.csv: the data must exist. Check the path.
    """
    options = read_options(images, columns, format, skip_bad_rows)
    reading, _ = read_records(data, options)
    return build_corpus(reading, str(data))


def read_options(
    images: str | Path | None, columns: Mapping[str, str] | None, format: str | None, skip_bad_rows: bool
) -> ReadOptions:
    """The options as one validated object."""
    values = {"images": images, "columns": dict(columns or {}), "format": format, "skip_bad_rows": skip_bad_rows}
    return validated(ReadOptions, values, "options of read_corpus")


def read_records(data: str | Path, options: ReadOptions) -> tuple[Reading, str]:
    """The records in `data`, and the name of the format they are in.

    Raises:
        TwobranchError: if no format fits or two do, or at a broken row.
    """
    source = Path(data).expanduser()
    try:
        if not os.path.exists(source):  # false for what cannot be a path, too
            raise TwobranchError(str(data), "the data must exist", remedy="Check the path.")
        if not (source.is_file() or source.is_dir()):  # opening a pipe would wait for ever
            raise TwobranchError(
                str(data), "the data is a file or a folder", found="something else", remedy="Write it into a file."
            )
        name, because = find_format(source, options)
        with uncollected():
            reading = READERS[name].read(source, options)
    except OSError as error:
        raise TwobranchError(
            error.filename or str(data), "must be readable", found=error.strerror, remedy="Check its permissions."
        ) from None
    reading.notes.insert(0, f"read as {name}, because {because}")
    return reading, name
