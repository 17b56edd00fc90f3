"""Hugging Face imagefolders, with each kind of metadata file."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError

ROWS = [
    {"file_name": "0.png", "text": ["A dog.", "It runs."], "year": 1999},
    {"file_name": "sub/1.png", "text": ["A cat."], "year": 2001},
]


def write_metadata(path, rows=ROWS):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        lines = [f"{row['file_name']},{text},{row['year']}" for row in rows for text in row["text"]]
        path.write_text("\n".join(["file_name,text,year", *lines]) + "\n")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_one_metadata_file(draw, kind):
    data = draw("0.png", "sub/1.png")
    write_metadata(data / f"metadata.{kind}")
    corpus = read_corpus(data)
    assert corpus.image_ids == ["0.png", "sub/1.png"]
    assert corpus.sentence_texts == ["A dog.", "It runs.", "A cat."]
    assert corpus.images.column("year").to_pylist() == [1999, 2001]
    assert corpus.existing()[1] == []
    assert f"read as imagefolder, because metadata.{kind} names pictures and sentences" in corpus.notes
    assert "no folder is named like a split" in corpus.notes
    assert read_corpus(data / f"metadata.{kind}").fingerprint == corpus.fingerprint


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("top", ["", "data/"])
def test_a_metadata_file_in_each_split(draw, kind, top):
    data = draw(
        *(f"{top}{split}/{name}" for split in ("train", "validation", "test") for name in ("0.png", "sub/1.png"))
    )
    for split in ("train", "validation", "test"):
        write_metadata(data / f"{top}{split}" / f"metadata.{kind}")
    corpus = read_corpus(data)
    assert corpus.existing()[1] == []
    assert corpus.images.num_rows == 6
    assert corpus.split("val").image_ids == [f"{top}validation/0.png", f"{top}validation/sub/1.png"]
    assert "splits: test, train, val" in corpus.notes


def test_folders_named_in_one_file_are_splits_unless_a_column_says_otherwise(draw, write):
    data = draw("train/0.png", "test/1.png")
    write("metadata.csv", "file_name,text\ntrain/0.png,A dog.\ntest/1.png,A cat.\n")
    assert read_corpus(data).images.column("split").to_pylist() == ["train", "test"]
    write("metadata.csv", "file_name,text,split\ntrain/0.png,A dog.,val\ntest/1.png,A cat.,train\n")
    assert read_corpus(data).images.column("split").to_pylist() == ["val", "train"]


def test_file_name_wins_over_other_columns_and_images_names_another_folder(draw, write):
    draw("far/train/0.png")
    write("near/train/metadata.csv", "image,file_name,text\nshown as,0.png,A dog.\n")
    root = (draw() / "near").parent
    corpus = read_corpus(root / "near", images=root / "far")
    assert corpus.image_ids == ["train/0.png"]
    assert corpus.existing()[1] == []


def test_one_column_that_ends_in_file_name_is_the_picture(draw, write):
    data = draw("0.png")
    write("metadata.csv", "image_file_name,text\n0.png,A dog.\n")
    assert read_corpus(data).image_ids == ["0.png"]


def test_of_several_such_columns_one_is_named(draw, write):
    data = draw("0.png")
    write("metadata.csv", "input_file_name,edited_file_name,text\n0.png,1.png,A dog.\n")
    with pytest.raises(TwobranchError, match=r"columns input_file_name, edited_file_name.*--columns image=input_file"):
        read_corpus(data)
    assert read_corpus(data, columns={"image": "input_file_name"}).image_ids == ["0.png"]


def test_lists_of_pictures_are_refused_with_a_way_out(draw, write):
    data = draw("0.png")
    write("train/metadata.jsonl", '{"file_names": ["0.png"], "text": "A dog."}\n')
    with pytest.raises(TwobranchError, match=r"train/metadata.jsonl: a row names one picture.*file_names.*'group'"):
        read_corpus(data)


def test_metadata_without_sentences_is_what_is_missing(draw, write):
    data = draw("0.png")
    write("metadata.csv", "file_name,label\n0.png,dog\n")
    with pytest.raises(
        TwobranchError, match=r"comes close to imagefolder: metadata.csv: a column must name the sentence"
    ):
        read_corpus(data)


def test_two_kinds_in_one_folder_are_refused(draw):
    data = draw("0.png", "sub/1.png")
    write_metadata(data / "metadata.csv")
    write_metadata(data / "metadata.jsonl")
    with pytest.raises(TwobranchError, match=r"metadata.csv and metadata.jsonl lie in one folder: keep one of them"):
        read_corpus(data)


def test_metadata_with_another_column_of_images_stays_a_table(draw, write):
    data = draw("0.png")
    write("metadata.csv", "image,text\n0.png,A dog.\n")
    assert any(note.startswith("read as table") for note in read_corpus(data).notes)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0.png", "row 3: a row has 2 fields, as the header has, but found 1"),
        ("0.png,", "row 3, column 'text': a row has a sentence"),
        ("../../x.png,A dog.", "row 3: a relative image path stays inside the images folder"),
        ("http://x.org/a.png,A dog.", "row 3: an image is a file, not an address"),
    ],
)
def test_a_broken_row_is_named_with_its_folder(draw, write, row, message):
    data = draw("train/0.png")
    write("train/metadata.csv", f"file_name,text\n0.png,A dog.\n{row}\n0.png,It runs.\n")
    with pytest.raises(TwobranchError, match=f"train/metadata.csv, {message}.*--skip-bad-rows"):
        read_corpus(data)
    corpus = read_corpus(data, skip_bad_rows=True)
    assert corpus.sentence_texts == ["A dog.", "It runs."]
    assert corpus.problems[0].startswith("train/metadata.csv, row 3")
