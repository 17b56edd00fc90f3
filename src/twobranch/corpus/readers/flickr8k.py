"""Token files of Flickr8k and Flickr30k, with the lists of their splits.

    Flickr8k.token.txt (or results_20130124.token):  1000268201_693b08cb0e.jpg#0<TAB>A child in a pink dress ...
    Flickr_8k.trainImages.txt, .devImages.txt, .testImages.txt:  one image name a line; any of them may be absent

An image in no list is in no split. A few names of the published file, such as "2258277193_586949ec62.jpg.1",
name no picture: they are read like any other, and `check` reports their files missing.
"""

from __future__ import annotations

import re
from pathlib import Path

from twobranch.corpus.checks import check_sentence
from twobranch.corpus.images_folder import find_images_folder
from twobranch.corpus.lines import read_lines
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.splits import TEST, TRAIN, VAL

TOKEN_FILES = ("Flickr8k.token.txt", "results_20130124.token")
LISTS = {TRAIN: "trainImages.txt", VAL: "devImages.txt", TEST: "testImages.txt"}

LONGEST_ROW = 1 << 16
"""Bytes of the first row that are looked at to recognize a token file of another name."""

TOKEN = re.compile(r"(?P<image>[^\t#]+)#\d+\t(?P<sentence>.*)", re.DOTALL)


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a file that begins with a token row, or a folder that holds one of the two names."""
    token_file = _token_file(source)
    if token_file is None:
        lists = next((path for paths in _list_files(source).values() for path in paths), None)
        beside = f" beside {lists.name}" if lists else " in it"
        return Recognition(False, f"no {' or '.join(TOKEN_FILES)}{beside}", near=2 * bool(lists))
    if options.columns:
        return Recognition(False, "--columns is for tables", near=3)
    return Recognition(True, f"{token_file.name} is there")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read the token file and whatever lists stand beside it."""
    token_file = _token_file(source)
    if token_file is None:
        raise ValueError(f"recognize({str(source)!r}) must hold before read")
    bad_rows = BadRows(options.skip_bad_rows)
    splits, notes = _read_lists(token_file.parent, bad_rows)
    records = []
    for number, line in read_lines(token_file, bad_rows):
        try:
            records.append(_record(line, splits, f"{token_file.name}, row {number}"))
        except BadRow as row:
            bad_rows.reject(row)
    folder, note = find_images_folder(token_file.parent, records, options.images)
    if lost := splits.keys() - {record.image for record in records}:
        notes.append(f"{len(lost)} images of the lists have no sentence, for example {min(lost)}")
    return Reading(records, folder, bad_rows, [f"sentences are in {token_file.name}", *notes, note])


def _token_file(source: Path) -> Path | None:
    if source.is_dir():
        return next((source / name for name in TOKEN_FILES if (source / name).is_file()), None)
    if not source.is_file():
        return None
    return source if source.name in TOKEN_FILES or _begins_with_token(source) else None


def _begins_with_token(path: Path) -> bool:
    """Whether the first row is one of a token file; copies go by many names."""
    try:
        with path.open("rb") as file:
            first = file.readline(LONGEST_ROW).decode("utf-8-sig", "replace")
    except OSError:
        return False
    return TOKEN.fullmatch(first.rstrip("\r\n")) is not None


def _list_files(folder: Path) -> dict[str, list[Path]]:
    """The lists that are there, by split."""
    return {
        split: [path for path in (folder / f"Flickr_{size}k.{ending}" for size in (8, 30)) if path.is_file()]
        for split, ending in LISTS.items()
    }


def _record(line: str, splits: dict[str, str], where: str) -> ImageRecord:
    match = TOKEN.fullmatch(line)
    if match is None:
        raise BadRow(
            where, "a row is <image>#<number><TAB><sentence>", found=repr(line), remedy="Put a tab before the sentence"
        )
    image, sentence = match["image"], match["sentence"].strip()
    check_sentence(sentence, f"{where}, column 'sentence'")
    return ImageRecord(image, (sentence,), where, splits.get(image))


def _read_lists(folder: Path, bad_rows: BadRows) -> tuple[dict[str, str], list[str]]:
    """The split of each listed image, and notes of which lists there are."""
    splits: dict[str, str] = {}
    found, absent = [], []
    for split, lists in _list_files(folder).items():
        found += [path.name for path in lists]
        absent += [] if lists else [split]
        for path in lists:
            for number, name in read_lines(path, bad_rows):
                _enlist(name.strip(), split, splits, f"{path.name}, row {number}", bad_rows)
    notes = [f"splits are in {', '.join(found)}"] if found else []
    if absent:
        notes.append(f"no list for {', '.join(absent)}")
    return splits, notes


def _enlist(name: str, split: str, splits: dict[str, str], where: str, bad_rows: BadRows) -> None:
    if name and splits.setdefault(name, split) != split:
        found = f"{name} in {splits[name]!r} too"
        row = BadRow(
            where,
            "an image is in one list",
            found=found,
            kind="group-straddles-splits",
            remedy="Remove it from the other list",
        )
        bad_rows.reject(row)
