"""A user's own boxes, such as those of a detector, from a table: CSV, TSV, JSONL or Parquet.

    image,x0,y0,x1,y1,score          {"image": "a.jpg", "boxes": [[0, 0, 16, 24], [4, 4, 9, 9]]}
    a.jpg,0,0,16,24,0.9
    a.jpg,4,4,9,9,0.2

One box a row, or a list of boxes a row. Boxes are pixels, 0-based and end-exclusive. With a score the best come first,
without one the order is that of the file. A picture is found by the end of its path: `a.jpg` or `beach/a.jpg`.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from twobranch.corpus.reading import BadRows, shown
from twobranch.corpus.tables import TABLE_FILES
from twobranch.corpus.tables.columns import IMAGE, SYNONYMS
from twobranch.corpus.tables.rows import Row
from twobranch.errors import TwobranchError
from twobranch.features.decoding import ImageSource, image_size
from twobranch.features.encoder import identity_of
from twobranch.regions.boxes import area, as_boxes, clip
from twobranch.regions.proposer import Boxes, ProposerConfig, Unfitted

SIDES = ("x0", "y0", "x1", "y1")
BOXES, SCORE = "boxes", "score"

Scored = tuple[float, list[float]]
"""Minus the score, and the box: sorted, the best is first."""


class BoxFileConfig(ProposerConfig):
    """Boxes from a file of the user's own."""

    path: Path = Field(description="the table: .csv, .tsv, .jsonl or .parquet")

    def load(self) -> BoxFile:
        """The proposer; reads the whole file.

        Raises:
            TwobranchError: if the file is missing, or a row is broken.
        """
        return BoxFile(self)


class BoxFile(Unfitted):
    """Proposes the boxes that a file lists.

    Args:
        options: the file, and how many boxes.

    Raises:
        TwobranchError: if the file is missing, or a row is broken.
    """

    name = "file"
    cached = False

    def __init__(self, options: BoxFileConfig) -> None:
        self.options = options
        self.budget = options.budget
        path = options.path
        if path.suffix.lower() not in TABLE_FILES:
            remedy = f"Write one of {', '.join(TABLE_FILES)}."
            raise TwobranchError(f"boxes {path}", "must be a table", found=path.suffix or "no ending", remedy=remedy)
        if not path.is_file():
            raise TwobranchError(f"boxes {path}", "the file must exist", remedy="Check the path.")
        self._boxes = _read(path)
        self.identity = identity_of(name=self.name, budget=self.budget, content=_digest(path))

    def propose(self, image: ImageSource) -> Boxes:
        """The boxes (R, 4) of a picture, cut at its border; none where the file does not name it.

        Raises:
            TwobranchError: for a picture that is not given by its path: the file knows pictures by name.
        """
        if not isinstance(image, str | Path):
            raise TwobranchError(
                "proposals file",
                "a picture is given by its path, for the file knows pictures by name",
                found=type(image).__name__,
                remedy="Give the path, or use other proposals.",
            )
        parts = Path(image).absolute().as_posix().split("/")
        names = ("/".join(parts[start:]) for start in range(len(parts)))  # the longest first
        boxes = next((self._boxes[name] for name in names if name in self._boxes), np.zeros((0, 4), np.float32))
        inside = clip(boxes, image_size(image))
        return inside[area(inside) > 0][: self.budget].astype(np.float32)


def _read(path: Path) -> dict[str, Boxes]:
    """The boxes of each picture, the best first."""
    table = TABLE_FILES[path.suffix.lower()]
    columns = table.columns(path)
    image = next((name for name in SYNONYMS[IMAGE] if name in columns), None)
    if image is None or not (BOXES in columns or set(SIDES) <= set(columns)):
        rule = "must have columns for the image and its boxes"
        remedy = f"Call them image, {', '.join(SIDES)} and perhaps {SCORE}; or image and {BOXES}."
        raise TwobranchError(
            f"boxes {path}", rule, found=f"the columns {', '.join(columns) or '(none)'}", remedy=remedy
        )
    found: dict[str, list[Scored]] = defaultdict(list)
    for number, row in table.rows(path, BadRows(skip=False)):
        where = f"{path.name}, row {number}"
        name = row.get(image)
        if not isinstance(name, str) or not name.strip():
            raise _broken(f"{where}, column {image!r}", "a row names an image by its path", name)
        found[_normal(name)] += _boxes(row, where)
    return {
        name: as_boxes([box for _, box in sorted(scored, key=lambda one: one[0])], f"boxes {path}, image {name}")
        for name, scored in found.items()
    }


def _boxes(row: Row, where: str) -> list[Scored]:
    score = -_number(row[SCORE], f"{where}, column {SCORE!r}") if row.get(SCORE) is not None else 0.0
    listed = row.get(BOXES)
    if listed is None:
        return [(score, _box([row.get(side) for side in SIDES], where))]
    if not isinstance(listed, list):
        raise _broken(f"{where}, column {BOXES!r}", "must be a list of boxes", listed)
    return [(score, _box(box, f"{where}, box {number}")) for number, box in enumerate(listed)]


def _box(sides: Any, where: str) -> list[float]:
    if not isinstance(sides, list) or len(sides) != 4:
        raise _broken(where, "a box is four numbers x0, y0, x1, y1", sides)
    x0, y0, x1, y1 = (_number(side, f"{where}, {name}") for side, name in zip(sides, SIDES, strict=True))
    if x1 < x0 or y1 < y0:
        raise _broken(where, "a box has x0 <= x1 and y0 <= y1", [x0, y0, x1, y1])
    return [x0, y0, x1, y1]


def _number(value: Any, where: str) -> float:
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not np.isfinite(number):
        raise _broken(where, "must be a finite number", value)
    return number


def _normal(name: str) -> str:
    return posixpath.normpath(name.strip().replace("\\", "/"))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _broken(where: str, rule: str, found: Any) -> TwobranchError:
    return TwobranchError(where, rule, found=shown(found), remedy="Mend the row.")
