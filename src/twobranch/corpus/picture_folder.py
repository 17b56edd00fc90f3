"""A folder of pictures: their names, and a corpus of them that has no sentences yet."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

from twobranch.corpus.contents import file_size
from twobranch.corpus.corpus import IMAGE_SCHEMA, PHRASE_SCHEMA, REGION_SCHEMA, SENTENCE_SCHEMA, Corpus
from twobranch.corpus.paths import IMAGE_SUFFIXES, is_unicode


def picture_names(folder: Path) -> list[str]:
    """Paths of the pictures in a folder and its subfolders, relative and sorted; hidden ones are passed over.

    Links to folders are not followed, and a file is not opened: its name says that it is a picture.
    """
    names = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES:
                names.append(Path(place, name).relative_to(folder).as_posix())
    return sorted(name for name in names if is_unicode(name))


def pictures_alone(folder: Path) -> Corpus:
    """The pictures of a folder as a corpus without sentences and splits, to be looked at before they are indexed."""
    names = picture_names(folder)
    paths = [os.path.join(os.path.abspath(folder), name) for name in names]
    columns = {
        "id": names,
        "path": paths,
        "bytes": [file_size(path) for path in paths],
        "split": [None] * len(names),
        "group": names,
    }
    sentences, phrases, regions = (s.empty_table() for s in (SENTENCE_SCHEMA, PHRASE_SCHEMA, REGION_SCHEMA))
    return Corpus(pa.table(columns, schema=IMAGE_SCHEMA), sentences, phrases, regions, source=str(folder))
