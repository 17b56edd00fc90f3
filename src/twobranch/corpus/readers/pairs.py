"""A folder of pictures, each beside a text file of its own name with one sentence a line.

    photos/train/beach/0001.jpg
    photos/train/beach/0001.txt
    photos/val/0042.png
    photos/val/0042.txt

Folders nest; top folders named like a split (train, val, test, dev, validation) are the splits. Where img2dataset made
the folder, which its statistics show, the JSON beside a picture gives metadata (`twobranch.corpus.samples`).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from twobranch.corpus.checks import check_sentence
from twobranch.corpus.contents import content
from twobranch.corpus.lines import read_lines
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.samples import Sample, SampleReader, left_out
from twobranch.corpus.splits import TEST, TRAIN, VAL, canonical_split

SENTENCE_SUFFIX = ".txt"


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a folder in which some picture has a text file beside it."""
    if not source.is_dir():
        return Recognition(False, "it is not a folder of pictures with text files")
    counts = [0, 0]
    for texts, pictures in _files_by_stem(source):
        if texts and pictures:
            if options.columns or options.images:
                because = "--columns and --images have no meaning for pictures beside their text files"
                return Recognition(False, because, near=3)
            return Recognition(True, f"{pictures[0].name} has {texts[0].name} beside it")
        counts = [counts[0] + len(texts), counts[1] + len(pictures)]
    near = 2 if 0 < counts[1] <= 2 * counts[0] else 0  # a few text files among pictures are notes and licenses
    return Recognition(False, "no picture in it has a text file of the same name beside it", near)


def read(source: Path, options: ReadOptions) -> Reading:
    """Read all pairs, in the order of their paths."""
    if any(source.glob("*_stats.json")):
        return _read_downloads(source, options)
    reading = Reading([], source, BadRows(options.skip_bad_rows))
    without_text: list[Path] = []
    without_picture: list[Path] = []
    for texts, pictures in _files_by_stem(source):
        if texts and pictures:
            try:
                reading.records.append(_record(source, texts[0], pictures, reading.bad_rows))
            except BadRow as row:
                reading.bad_rows.reject(row)
        else:
            (without_text if pictures else without_picture).extend(pictures or texts)
    splits = sorted({record.split for record in reading.records if record.split})
    reading.notes.append(f"pictures with a {SENTENCE_SUFFIX} file beside them, one sentence a line")
    reading.notes.append(f"splits are the folders {', '.join(splits)}" if splits else "no folder is named like a split")
    reading.notes += _left_out(without_text, "picture", f"no {SENTENCE_SUFFIX} file")
    reading.notes += _left_out(without_picture, "text file", "no picture")
    return reading


def _read_downloads(source: Path, options: ReadOptions) -> Reading:
    """What img2dataset writes as files: folders of pictures, each with a text and a JSON of its name."""
    samples, alone = SampleReader(options, BadRows(options.skip_bad_rows)), list[Path]()
    found: list[Sample] = []
    for texts, pictures in _files_by_stem(source):
        if not pictures:
            alone += texts
            continue
        picture, document = pictures[0].relative_to(source), pictures[0].with_suffix(".json")
        where = picture.with_suffix("").as_posix()
        if len(pictures) > 1:
            names = " and ".join(path.name for path in pictures)
            samples.bad_rows.reject(BadRow(where, "a sample has one picture", found=names, remedy="Leave one of them"))
            continue
        text, details = content(texts[0]) if texts else None, content(document) if document.is_file() else None
        found.append(Sample(where, picture.as_posix(), text, details, _split(picture)))
    samples.add(found, source.name)
    notes = ["pictures that img2dataset wrote, each with a text and a JSON beside it", *samples.notes]
    notes += _left_out(alone, "text file", "no picture")
    notes += left_out(samples.without_sentence, "without a sentence")
    notes += left_out(samples.failed, "whose status is not success")
    return Reading(samples.records, source, samples.bad_rows, notes)


def _files_by_stem(folder: Path) -> Iterator[tuple[list[Path], list[Path]]]:
    """The text files and the pictures of each name, folder by folder; hidden files are left alone."""
    walked: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True, onerror=_raise):
        # A link may lead to a folder above it: each folder is read once, under the first name it is found by.
        if (real := os.path.realpath(place)) in walked:
            folders.clear()
            continue
        walked.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        stems: dict[str, tuple[list[Path], list[Path]]] = defaultdict(lambda: ([], []))
        for path in (Path(place, name) for name in sorted(names) if not name.startswith(".")):
            suffix = path.suffix.lower()
            if suffix == SENTENCE_SUFFIX or suffix in IMAGE_SUFFIXES:
                stems[path.stem][suffix in IMAGE_SUFFIXES].append(path)
        yield from stems.values()


def _raise(error: OSError) -> None:
    """A folder that cannot be listed is no empty one."""
    raise error


def _record(root: Path, text: Path, pictures: list[Path], bad_rows: BadRows) -> ImageRecord:
    where = text.relative_to(root).as_posix()
    if len(pictures) > 1:
        found = " and ".join(picture.name for picture in pictures)
        raise BadRow(where, "a text file belongs to one picture", found=found, remedy="Rename one of them")
    lines = [(number, line.strip()) for number, line in read_lines(text, bad_rows, where)]
    while lines and not lines[-1][1]:  # blank lines at the end are no sentences
        lines.pop()
    if not lines:
        rule = "a text file holds at least one sentence"
        raise BadRow(where, rule, found="an empty file", remedy="Write a sentence", kind="empty-sentence")
    for number, line in lines:
        check_sentence(line, f"{where}, row {number}")
    image = pictures[0].relative_to(root)
    return ImageRecord(image.as_posix(), tuple(line for _, line in lines), where, _split(image))


def _split(image: Path) -> str | None:
    top = canonical_split(image.parts[0])
    return top if len(image.parts) > 1 and top in (TRAIN, VAL, TEST) else None


def _left_out(paths: list[Path], what: str, lacks: str) -> list[str]:
    if not paths:
        return []
    return [f"left out: {len(paths)} {what}{'s' * (len(paths) > 1)} with {lacks}, for example {paths[0].name}"]
