"""Metadata columns: read from tables, stored, filtered by SQL."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.search.fakes import FakeMatcher, paint
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.metadata import from_table, read_metadata

IDS = {"a.jpg": "/p/a.jpg", "sub/b.jpg": "/p/sub/b.jpg", "sub/c.jpg": "/p/sub/c.jpg", "c.jpg": "/p/c.jpg"}


def csv(folder: Path, text: str, name: str = "meta.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def found(index: Index, where: str) -> list[str]:
    return sorted(hit.id for hit in index.search("red", k=100, where=where).hits)


def test_images_are_named_by_id_path_or_unique_file_name(tmp_path: Path) -> None:
    table = csv(tmp_path, "file,n\na.jpg,1\n/p/c.jpg,2\nb.jpg,3\n./sub/c.jpg,4\nnone.jpg,5\na.jpg,6\n")
    metadata = read_metadata(table, IDS)
    assert {name: row["n"] for name, row in metadata.rows.items()} == {
        "a.jpg": 1,
        "c.jpg": 2,
        "sub/b.jpg": 3,
        "sub/c.jpg": 4,
    }
    assert any("1 rows name no image" in note for note in metadata.notes)
    assert any("1 further rows" in note for note in metadata.notes)


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_every_kind_of_table(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"meta.{kind}"
    if kind == "jsonl":
        path.write_text('{"image": "a.jpg", "price": 2.5}\n\n{"image": "c.jpg", "price": 3, "color": "red"}\n')
    elif kind == "parquet":
        columns = {"image": ["a.jpg", "c.jpg"], "price": [2.5, float("nan")], "color": [None, "red"]}
        parquet.write_table(pa.table(columns), path)
    else:
        comma = "," if kind == "csv" else "\t"
        lines = [("image", "price", "color"), ("a.jpg", "2.5", ""), ("c.jpg", "3", "red")]
        path.write_text("\n".join(comma.join(line) for line in lines))
    metadata = read_metadata(path, IDS)
    assert metadata.of("a.jpg")["price"] == 2.5
    assert metadata.of("c.jpg")["color"] == "red"
    assert metadata.of("c.jpg")["price"] == (None if kind == "parquet" else 3)


def test_columns_that_cannot_be_stored_under_their_name() -> None:
    table = pa.table({"width": [1], "_x": [2], "a.b": [3], "a_b": [4], "deep": [{"x": 1}], "tags": [["u", "v"]]})
    metadata = from_table(table, ["a.jpg"])
    assert metadata.rows["a.jpg"] == {"metadata_width": 1, "x": 2, "a_b": 3, "a_b_2": 4, "tags": ["u", "v"]}
    assert any("'deep'" in note for note in metadata.notes)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("picture,n\na.jpg,1\n", "m.csv", "one column names the image"),
        ("image,n\nnone.jpg,1\n", "m.csv", "must name images of the folder"),
        ("image,n\na.jpg\n", "m.csv", "must be readable"),
        ('{"image": 1\n', "m.jsonl", "row 1"),
        ("x", "m.xlsx", "is one of"),
    ],
)
def test_errors_of_tables(tmp_path: Path, text: str, name: str, message: str) -> None:
    with pytest.raises(TwobranchError, match=message):
        read_metadata(csv(tmp_path, text, name), IDS)


def test_an_image_column_of_another_name(tmp_path: Path) -> None:
    table = csv(tmp_path, "picture,n\na.jpg,1\n")
    assert read_metadata(table, IDS, image_column="picture").of("a.jpg") == {"n": 1}
    with pytest.raises(TwobranchError, match='Did you mean "picture"'):
        read_metadata(table, IDS, image_column="pictur")


def test_filters(matcher: FakeMatcher, photos: Path, tmp_path: Path) -> None:
    table = csv(tmp_path, "image,price,Shop Name\na.png,5,O'Neil\nb.png,7,Smith\nc.png,9,Smith\n")
    index = Index.build(matcher, photos, tmp_path / "i", metadata=table)
    assert found(index, "price > 6") == ["b.png", "c.png"]
    assert found(index, "`Shop Name` = 'O''Neil'") == ["a.png"]
    assert found(index, "price IS NULL AND id LIKE 'sub/%'") == ["sub/e.png"]
    assert found(index, "width = 40") == ["a.png", "b.png", "c.png", "d.png", "sub/e.png"]
    nothing = index.search("red", where="price > 100")
    assert (nothing.hits, nothing.no_good_match, nothing.candidates) == ([], True, 0)
    hit = index.search("red", k=1, where="price > 0").hits[0]
    assert hit.metadata == {"price": 5, "Shop Name": "O'Neil"}


WRONG = ["prise > 6", "price = = 3", "price", "id = 'x", "1=1; DROP TABLE images", "count(*) > 1"]


@pytest.mark.parametrize("where", WRONG)
def test_a_wrong_filter_names_the_columns(matcher: FakeMatcher, photos: Path, tmp_path: Path, where: str) -> None:
    index = Index.build(matcher, photos, tmp_path / "i", metadata=csv(tmp_path, "image,price\na.png,5\n"))
    with pytest.raises(TwobranchError, match=r"Columns: id, path, .*price"):
        index.search("red", where=where)


def test_new_metadata_encodes_nothing(index: Index, matcher: FakeMatcher, photos: Path, tmp_path: Path) -> None:
    matcher.encoded.clear()
    Index.build(matcher, photos, index.path, metadata=csv(tmp_path, "image,price\na.png,5\n"))
    assert found(index, "price = 5") == ["a.png"]
    Index.build(matcher, photos, index.path, metadata=csv(tmp_path, "image,price\na.png,cheap\n"))
    assert found(index, "price = 'cheap'") == ["a.png"]
    again = Index.build(matcher, photos, index.path, metadata=csv(tmp_path, "image,price\na.png,cheap\n"))
    assert again.report is not None
    assert again.report.unchanged == 5
    assert matcher.encoded == []


def test_without_a_table_an_index_keeps_its_metadata(matcher: FakeMatcher, photos: Path, tmp_path: Path) -> None:
    Index.build(matcher, photos, tmp_path / "i", metadata=csv(tmp_path, "image,price\na.png,5\n"))
    (photos / "a.png").rename(photos / "z.png")
    paint(photos / "new.png", "black")
    index = Index.build(matcher, photos, tmp_path / "i")
    assert found(index, "price = 5") == ["z.png"]


def test_annotations_give_images_and_metadata(matcher: FakeMatcher, photos: Path, tmp_path: Path) -> None:
    rows = [
        {"image": "photos/a.png", "sentences": ["a red wall"], "year": 1990},
        {"image": "photos/b.png", "sentences": ["a green wall"], "year": 2000},
    ]
    corpus = csv(tmp_path, "\n".join(json.dumps(row) for row in rows) + "\n", "corpus.jsonl")
    index = Index.build(matcher, corpus, tmp_path / "i")
    assert len(index) == 2
    assert index.search("wall", where="year < 1995").hits[0].metadata == {"year": 1990}


def test_a_walked_corpus_gives_its_metadata(matcher: FakeMatcher, photos: Path, tmp_path: Path) -> None:
    rows = [{"image": "a.png", "sentences": ["a red wall"], "year": 1990}, {"image": "b.png", "sentences": ["green"]}]
    csv(photos, "\n".join(json.dumps(row) for row in rows) + "\n", "corpus.jsonl")
    index = Index.build(matcher, photos, tmp_path / "i")
    assert len(index) == 5
    assert found(index, "year = 1990") == ["a.png"]
