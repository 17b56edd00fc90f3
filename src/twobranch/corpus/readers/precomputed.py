"""Folders of precomputed features, as VSE++, SCAN and VSE-infinity read them.

    f30k_precomp/train_ims.npy     (N, F) vectors or (N, R, F) sets of vectors; float32
    f30k_precomp/train_caps.txt    a sentence a line: the first k are of the first image, and so on
    f30k_precomp/train_ids.txt     perhaps: an image's id a line, one per image or one per sentence
    f30k_precomp/id_mapping.json   perhaps: {"<id>": "<file name>"}

The same for dev, test and testall. Some of these files hold a row per image, others a row per sentence, where the rows
of an image are equal and follow one another; the counts decide, and a note says which it is. Who takes one for the
other gets an image-to-sentence recall near zero beside a plain sentence-to-image recall.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twobranch.corpus.caption_lines import read_captions
from twobranch.corpus.checks import check_sentence
from twobranch.corpus.containers import npy
from twobranch.corpus.containers.latest import version_of
from twobranch.corpus.lines import read_lines
from twobranch.corpus.paths import is_unicode
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import ImageRecord, Scalar
from twobranch.corpus.repeated_rows import begins_image
from twobranch.errors import TwobranchError

SPLITS = ("train", "dev", "test", "testall")
"""The splits that a folder may hold; dev is val. testall is the whole test split of COCO and test a fifth of it: where
both are there, testall is read, whose fifths `twobranch evaluate --folds 5` measures."""

FEATURES, SENTENCES, IDS, MAPPING = "_ims.npy", "_caps.txt", "_ids.txt", "id_mapping.json"


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a folder with features and sentences of at least one split."""
    if options.columns:
        return Recognition(False, "--columns is for tables")
    if not source.is_dir():
        return Recognition(False, "it is no folder")
    found = _splits(source)
    if found:
        return Recognition(True, f"{found[0]}{FEATURES} and {found[0]}{SENTENCES} are there")
    lonely = [name for name in SPLITS if (source / f"{name}{FEATURES}").is_file()]
    if lonely:
        return Recognition(False, f"{lonely[0]}{FEATURES} is there, but not {lonely[0]}{SENTENCES}", near=3)
    if any(source.glob("*image_feature*.mat")):
        because = (
            "files of two-branch networks hold no sentences: name a table with their sentences, and --images FILE.mat"
        )
        return Recognition(False, because, near=2)
    return Recognition(False, f"no train{FEATURES} with train{SENTENCES} in it")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read split after split; the features themselves stay where they are."""
    reading = Reading([], source, BadRows(options.skip_bad_rows))
    labels, notes = _labels(source)
    reading.notes += notes
    mapping = _mapping(source / MAPPING)
    for name, label in labels.items():
        _read_split(source, name, label, mapping, reading)
    reading.notes.append("images are rows of features, no pictures: train with --recipe precomputed")
    return reading


def _splits(folder: Path) -> list[str]:
    return [
        name
        for name in SPLITS
        if (folder / f"{name}{FEATURES}").is_file() and (folder / f"{name}{SENTENCES}").is_file()
    ]


def _labels(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Which split each of the files that are read is, and a note where that is a choice."""
    labels = {name: name for name in _splits(folder)}
    if "testall" not in labels:
        return labels, []
    note = "testall is the split test"
    if "test" in labels:
        part, whole = (read_captions(folder / f"{name}{SENTENCES}").texts() for name in ("test", "testall"))
        if not part <= whole:
            return labels, ["testall is a split of its own, for test has sentences that it has not"]
        del labels["test"]
        note += "; test is not read, for testall has all of its sentences"
    return {**labels, "testall": "test"}, [note]


@dataclass(frozen=True)
class _Split:
    """Where the sentences of a split's images are.

    Attributes:
        first_rows: (images,) the row of each image's features.
        owners: (sentences,) the number of the image of each sentence.
    """

    first_rows: Any
    owners: Any


