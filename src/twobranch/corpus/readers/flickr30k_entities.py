"""Flickr30k Entities: captions in which phrases are marked, and boxes for what they name (Plummer et al. 2015).

    Sentences/36979.txt      [/EN#1/people A man] with [/EN#2/bodyparts long hair] is holding ...
    Annotations/36979.xml    size; objects with the numbers of their chains and a box, or a flag where there is none
    train.txt, val.txt, test.txt     one number a line; any of them may be absent
    UNRELATED_CAPTIONS       <number> <caption, from 1>: captions that do not describe their picture; left out

The lists may lie beside the two folders or above the folder that holds both. Pictures are `<number>.jpg`, or the only
file that begins with the number. Boxes are scaled, each axis for itself, where a picture has another size than the XML
says, and cut at its border.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from twobranch.corpus.checks import check_sentence
from twobranch.corpus.entities.annotations import Annotations, read_annotations
from twobranch.corpus.entities.markup import NOT_VISUAL, read_markup
from twobranch.corpus.entities.pictures import PictureFiles, find_pictures
from twobranch.corpus.lines import read_lines
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import Box, ImageRecord, PhraseRecord
from twobranch.corpus.splits import TEST, TRAIN, VAL

SENTENCES, ANNOTATIONS, UNRELATED = "Sentences", "Annotations", "UNRELATED_CAPTIONS"
PARTS = ("", "annotations")
"""Where the two folders lie, from the data's folder."""


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a folder with the folders Sentences and Annotations, or one that has them in `annotations/`."""
    base = _base(source)
    if base is None:
        half = [name for part in PARTS for name in (SENTENCES, ANNOTATIONS) if (source / part / name).is_dir()]
        beside = f" beside the folder {half[0]}" if half else " in it"
        absent = [name for name in (SENTENCES, ANNOTATIONS) if name not in half]
        return Recognition(False, f"no folder {' and no folder '.join(absent)}{beside}", near=2 * bool(half))
    if options.columns:
        return Recognition(False, "--columns is for tables", near=3)
    return Recognition(True, f"the folders {SENTENCES} and {ANNOTATIONS} are there")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read the sentences and boxes of every picture that has a file of sentences, in the order of the files."""
    base = _base(source)
    if base is None:
        raise ValueError(f"recognize({str(source)!r}) must hold before read")
    bad_rows = BadRows(options.skip_bad_rows)
    places = (source, base) if base != source else (source,)
    splits, notes = _read_lists(places, bad_rows)
    unrelated = _read_unrelated(places, bad_rows)
    files = sorted((base / SENTENCES).glob("*.txt"), key=lambda path: (len(path.stem), path.stem))
    pictures, note = find_pictures(base, [path.stem for path in files], options.images)
    entities = _Entities(base, pictures, splits, unrelated, bad_rows)
    records = list(entities.records(files))
    if lost := splits.keys() - {path.stem for path in files}:
        notes.append(f"{len(lost):,} images of the lists have no file of sentences, for example {min(lost)}")
    heading = f"sentences with marked phrases are in {SENTENCES}/, boxes in {ANNOTATIONS}/"
    return Reading(records, pictures.folder, bad_rows, [heading, *notes, note, *entities.notes()])


def _base(source: Path) -> Path | None:
    for part in PARTS:
        base = source / part
        if (base / SENTENCES).is_dir() and (base / ANNOTATIONS).is_dir():
            return base
    return None


