"""What the doctor finds in the picture files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from twobranch.corpus.corpus import Corpus
from twobranch.corpus.findings import Case, Finding, Severity, finding
from twobranch.corpus.near_duplicates import near_duplicates, same_picture
from twobranch.corpus.pictures import Defect, Picture
from twobranch.corpus.splits import TRAIN

NAMED = 20
"""Copies of a picture that a message names."""

DEFECTS: dict[Defect, str] = {
    "missing": "missing image files: {n}; their sentences are left out of training",
    "empty": "empty image files: {n}; they are skipped",
    "corrupt": "corrupt or truncated image files: {n}; they are skipped",
    "mislabeled": "image files of another format than their name says: {n}; they are read all the same",
    "zero": "images whose features are all zero: {n}; they tell nothing of the image",
}
"""The message for each defect; the code of its finding is "<defect>-images"."""


def defect_findings(corpus: Corpus, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Files that are missing, empty, corrupt or mislabeled, and whether any is left to train on."""
    for defect, message in DEFECTS.items():
        severity: Severity = "note" if defect == "mislabeled" else "warning"
        cases = [
            Case(f"{id}: {picture.message}", (id,))
            for id, picture in zip(corpus.image_ids, pictures, strict=True)
            if picture.defect == defect
        ]
        yield from finding(f"{defect}-images", severity, message, cases)
    splits = corpus.images.column("split").to_pylist()
    readable = [split for split, picture in zip(splits, pictures, strict=True) if picture.readable]
    if TRAIN in splits and TRAIN not in readable:
        yield Finding("no-training-images", "error", "no image of the split train can be read")


def duplicate_findings(corpus: Corpus, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Files with the same bytes: across splits they are leakage, inside one they are false negatives."""
    leaking, repeated = _by_splits(corpus, contents(pictures), " = ")
    message = "the same picture in several splits: {n}; what is measured was trained on"
    yield from finding("leaking-images", "warning", message, leaking)
    message = (
        "the same picture under several names: {n}; give the names one group, for their sentences match all of them"
    )
    yield from finding("duplicate-images", "warning", message, repeated)


def near_duplicate_findings(corpus: Corpus, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Pictures that are the same but for size, compression, brightness or a slight crop."""
    copies = {rows[0]: rows for rows in contents(pictures)}
    seen = {row for rows in copies.values() for row in rows[1:]}
    shown = [row for row, picture in enumerate(pictures) if picture.thumbnail and row not in seen]
    if not shown:
        return
    found = near_duplicates(np.stack([pictures[row].pixels for row in shown]))
    clusters = [[copy for k in rows for copy in copies.get(shown[k], [shown[k]])] for rows in same_picture(found)]
    leaking, repeated = _by_splits(corpus, clusters, " ~ ")
    message = "nearly the same picture in several splits: {n}; what is measured was trained on"
    yield from finding("near-leaking-images", "warning", message, leaking)
    message = "nearly the same picture under several names: {n}; if they are copies, give the names one group"
    yield from finding("near-duplicate-images", "note", message, repeated)


def contents(pictures: Sequence[Picture]) -> list[list[int]]:
    """Rows of the files with the same bytes, for all bytes that several files have."""
    rows_by_content: dict[bytes, list[int]] = defaultdict(list)
    for row, picture in enumerate(pictures):
        if picture.digest:
            rows_by_content[picture.digest].append(row)
    return [rows for rows in rows_by_content.values() if len(rows) > 1]


def _by_splits(corpus: Corpus, clusters: Sequence[list[int]], sign: str) -> tuple[list[Case], list[Case]]:
    """Clusters of images of several groups: those that lie in several splits, and the others."""
    splits, groups = corpus.images.column("split").to_pylist(), corpus.image_groups
    found: dict[bool, list[Case]] = {True: [], False: []}
    for rows in clusters:
        if np.unique(groups[rows]).size > 1:
            names = [f"{corpus.image_ids[row]} ({splits[row] or 'no split'})" for row in rows[:NAMED]]
            text = sign.join([*names, f"{len(rows) - NAMED:,} more"] if len(rows) > NAMED else names)
            leaks = len({splits[row] for row in rows} - {None}) > 1
            found[leaks].append(Case(text, tuple(corpus.image_ids[row] for row in rows)))
    return found[True], found[False]


def box_findings(corpus: Corpus, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Boxes that reach beyond their picture by more than a pixel."""
    if not corpus.regions.num_rows:
        return
    unknown = (np.inf, np.inf)
    sizes = np.array([picture.size or unknown for picture in pictures])  # (B, 2)
    image, x1, y1 = (corpus.regions.column(name).to_numpy() for name in ("image", "x1", "y1"))
    outside = np.flatnonzero((x1 > sizes[image, 0] + 1) | (y1 > sizes[image, 1] + 1))
    cases = [
        Case(
            f"{(id := corpus.image_ids[image[r]])}: a box ends at ({x1[r]:g}, {y1[r]:g}) in a picture of "
            f"{pictures[image[r]].size}",
            (id,),
        )
        for r in outside
    ]
    yield from finding("boxes-outside", "warning", "boxes that reach beyond their picture: {n}", cases)
