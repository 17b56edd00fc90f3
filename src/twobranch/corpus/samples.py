"""Samples: a picture with a text file and a JSON file of its own name, as a row of a table.

    000000012.jpg
    000000012.txt      one sentence a line
    000000012.json     {"caption": "...", "url": "...", "width": 640, ...}, or a list of sentences

The sentences are those of the text; without one those of the JSON, under a key that names sentences. Its other keys
become metadata.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from twobranch.corpus.checks import check_sentence
from twobranch.corpus.reading import BadRow, BadRows, ReadOptions
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.tables.columns import IMAGE, SENTENCE, SYNONYMS, column_roles
from twobranch.corpus.tables.jsonl import json_value
from twobranch.corpus.tables.row_reader import RowReader
from twobranch.corpus.tables.rows import Row

PICTURE, SENTENCES = "(picture)", "(sentences)"
"""The columns of a row that are no keys of the JSON."""

DOWNLOAD = frozenset(("key", "url", "status"))
"""The keys by which the JSON of img2dataset is known; its status is "success" where it has the picture."""

UNUSED = ("exif", "error_message")
"""Keys of img2dataset that say nothing about a picture; the EXIF data can be longer than all the rest."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What stands under one name.

    Attributes:
        where: the place, for messages.
        image: path of the picture.
        text: content of the text file; None where there is none.
        document: content of the JSON file; None where there is none.
        split: the split it is in.
    """

    where: str
    image: str
    text: bytes | None
    document: bytes | None
    split: str | None


@dataclass
class SampleReader:
    """Turns samples into records, and keeps count of those it leaves out.

    Attributes:
        options: what the user says about the data; `columns` name keys of the JSON.
        bad_rows: takes the samples that break a rule.
        records: what was read.
        notes: what was understood.
        without_sentence: samples that say nothing about their picture.
        failed: samples whose download failed, though a picture is there.
    """

    options: ReadOptions
    bad_rows: BadRows
    records: list[ImageRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    without_sentence: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def add(self, samples: Iterable[Sample], name: str) -> None:
        """Take up the samples of one file or folder, called `name` in messages.

        Raises:
            BadRow: at the first broken sample, unless the options skip them.
            TwobranchError: if no JSON has a key that the options name.
        """
        rows = []
        for sample in samples:
            try:
                row = self._row(sample)
            except BadRow as bad_row:
                self.bad_rows.reject(bad_row)
                continue
            if row is not None:
                rows.append((sample, row))
        keys = list(dict.fromkeys([PICTURE, SENTENCES, *(key for _, row in rows for key in row)]))
        if not rows:
            return
        roles = column_roles(keys, {SENTENCE: SENTENCES, **self.options.columns, IMAGE: PICTURE}, name)
        reader = RowReader(name, replace(roles, notes=roles.notes[1:]), keys)
        for sample, row in rows:
            try:
                record = reader.record_at(sample.where, row)
                self.records.append(replace(record, split=record.split or sample.split))
            except BadRow as bad_row:
                self.bad_rows.reject(bad_row)
        self.notes += [note for note in reader.notes() if note not in self.notes]

    def _row(self, sample: Sample) -> Row | None:
        """The sample as a row; None where it is left out."""
        document = _document(sample)
        if document.keys() >= DOWNLOAD:
            if document["status"] != "success":
                self.failed.append(sample.where)
                return None
            document = {key: value for key, value in document.items() if key not in UNUSED}
        if SENTENCE not in self.options.columns:
            said = next((key for key in SYNONYMS[SENTENCE] if document.get(key) is not None), None)
            caption = document.pop(said) if said else None
            document[SENTENCES] = caption if sample.text is None else _lines(sample.text, f"{sample.where}.txt")
            if document[SENTENCES] is None:
                self.without_sentence.append(sample.where)
                return None
        return {**document, PICTURE: sample.image}


def left_out(names: list[str], why: str) -> list[str]:
    """A note about samples that were left out; none where there are none.

    Example:
        >>> left_out(["0.tar/7"], "without a picture")
        ['left out: 1 sample without a picture, for example 0.tar/7']
    """
    if not names:
        return []
    return [f"left out: {len(names):,} sample{'s' * (len(names) > 1)} {why}, for example {names[0]}"]


def _document(sample: Sample) -> dict[str, Any]:
    """The JSON of a sample as an object; a text or a list of them are its sentences."""
    if sample.document is None:
        return {}
    where = f"{sample.where}.json"
    value = json_value(_text(sample.document, where), where, "must be JSON", "Write the sample anew")
    if isinstance(value, dict):
        return value
    if isinstance(value, str | list):
        return {"sentences": value}
    raise BadRow(where, "must be a JSON object or a list of sentences", found=repr(value))


def _lines(data: bytes, where: str) -> list[str]:
    """The sentences of a text, one a line; blank lines at its end are none."""
    lines = [line.removesuffix("\r").strip() for line in _text(data, where).rstrip().split("\n")]
    for number, line in enumerate(lines, start=1):
        check_sentence(line, f"{where}, row {number}")
    return lines


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"the bytes {data[error.start : error.end]!r} after {error.start} good ones"
        raise BadRow(where, "text is in UTF-8", found=found, remedy="Save the file as UTF-8") from None
