"""A user's own boxes from tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from twobranch.errors import TwobranchError
from twobranch.regions.box_file import BoxFileConfig

EXPECTED = [[4, 4, 9, 9], [0, 0, 16, 24]]
CSV = "image,x0,y0,x1,y1,score\n0.png,0,0,16,24,0.2\n0.png,4,4,9,9,0.9\n1.png,100,100,200,200,0.5\n"


def boxes_of(path: Path, image: Path, budget: int = 200) -> list[list[float]]:
    return BoxFileConfig(path=path, budget=budget).load().propose(image).tolist()


def test_one_box_a_row_the_best_first(pictures, tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text(CSV)
    assert boxes_of(path, pictures[0]) == EXPECTED
    assert boxes_of(path, pictures[0], budget=1) == EXPECTED[:1]
    assert boxes_of(path, pictures[1]) == [[100, 100, 160, 120]]  # cut at the border
    assert boxes_of(path, pictures[2]) == []


def test_lists_in_json_lines_and_parquet(pictures, tmp_path):
    path = tmp_path / "boxes.jsonl"
    path.write_text(json.dumps({"image": "./0.png", "boxes": EXPECTED}) + '\n{"image": "1.png", "boxes": []}\n')
    assert boxes_of(path, pictures[0]) == EXPECTED
    assert boxes_of(path, pictures[1]) == []
    pq.write_table(pa.table({"file_name": ["0.png"], "boxes": [EXPECTED]}), tmp_path / "boxes.parquet")
    assert boxes_of(tmp_path / "boxes.parquet", pictures[0]) == EXPECTED


def test_the_longest_end_of_the_path_counts(pictures, tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text(f"image,x0,y0,x1,y1\n0.png,0,0,1,1\n{tmp_path.name}/0.png,0,0,2,2\n")
    assert boxes_of(path, pictures[0]) == [[0, 0, 2, 2]]


def test_the_identity_is_that_of_the_content(tmp_path):
    for name, text in (("a.csv", CSV), ("b.csv", CSV), ("c.csv", CSV + "1.png,0,0,1,1,0\n")):
        (tmp_path / name).write_text(text)
    a, b, c = (BoxFileConfig(path=tmp_path / name).load().identity for name in ("a.csv", "b.csv", "c.csv"))
    assert a == b != c


def test_a_picture_without_a_path_is_refused(tmp_path):
    (tmp_path / "boxes.csv").write_text(CSV)
    with pytest.raises(TwobranchError, match="a picture is given by its path"):
        BoxFileConfig(path=tmp_path / "boxes.csv").load().propose(np.zeros((2, 2), np.uint8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,x0,y0,x1\n", "must have columns for the image and its boxes, but found the columns image, x0, y0, x1"),
        ("image,x0,y0,x1,y1\na.jpg,0,0,wide,1\n", "row 2, x1: must be a finite number, but found 'wide'"),
        ("image,x0,y0,x1,y1\na.jpg,0,0,nan,1\n", "row 2, x1: must be a finite number"),
        ("image,x0,y0,x1,y1\na.jpg,0,0,,1\n", "row 2, x1: must be a finite number, but found None"),
        ("image,x0,y0,x1,y1\na.jpg,5,0,1,1\n", "row 2: a box has x0 <= x1"),
        ("image,x0,y0,x1,y1\n,5,0,1,1\n", "row 2, column 'image': a row names an image"),
        ("image,x0,y0,x1,y1,score\na.jpg,0,0,1,1,high\n", "row 2, column 'score': must be a finite number"),
        ("image,x0,y0,x1,y1\na.jpg,0,0\n", "row 2: a row has 5 fields"),
    ],
)
def test_a_broken_file_is_named(tmp_path, text, message):
    (tmp_path / "boxes.csv").write_text(text)
    with pytest.raises(TwobranchError, match=message):
        BoxFileConfig(path=tmp_path / "boxes.csv").load()


@pytest.mark.parametrize(("name", "message"), [("no.csv", "the file must exist"), ("a.txt2", "must be a table")])
def test_a_file_that_is_none_is_refused(tmp_path, name, message):
    with pytest.raises(TwobranchError, match=message):
        BoxFileConfig(path=tmp_path / name).load()