@dataclass
class _Entities:
    """Reads picture after picture, and counts what is worth a note."""

    base: Path
    pictures: PictureFiles
    splits: dict[str, str]
    unrelated: set[tuple[str, int]]
    bad_rows: BadRows
    counts: Counter[str] = field(default_factory=Counter)
    without_xml: list[str] = field(default_factory=list)

    def records(self, files: list[Path]) -> Iterator[ImageRecord]:
        """A record for each picture; the broken ones are rejected."""
        for path in files:
            try:
                record = self._record(path)
            except BadRow as row:
                self.bad_rows.reject(row)
                continue
            if record.sentences:
                yield record

    def notes(self) -> Iterator[str]:
        """What became of boxes, phrases and captions."""
        yield (
            f"phrases: {self.counts['boxed']:,} with boxes, {self.counts['not visual']:,} not visible, "
            f"{self.counts['flagged']:,} flagged as scene or without a box, "
            f"{self.counts['no object']:,} without any object"
        )
        if self.counts["scaled"]:
            yield f"boxes are scaled to {self.counts['scaled']:,} pictures of another size than their XML says"
        if self.counts["cut"]:
            yield f"boxes that reached beyond their picture and were cut: {self.counts['cut']:,}"
        if self.counts["unrelated"]:
            yield f"left out, because {UNRELATED} lists them: {self.counts['unrelated']:,} captions"
        if self.without_xml:
            count, example = len(self.without_xml), self.without_xml[0]
            yield f"{count:,} images have no file in {ANNOTATIONS}/, so their phrases no box, for example {example}"

    def _record(self, path: Path) -> ImageRecord:
        id, where = path.stem, f"{SENTENCES}/{path.name}"
        name = self.pictures.name(id, where)
        boxes, flagged = self._boxes(id, name)
        sentences: list[str] = []
        phrases: list[PhraseRecord] = []
        for row, line in self._lines(path, where):
            if (id, row) in self.unrelated:
                self.counts["unrelated"] += 1
                continue
            text, marked = read_markup(line, f"{where}, row {row}")
            check_sentence(text, f"{where}, row {row}")
            for phrase in marked:
                found = () if phrase.chain == NOT_VISUAL else tuple(boxes.get(phrase.chain, ()))
                self.counts[_kind(phrase.chain, bool(found), phrase.chain in flagged)] += 1
                phrases.append(PhraseRecord(len(sentences), phrase.start, phrase.end, found, phrase.types))
            sentences.append(text)
        return ImageRecord(name, tuple(sentences), where, self.splits.get(id), phrases=tuple(phrases))

    def _lines(self, path: Path, where: str) -> list[tuple[int, str]]:
        lines = list(read_lines(path, self.bad_rows, where))
        while lines and not lines[-1][1].strip():  # blank lines at the end are no sentences
            lines.pop()
        if not lines:
            raise BadRow(
                where,
                "a file of sentences holds at least one",
                found="an empty file",
                remedy="Write one a line, or delete the file",
            )
        return lines

    def _boxes(self, id: str, picture: str) -> tuple[dict[str, list[Box]], set[str]]:
        """The boxes of each chain in pixels of the picture file, and the chains that are flagged to have none."""
        path = self.base / ANNOTATIONS / f"{id}.xml"
        if not path.is_file():
            self.without_xml.append(id)
            return {}, set()
        found = read_annotations(path, f"{ANNOTATIONS}/{path.name}")
        size = self.pictures.size(picture) or found.size
        if size is None:
            return found.boxes, found.unboxed
        self.counts["scaled"] += size != (found.size or size) and bool(found.boxes)
        return {chain: self._fitted(boxes, found, size) for chain, boxes in found.boxes.items()}, found.unboxed

    def _fitted(self, boxes: list[Box], found: Annotations, size: tuple[int, int]) -> list[Box]:
        """Scale to the picture and cut at its border; a box that lies outside is dropped."""
        width, height = found.size or size
        fitted = []
        for x0, y0, x1, y1 in boxes:
            cut = max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))
            self.counts["cut"] += cut != (x0, y0, x1, y1)
            if cut[0] < cut[2] and cut[1] < cut[3]:
                x, y = size[0] / width, size[1] / height
                fitted.append((cut[0] * x, cut[1] * y, cut[2] * x, cut[3] * y))
        return fitted


def _kind(chain: str, boxed: bool, flagged: bool) -> str:
    if chain == NOT_VISUAL:
        return "not visual"
    return "boxed" if boxed else "flagged" if flagged else "no object"


def _read_lists(places: tuple[Path, ...], bad_rows: BadRows) -> tuple[dict[str, str], list[str]]:
    """The split of each listed number, and notes of which lists there are."""
    splits: dict[str, str] = {}
    found, absent = [], []
    for split in (TRAIN, VAL, TEST):
        path = _first_file(places, f"{split}.txt")
        if path is None:
            absent.append(split)
            continue
        found.append(path.name)
        for number, line in read_lines(path, bad_rows):
            id = line.strip().removesuffix(".jpg")
            if id and splits.setdefault(id, split) != split:
                row = BadRow(
                    f"{path.name}, row {number}",
                    "an image is in one list",
                    found=f"{id} in {splits[id]!r} too",
                    kind="group-straddles-splits",
                    remedy="Remove it from the other list",
                )
                bad_rows.reject(row)
    notes = [f"splits are in {', '.join(found)}"] if found else []
    return splits, notes + ([f"no list for {', '.join(absent)}"] if absent else [])


def _read_unrelated(places: tuple[Path, ...], bad_rows: BadRows) -> set[tuple[str, int]]:
    """The captions that do not describe their picture: its number, and the caption's from 1."""
    path = _first_file(places, UNRELATED)
    unrelated: set[tuple[str, int]] = set()
    for number, line in read_lines(path, bad_rows) if path else ():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or not words[1].isdecimal() or len(words[1]) > 9:
            rule = "a row is <number of the image> <number of the caption>"
            bad_rows.reject(
                BadRow(
                    f"{UNRELATED}, row {number}",
                    rule,
                    found=repr(line),
                    remedy="Write the two numbers, or delete the row",
                )
            )
            continue
        unrelated.add((words[0].removesuffix(".jpg"), int(words[1])))
    return unrelated


def _first_file(places: tuple[Path, ...], name: str) -> Path | None:
    return next((place / name for place in places if (place / name).is_file()), None)
