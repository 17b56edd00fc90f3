"""Tar files of samples, as webdataset reads them and img2dataset writes them.

    train/00000.tar          inside:  000000012.jpg  000000012.txt  000000012.json
    train/00001.tar                   000000013.jpg  ...
    val-000.tar

The files of a sample have the same name up to the first dot. Pictures stay where they are: nothing is unpacked. A tar,
or a folder of it, that is named after a split holds that split. The tables and statistics that img2dataset writes
beside its tars are not read.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from twobranch.corpus.containers import tar
from twobranch.corpus.containers.tar_headers import Flaw, Member, scan
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.samples import Sample, SampleReader, left_out
from twobranch.corpus.splits import ordered_splits, split_of_name
from twobranch.corpus.tables.columns import IMAGE
from twobranch.errors import TwobranchError

HEAD = 2000
"""How many members are looked at before a tar is said to hold no samples."""

NAME = re.compile(r"(?P<key>(?:.*/)?[^./][^./]*)\.(?P<ending>[^/]*)", re.DOTALL)
"""A member's name: its sample up to the first dot, and what it is of it."""

TEXT, DOCUMENT = "txt", "json"

Parts = dict[str, Member]
"""The members of a sample by their endings."""


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a tar, or a folder of them, in which some picture has a text or a JSON beside it."""
    tars = list(tar_files(source))
    if not tars:
        if source.name.lower().endswith((".tar.gz", ".tgz")):
            return Recognition(False, "it is compressed: unpack it to a plain .tar with gunzip", near=3)
        return Recognition(False, "it is no .tar file" if source.is_file() else "no .tar file in it")
    if options.images or IMAGE in options.columns:
        return Recognition(False, "--images and --columns image=... have no meaning for pictures in a tar")
    for path in tars[:3]:
        try:
            found = _first_sample(path)
        except TwobranchError as error:
            return Recognition(False, str(error).rstrip("."), near=3)
        if found:
            return Recognition(True, f"{path.name} holds samples, such as {found}")
    return Recognition(False, f"no picture in {tars[0].name} has a .txt or .json of the same name beside it", near=2)


def read(source: Path, options: ReadOptions) -> Reading:
    """Read tar after tar, in the order of their paths, and in each the samples in their order."""
    root = source if source.is_dir() else source.parent
    samples = SampleReader(options, BadRows(options.skip_bad_rows))
    tars, without_picture = list(tar_files(source)), list[str]()
    for path in tars:
        name = path.relative_to(root).as_posix()
        split = split_of_name(path.relative_to(root))
        samples.add(_samples(path, name, split, samples.bad_rows, without_picture), name)
    reading = Reading(samples.records, root, samples.bad_rows)
    splits = ordered_splits(record.split for record in samples.records if record.split)
    reading.notes.append(f"{len(tars)} tar{'s' * (len(tars) > 1)} of samples, from {tars[0].name}, read in place")
    reading.notes.append(f"splits are {', '.join(splits)}" if splits else "no tar is named after a split")
    reading.notes += samples.notes
    reading.notes += left_out(without_picture, "without a picture")
    reading.notes += left_out(samples.without_sentence, "without a sentence")
    reading.notes += left_out(samples.failed, "whose status is not success")
    reading.notes += _beside(tars)
    return reading


def tar_files(source: Path) -> Iterator[Path]:
    """The tars of a folder and its subfolders in the order of their paths, or the file itself if it is one."""
    if source.is_file():
        yield from [source] if source.suffix.lower() == ".tar" else []
        return
    for place, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(".tar") and not name.startswith("."):
                yield Path(place, name)


def _first_sample(path: Path) -> str | None:
    """The name of the first sample with a picture and a text or JSON, from the first members of a tar."""
    seen: dict[str, set[str]] = {}
    for found in itertools.islice(scan(str(path)), HEAD):
        match = NAME.fullmatch(found.name) if isinstance(found, Member) else None
        if match is None:
            continue
        kinds = seen.setdefault(match["key"], set())
        ending = match["ending"].lower()
        kinds.add("picture" if _is_picture(ending) else "words" if ending in (TEXT, DOCUMENT) else "other")
        if kinds >= {"picture", "words"}:
            return match["key"]
    return None


def _samples(
    path: Path, name: str, split: str | None, bad_rows: BadRows, without_picture: list[str]
) -> Iterator[Sample]:
    """The samples of a tar in the order of their first members."""
    place = os.path.abspath(path)
    for key, parts in _parts(place, bad_rows).items():
        where = f"{name}/{key}"
        pictures = [member for ending, member in parts.items() if _is_picture(ending.lower())]
        if len(pictures) > 1:
            found = " and ".join(picture.name for picture in pictures)
            bad_rows.reject(BadRow(where, "a sample has one picture", found=found, remedy="Leave one of them"))
        elif not pictures:
            without_picture.append(where)
        else:
            words = {ending.lower(): member for ending, member in parts.items()}
            text, document = (tar.content(place, words[kind]) if kind in words else None for kind in (TEXT, DOCUMENT))
            yield Sample(where, f"{place}/{pictures[0].name}", text, document, split)


def _parts(place: str, bad_rows: BadRows) -> dict[str, Parts]:
    """The members of each sample; hidden ones, and endings that say nothing about a picture, are passed over."""
    samples: dict[str, Parts] = {}
    for found in scan(place):
        if isinstance(found, Flaw):
            bad_rows.reject(BadRow(found.where, found.rule, found=found.found, remedy=found.remedy))
        elif match := NAME.fullmatch(found.name):
            samples.setdefault(match["key"], {})[match["ending"]] = found
    return samples


def _is_picture(ending: str) -> bool:
    return f".{ending}" in IMAGE_SUFFIXES


def _beside(tars: list[Path]) -> list[str]:
    """What img2dataset writes beside its tars."""
    tables = [path for path in tars if path.with_suffix(".parquet").is_file()]
    statistics = [path for path in tars if path.with_name(f"{path.stem}_stats.json").is_file()]
    if not tables and not statistics:
        return []
    return [f"not read: {len(tables)} tables and {len(statistics)} statistics that img2dataset wrote beside its tars"]
