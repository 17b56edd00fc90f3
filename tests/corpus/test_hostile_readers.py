"""Whatever the annotations hold, a reader returns a corpus or raises TwobranchError; it writes nothing."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mutations import CASES, MANY, json_values, mutated, refused, with_another_value
from tests.valid_files import BOX_FILES, CORPORA, ROWS, picture

from twobranch.corpus import read_corpus
from twobranch.corpus.doctor import diagnose
from twobranch.corpus.read import read_options
from twobranch.errors import TwobranchError
from twobranch.regions.box_file import BoxFileConfig
from twobranch.regions.noun_phrases import noun_phrases


def read_in_every_way(data: Path) -> None:
    """Reads and diagnoses; every other exception than TwobranchError comes through."""
    root = data if data.is_dir() else data.parent
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    for skip in (False, True):
        try:
            corpus = read_corpus(data, skip_bad_rows=skip)
        except TwobranchError as error:
            refused(error)
            continue
        assert len(corpus.fingerprint) == 16
        for line in (corpus.summary(), *corpus.notes, *corpus.problems):
            assert "\n" not in line.encode().decode()
    try:
        diagnosis = diagnose(data, read_options(None, None, None, False), threads=1)
    except TwobranchError as error:
        refused(error)
    else:
        json.dumps(diagnosis.to_json(), ensure_ascii=False, allow_nan=False).encode()
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


@pytest.fixture(scope="module", params=CORPORA)
def corpus_files(request, tmp_path_factory):
    """A corpus on disk that tests may change, one file at a time."""
    valid = CORPORA[request.param]
    return valid, valid.write(tmp_path_factory.mktemp("hostile"))


def test_the_unchanged_corpora_are_read(corpus_files):
    _, data = corpus_files
    corpus = read_corpus(data)
    assert corpus.sentences.num_rows
    assert not corpus.problems


def read_changed(valid, data: Path, name: str, content: bytes) -> None:
    root = Path(str(data).removesuffix(f"/{valid.data}")) if valid.data else data
    path = root / name
    path.write_bytes(content)
    try:
        read_in_every_way(data)
    finally:
        path.write_bytes(valid.files[name])


@CASES
@given(chance=st.data())
def test_damaged_bytes(corpus_files, chance):
    valid, data = corpus_files
    name = chance.draw(st.sampled_from(sorted(valid.files)))
    read_changed(valid, data, name, chance.draw(mutated(valid.files[name])))


@pytest.mark.slow
@MANY
@given(chance=st.data())
def test_damaged_bytes_for_long(corpus_files, chance):
    valid, data = corpus_files
    name = chance.draw(st.sampled_from(sorted(valid.files)))
    read_changed(valid, data, name, chance.draw(mutated(valid.files[name])))


WITH_JSON = ("jsonl", "csv with phrases", "cuhk-pedes", "icfg-pedes", "rstpreid")


@pytest.mark.parametrize("name", WITH_JSON)
@CASES
@given(chance=st.data())
def test_any_value_in_place_of_another(name, chance, tmp_path_factory):
    valid = CORPORA[name]
    file, content = next(iter(valid.files.items()))
    head, value = ("", content.decode())
    if name == "jsonl":
        value, head = value.split("\n", 1)
    if name == "csv with phrases":
        head, value = value[: value.index("[")], value[value.index("[") :]
    changed = json.dumps(chance.draw(with_another_value(json.loads(value))))
    text = f"{changed}\n{head}" if name == "jsonl" else head + changed
    data = valid.write(tmp_path_factory.mktemp("hostile"))
    read_changed(valid, data, file, text.encode())


cells = st.one_of(st.text(max_size=20), st.sampled_from(["a.jpg", "b.png", "A man.", "man", "1", "nan", "1e999", "-3"]))
HEADERS = (
    ["image", "caption", "split", "group", "year"],
    ["image", "caption", "phrase", "x0", "y0", "x1", "y1", "type", "start"],
    ["file_name", "caption_1", "caption_2", "phrases", ""],
)


@CASES
@given(chance=st.data(), delimiter=st.sampled_from(",;\t|"), ends=st.sampled_from(["\n", "\r\n"]))
def test_any_text_in_the_cells_of_a_table(chance, delimiter, ends, tmp_path_factory):
    header = chance.draw(st.sampled_from(HEADERS))
    rows = chance.draw(st.lists(st.lists(cells, min_size=len(header), max_size=len(header)), max_size=4))
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ends).writerows([header, *rows])
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "a.jpg").write_bytes(picture("a.jpg"))
    (folder / "rows.csv").write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
    read_in_every_way(folder / "rows.csv")


@CASES
@given(rows=st.lists(st.dictionaries(st.sampled_from([*ROWS[0], "phrases"]), json_values), min_size=1, max_size=3))
def test_any_types_in_the_columns_of_a_parquet_file(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "a.jpg").write_bytes(picture("a.jpg"))
    try:
        table = pa.Table.from_pylist([{"image": "a.jpg", "caption": "A dog."}, *rows])
        pq.write_table(table, folder / "rows.parquet")
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return  # Arrow itself has no such table
    read_in_every_way(folder / "rows.parquet")


@pytest.mark.parametrize("name", BOX_FILES)
@CASES
@given(chance=st.data())
def test_damaged_box_files(name, chance, tmp_path_factory):
    folder = tmp_path_factory.mktemp("boxes")
    (folder / "a.jpg").write_bytes(picture("a.jpg"))
    (folder / name).write_bytes(chance.draw(mutated(BOX_FILES[name])))
    try:
        boxes = BoxFileConfig(path=folder / name, budget=3).load().propose(folder / "a.jpg")
    except TwobranchError as error:
        refused(error)
    else:
        assert boxes.shape[1:] == (4,)


@CASES
@given(sentence=st.text(max_size=200))
def test_noun_phrases_lie_in_any_sentence(sentence):
    for phrase in noun_phrases(sentence):
        assert 0 <= phrase.start < phrase.end <= len(sentence)
