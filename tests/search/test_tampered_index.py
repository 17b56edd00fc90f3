"""An index whose files were changed or cut: the derived ones are made anew, the others are one error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mutations import CASES, json_values, mutated, refused, with_another_value
from tests.search.fakes import FakeMatcher
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.metadata import read_metadata


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An index, and what is in its files."""
    from tests.search.fakes import paint

    folder = tmp_path_factory.mktemp("tampered")
    for name in ("red", "green", "blue"):
        paint(folder / "photos" / f"{name}.png", name)
    index = Index.build(FakeMatcher(), folder / "photos", folder / "index")
    return folder / "index", {path: path.read_bytes() for path in index.path.rglob("*") if path.is_file()}


def restore(path: Path, contents: dict[Path, bytes]) -> None:
    shutil.rmtree(path)
    for file, content in contents.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def use(path: Path) -> list[str]:
    """Search in all ways; every other exception than TwobranchError comes through."""
    index = Index.open(path)
    index._matcher = FakeMatcher()
    found = index.search("red", k=2)
    json.dumps(found.to_json(), allow_nan=False)
    index.search("red", where="width > 10")
    for hit in found.hits:
        index.thumbnail(hit.id)
    return [hit.id for hit in found.hits]


def files(made, *parts: str) -> list[Path]:
    return sorted(file for file in made[1] if set(parts) & set(file.relative_to(made[0]).parts))


@pytest.mark.parametrize("part", ["index.json", "derived", "store"])
@CASES
@given(chance=st.data())
def test_damaged_bytes(made, part, chance):
    path, contents = made
    restore(path, contents)
    file = chance.draw(st.sampled_from(files(made, part)))
    file.write_bytes(chance.draw(mutated(contents[file])))
    if part == "store":
        shutil.rmtree(path / "derived")
    try:
        use(path)
    except TwobranchError as error:
        refused(error, str(path), "red.png")


@CASES
@given(chance=st.data())
def test_any_value_in_the_description(made, chance):
    path, contents = made
    restore(path, contents)
    document = json.loads(contents[path / "index.json"])
    (path / "index.json").write_text(json.dumps(chance.draw(with_another_value(document))))
    try:
        use(path)
    except TwobranchError as error:
        refused(error, str(path))


def _rows(path: Path, change) -> None:
    (file,) = path.glob("derived/*/rows.arrow")
    with pa.OSFile(str(file)) as source:
        rows = change(pa.ipc.open_file(source).read_all())
    with pa.ipc.new_file(str(file), rows.schema) as writer:
        writer.write_table(rows)


def _matrix(path: Path, change) -> None:
    (file,) = path.glob("derived/*/matrix.npy")
    np.save(file, change(np.load(file)))


DERIVED = {
    "fewer rows": lambda path: _rows(path, lambda rows: rows.slice(1)),
    "no column": lambda path: _rows(path, lambda rows: rows.drop_columns(["width"])),
    "other type": lambda path: _rows(path, lambda rows: rows.set_column(0, "id", pa.array([1, 2, 3]))),
    "no metadata": lambda path: _rows(path, lambda rows: rows.replace_schema_metadata({})),
    "other length": lambda path: _matrix(path, lambda matrix: matrix[:, :2]),
    "other numbers": lambda path: _matrix(path, lambda matrix: matrix.astype(np.float64)),
    "empty file": lambda path: next(path.glob("derived/*/matrix.npy")).write_bytes(b""),
    "pickle": lambda path: np.save(next(path.glob("derived/*/matrix.npy")), np.array([{}]), allow_pickle=True),
}


@pytest.mark.parametrize("case", DERIVED)
def test_derived_files_that_do_not_fit_are_made_anew(made, case):
    path, contents = made
    restore(path, contents)
    DERIVED[case](path)
    assert use(path)[0] == "red.png"
    restore(path, contents)
    assert use(path)[0] == "red.png"


def test_derived_rows_of_another_store_and_numbers_that_are_none_are_named(made):
    path, contents = made
    restore(path, contents)
    _rows(
        path,
        lambda rows: rows.set_column(rows.schema.get_field_index("_rowid"), "_rowid", pa.array([7, 8, 9], pa.uint64())),
    )
    with pytest.raises(TwobranchError, match=r"must hold the images of the store. Delete it; it is made anew"):
        Index.open(path).search(like="red.png", where="width > 10")
    restore(path, contents)
    _matrix(path, lambda matrix: np.full_like(matrix, np.nan))
    with pytest.raises(
        TwobranchError, match=r"the embeddings of an index are finite numbers.*Delete the folder derived"
    ):
        use(path)


def test_a_stray_file_among_the_versions_is_passed_over(made):
    path, contents = made
    restore(path, contents)
    (next(path.glob("store/*/_versions")) / "copy of 1.manifest").write_bytes(b"x")
    assert use(path)[0] == "red.png"


TABLES = {
    "rows.csv": b"image,year\nred.png,1\n",
    "rows.tsv": b"image\tyear\nred.png\t1\n",
    "rows.jsonl": b'{"image": "red.png", "year": 1}\n',
}


@pytest.mark.parametrize("name", TABLES)
@CASES
@given(chance=st.data())
def test_damaged_metadata_tables(tmp_path_factory, name, chance):
    path = tmp_path_factory.mktemp("tables") / name
    path.write_bytes(chance.draw(mutated(TABLES[name])))
    try:
        read_metadata(path, {"red.png": "/photos/red.png"})
    except TwobranchError as error:
        refused(error)


@CASES
@given(value=json_values)
def test_any_metadata_in_json_lines(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("tables") / "rows.jsonl"
    path.write_text(json.dumps({"image": "red.png", "year": value}) + '\n{"image": "x.png", "year": 1}\n')
    try:
        read_metadata(path, {"red.png": "/photos/red.png"})
    except TwobranchError as error:
        refused(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"image,caf\xe9\nred.png,1\n", "the table must be readable.*text is in UTF-8"),
        (b"image,year,year\nred.png,1,2\n", "column names are different, but found 'year'"),
        ("image,year\nred.png,1\n".encode("utf-16"), "the table must be readable"),
    ],
)
def test_broken_metadata_tables_are_named(tmp_path, content, message):
    (tmp_path / "rows.csv").write_bytes(content)
    with pytest.raises(TwobranchError, match=message):
        read_metadata(tmp_path / "rows.csv", {"red.png": "/photos/red.png"})


def test_an_index_writes_nothing_outside_of_its_folder(tmp_path):
    from tests.search.fakes import paint

    names = (
        "two\nlines.png",
        "猫 🐶.png",
        "-rf.png",
        "'; DROP TABLE images; --.png",
        "sub/x..png",
        "%2e%2e.png",
        "a:b*.png",
    )
    for name in names:
        paint(tmp_path / "photos" / name, "red")
    (tmp_path / "photos" / "rows.csv").write_text('image,tag\na:b*.png,"../../x"\n')
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    index = Index.build(FakeMatcher(), tmp_path / "photos", tmp_path / "out" / "index")
    Index.build(FakeMatcher(identity="colors-2"), tmp_path / "photos", tmp_path / "out" / "index")
    assert sorted(hit.id for hit in index.search("red", k=9).hits) == sorted(names)
    for name in names:
        assert index.thumbnail(name).startswith(b"\xff\xd8")
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if tmp_path / "out" not in path.parents}
    assert {path: time for path, time in after.items() if path != tmp_path / "out"} == before
