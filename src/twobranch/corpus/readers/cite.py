"""Region features with phrases and boxes, as conditional image-text embedding networks (cite) read them.

    train_features.h5, val_features.h5, test_features.h5 (or train_imfeats.h5 ...), each with
      phrases             the different phrases; words are joined by +, stop words are left out
      pairs               a row per mention: image, phrase, number of the mention, perhaps whether it is annotated
      <image>             (boxes, visual + place + 4): see `twobranch.corpus.containers.cite`
      <image>_<phrase>_<number>   overlap of each box with the true one, then the true one: x0, y0, x1, y1

A mention becomes a sentence that is a phrase with its box, and the image the set of its boxes' features. There are no
whole sentences in these files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from twobranch.corpus.containers import hdf5
from twobranch.corpus.containers.cite import PAIRS, PHRASES, is_cite
from twobranch.corpus.containers.latest import FileVersion, version_of
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition
from twobranch.corpus.records import Box, ImageRecord, PhraseRecord
from twobranch.corpus.splits import TEST, TRAIN, VAL
from twobranch.errors import TwobranchError

ENDINGS = ("_features.h5", "_imfeats.h5")
UNKNOWN = "unk"
"""What stands for a phrase of which nothing was left."""


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a folder with a file of a split that holds pairs and phrases, or such a file."""
    if options.columns or options.images:
        return Recognition(False, "--columns and --images have no meaning for features with their phrases")
    files = _files(source)
    if not files:
        return Recognition(False, f"no {TRAIN}{ENDINGS[0]} in it")
    split, file = next(iter(files.items()))
    name = Path(file.path).name
    try:
        if not is_cite(hdf5.names(file)):
            return Recognition(False, f"{name} is there, but without {PAIRS} and {PHRASES} in it", near=2)
    except TwobranchError:
        pass  # reading it says what is wrong
    return Recognition(True, f"{name} is there, with the split {split}")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read the mentions of each split; the features stay where they are."""
    folder = source if source.is_dir() else source.parent
    reading = Reading([], folder, BadRows(options.skip_bad_rows))
    for split, file in _files(source).items():
        counts: Counter[str] = Counter()
        reading.records += _records(file, split, reading.bad_rows, counts)
        left_out = [f"{counts[kind]:,} {kind}" for kind in ("unknown", "not annotated") if counts[kind]]
        also = f" (left out: {', '.join(left_out)})" if left_out else ""
        reading.notes.append(f"{split}: {counts['read']:,} phrases with a box in {Path(file.path).name}{also}")
    reading.notes.append("each phrase is a sentence; images are sets of features, which are averaged, and no pictures")
    return reading


def _files(source: Path) -> dict[str, FileVersion]:
    """The file of each split, in their order."""
    found = {}
    for split in (TRAIN, VAL, TEST):
        names = [f"{split}{ending}" for ending in ENDINGS]
        places = [source / name for name in names] if source.is_dir() else [source] if source.name in names else []
        versions = [version for place in places if (version := version_of(str(place.absolute())))]
        if versions:
            found[split] = versions[0]
    return found


def _records(file: FileVersion, split: str, bad_rows: BadRows, counts: Counter[str]) -> Iterator[ImageRecord]:
    """A record for each mention that is annotated and has a phrase."""
    for number, (image, phrase, mention, *annotated) in enumerate(_pairs(file), start=1):
        where = f"{Path(file.path).name}, {PAIRS}, row {number}"
        if annotated and annotated[0].strip() in ("", "0", "0.0", "False"):
            counts["not annotated"] += 1
            continue
        if phrase in ("", UNKNOWN):
            counts["unknown"] += 1
            continue
        try:
            text = " ".join(phrase.replace("+", " ").split())
            box = _box(file, f"{image}_{phrase}_{mention}", where)
        except BadRow as row:
            bad_rows.reject(row)
            continue
        counts["read"] += 1
        phrases = (PhraseRecord(0, 0, len(text), (box,)),)
        yield ImageRecord(f"{Path(file.path).name}/{image}", (text,), where, split, phrases=phrases)


def _pairs(file: FileVersion) -> list[list[str]]:
    """Image, phrase and number of each mention; some files hold them in rows, others in columns."""
    rows = hdf5.strings(file, PAIRS)
    if rows and len(rows[0]) not in (3, 4) and len(rows) in (3, 4):
        rows = [list(row) for row in zip(*rows, strict=True)]
    if not rows or len(rows[0]) not in (3, 4):
        raise TwobranchError(
            f"{file.path}, {PAIRS}",
            "has a row per mention: image, phrase, number, perhaps whether it is annotated",
            found=f"{len(rows)} rows of {len(rows[0]) if rows else 0}",
            remedy="Write the file anew.",
        )
    return rows


def _box(file: FileVersion, name: str, where: str) -> Box:
    found = hdf5.ends(file, name, 4)
    if found is None:
        raise BadRow(where, f"the file holds the box of the mention under {name!r}", found="nothing of the kind")
    x0, y0, x1, y1 = found
    return x0, y0, x1, y1
