"""COCO's captions: one JSON file per split (Chen et al. 2015), and other data sets that took up the format.

    annotations/captions_val2017.json
        {"info": {...}, "images": [{"id": 391895, "file_name": "000000391895.jpg", ...}, ...],
         "annotations": [{"id": 770337, "image_id": 391895, "caption": "A man ..."}, ...]}
    val2017/000000391895.jpg

The data is one such file, or a folder with several, directly in it or in `annotations/`. The name of a file says its
split and where its pictures are. Boxes of `instances_val2017.json` name categories and no phrases; they are not read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from twobranch.corpus.captions_file import read_captions_file
from twobranch.corpus.images_folder import SUBFOLDERS, best_subfolder, checked_folder
from twobranch.corpus.json_files import annotation_files, lacking
from twobranch.corpus.reading import BadRows, Reading, ReadOptions, Recognition

KEYS = ("file_name", "image_id", "caption")
ANNOTATIONS = "annotations"
FOLDERS = ("", ANNOTATIONS)

PART = re.compile(
    r"(?<![a-z])(?P<split>train(?:ing)?|val(?:id(?:ation)?)?|dev|test)(?![a-z])[-_]?(?P<year>\d{4})?", re.IGNORECASE
)
"""The split in a file's name, and its year."""


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits JSON of images with a file name and captions that name an image by its id, or a folder with such files.

    Of several files all are read: they are the splits. Those of two years hold the same pictures under other names, so
    the year is read whose pictures are there.
    """
    found = annotation_files(source, KEYS, FOLDERS)
    if not found:
        return lacking(source, KEYS, FOLDERS)
    if options.columns:
        return Recognition(False, "--columns is for tables", near=3)
    files = _one_year(found, options.images or _root(found))
    names = ", ".join(path.name for path in files)
    parts = [part for path in files if (part := PART.search(path.stem))]
    if len({part["year"] for part in parts}) > 1:
        because = f"it holds captions of several years ({names}), which share pictures: leave one year in the folder"
        return Recognition(False, because, near=3)
    if 1 < len(files) != len({part["split"] for part in parts}):
        because = f"it holds several such files ({names}), whose names do not say a split each: name one as the data"
        return Recognition(False, because, near=3)
    return Recognition(True, f"{names} {'have' if len(files) > 1 else 'has'} images with file_name and captions")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read the images of each file in their order, each with its captions in theirs.

    Raises:
        BadRow: at the first broken image or caption, unless `options.skip_bad_rows`.
        TwobranchError: if a file is no such JSON.
    """
    found = annotation_files(source, KEYS, FOLDERS)
    if not found:
        raise ValueError(f"recognize({str(source)!r}) must hold before read")
    pictures = checked_folder(options.images) if options.images else _root(found)
    files = _one_year(found, pictures)
    reading = Reading([], pictures, BadRows(options.skip_bad_rows))
    for file in files:
        part = PART.search(file.stem)
        records, notes = read_captions_file(file, part["split"] if part else None, reading.bad_rows)
        place, counts = best_subfolder(pictures, records, _places(part, pictures))
        reading.records += [replace(one, image=posixpath.join(place, one.image)) for one in records]
        reading.notes += [*notes, f"its images are in {place or '.'}/: {counts}", *_instances(file)]
    if len(files) < len(found):
        others = ", ".join(path.name for path in found if path not in files)
        reading.notes.append(f"not read, because the pictures of that year are not there: {others}")
    return reading


def _root(files: list[Path]) -> Path:
    """The folder from which the pictures' folders start."""
    folder = files[0].absolute().parent
    return folder.parent if folder.name == ANNOTATIONS else folder


def _one_year(files: list[Path], pictures: Path) -> list[Path]:
    """Of files of several years those whose folder of pictures is there, if that makes one year of them."""
    there = []
    years = set()
    for path in files:
        part = PART.search(path.stem)
        if part and part["year"] and any((pictures / place).is_dir() for place in (part[0], f"images/{part[0]}")):
            there.append(path)
            years.add(part["year"])
    return there if len(years) == 1 else files


def _places(part: re.Match[str] | None, pictures: Path) -> list[str]:
    """Folders in which the pictures of a file may lie, the likeliest first: `val2017/`, `images/val2017/` ..."""
    names = list(dict.fromkeys((part[0], part["split"]))) if part else []
    places = [*names, *(f"images/{name}" for name in names), *SUBFOLDERS]
    return [place for place in places if (pictures / place).is_dir()] or [""]


def _instances(file: Path) -> Iterator[str]:
    boxes = file.with_name(file.name.replace("captions", "instances"))
    if boxes != file and boxes.is_file():
        yield f"{boxes.name} lies beside it and is not read: its boxes name categories, not phrases of captions"
