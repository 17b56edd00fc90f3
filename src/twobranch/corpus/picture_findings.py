"""What the doctor finds in the picture files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from twobranch.corpus.corpus import Corpus
from twobranch.corpus.findings import Finding, Severity, finding
from twobranch.corpus.pictures import Defect, Picture
from twobranch.corpus.splits import TRAIN

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
            f"{id}: {picture.message}"
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
    rows_by_content: dict[bytes, list[int]] = defaultdict(list)
    for row, picture in enumerate(pictures):
        if picture.digest:
            rows_by_content[picture.digest].append(row)
    splits, groups = corpus.images.column("split").to_pylist(), corpus.image_groups
    repeated: list[str] = []
    leaking: list[str] = []
    for rows in rows_by_content.values():
        if np.unique(groups[rows]).size < 2:
            continue
        leaks = len({splits[row] for row in rows} - {None}) > 1
        (leaking if leaks else repeated).append(" = ".join(f"{corpus.image_ids[r]} ({splits[r]})" for r in rows))
    message = "the same picture in several splits: {n}; what is measured was trained on"
    yield from finding("leaking-images", "warning", message, leaking)
    message = (
        "the same picture under several names: {n}; give the names one group, for their sentences match all of them"
    )
    yield from finding("duplicate-images", "warning", message, repeated)


def box_findings(corpus: Corpus, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Boxes that reach beyond their picture by more than a pixel."""
    if not corpus.regions.num_rows:
        return
    unknown = (np.inf, np.inf)
    sizes = np.array([picture.size or unknown for picture in pictures])  # (B, 2)
    image, x1, y1 = (corpus.regions.column(name).to_numpy() for name in ("image", "x1", "y1"))
    outside = np.flatnonzero((x1 > sizes[image, 0] + 1) | (y1 > sizes[image, 1] + 1))
    cases = [
        f"{corpus.image_ids[image[r]]}: a box ends at ({x1[r]:g}, {y1[r]:g}) in a picture of {pictures[image[r]].size}"
        for r in outside
    ]
    yield from finding("boxes-outside", "warning", "boxes that reach beyond their picture: {n}", cases)