def _read_split(folder: Path, name: str, label: str, mapping: dict[str, str], reading: Reading) -> None:
    file = folder / f"{name}{FEATURES}"
    version = version_of(str(file.absolute()))
    if version is None:
        raise TwobranchError(str(file), "must be readable", found="no such file", remedy="Check the path.")
    features = npy.rows(version)
    captions = read_captions(folder / f"{name}{SENTENCES}")
    total = captions.count(len(features))
    split = _arrange(features, total, file)
    ids = _ids(folder / f"{name}{IDS}", split, total, len(features))
    for broken in captions.broken:
        reading.bad_rows.reject(broken)
    sentences: list[list[str]] = [[] for _ in split.first_rows]
    for number, line in captions.lines[: total - len(captions.broken)]:
        where = f"{name}{SENTENCES}, row {number}"
        try:
            check_sentence(line, where)
            sentences[split.owners[number - 1]].append(line.strip())
        except BadRow as bad_row:
            reading.bad_rows.reject(bad_row)
    for image, (row, own) in enumerate(zip(split.first_rows.tolist(), sentences, strict=True)):
        if own:
            metadata: dict[str, Scalar] = {"image_id": ids[image]} if ids else {}
            if ids and ids[image] in mapping:
                metadata["file_name"] = mapping[ids[image]]
            where = f"{name}{FEATURES}, row {row}"
            reading.records.append(ImageRecord(f"{file.name}/{row}", tuple(own), where, label, None, metadata))
    reading.notes.append(_said(name, features, split, total))


def _arrange(features: Any, total: int, file: Path) -> _Split:
    """Which sentences belong to which row, from the counts and, where they are equal, from equal rows."""
    rows = len(features)
    if not rows or not total or total % rows:
        raise TwobranchError(
            str(file),
            f"has a row per sentence ({total:,}) or per image, with the same number of sentences each",
            found=f"{rows:,} rows",
            remedy=f"Compare it with {file.name.replace(FEATURES, SENTENCES)}.",
        )
    if rows < total:
        return _Split(np.arange(rows), np.repeat(np.arange(rows), total // rows))
    begins = begins_image(features)
    return _Split(np.flatnonzero(begins), np.cumsum(begins) - 1)


def _said(name: str, features: Any, split: _Split, total: int) -> str:
    images = len(split.first_rows)
    kind = "vectors" if features.ndim == 2 else f"sets of {features.shape[1]} vectors, which are averaged"
    layout = "a row per image" if len(features) < total or images == total else "a row per sentence, repeated"
    return f"{name}: {images:,} images, {layout}; {kind} of {features.shape[-1]:,} values"


def _ids(path: Path, split: _Split, total: int, rows: int) -> list[str]:
    """The id of each image; empty where there is no list of them."""
    if not path.is_file():
        return []
    lines = [line.strip() for _, line in read_lines(path, BadRows(skip=False))]
    while lines and not lines[-1]:
        lines.pop()
    images = len(split.first_rows)
    if len(lines) == images:
        return lines
    if len(lines) == rows:
        return [lines[row] for row in split.first_rows]
    if len(lines) == total:
        return [lines[number] for number in np.unique(split.owners, return_index=True)[1]]
    raise TwobranchError(
        str(path),
        f"has an id per image ({images:,}) or per sentence ({total:,})",
        found=f"{len(lines):,} lines",
        remedy="Mend the list, or remove it.",
    )


def _mapping(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise TwobranchError(str(path), "must be JSON", found=error, remedy="Mend the file, or remove it.") from None
    if not (
        isinstance(found, dict)
        and all(isinstance(name, str) and is_unicode(f"{key}{name}") for key, name in found.items())
    ):
        raise TwobranchError(
            str(path),
            "maps the id of each image to the name of a file",
            found="something else",
            remedy="Mend the file, or remove it.",
        )
    return found
