"""Phrases and boxes in tables: a list in a cell, or one box a row."""

from __future__ import annotations

import json

import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError

PHRASES = [
    {"sentence": 0, "start": 0, "end": 5, "boxes": [[0, 0, 16, 24]], "types": ["people"]},
    {"sentence": 0, "start": 10, "end": 18, "boxes": [[16, 12, 24, 24], [24, 12, 32, 24]], "types": ["animals"]},
]
SENTENCE = "A man and two dogs."
ROWS = (
    "image,caption,split,phrase,x0,y0,x1,y1,type,score\n"
    f"a.jpg,{SENTENCE},train,A man,0,0,16,24,people,1\n"
    f"a.jpg,{SENTENCE},train,two dogs,16,12,24,24,animals,2\n"
    f"a.jpg,{SENTENCE},train,two dogs,24,12,32,24,animals,3\n"
)


@pytest.fixture
def expected(draw, write):
    """The corpus of the same phrases in JSON Lines."""
    draw("a.jpg", "b.jpg")
    line = {"image": "a.jpg", "sentences": [SENTENCE], "split": "train", "phrases": PHRASES}
    return read_corpus(write("scenes.jsonl", json.dumps(line)))


def test_types_and_boxes_in_json_lines(expected):
    assert expected.phrases.column("text").to_pylist() == ["A man", "two dogs"]
    assert expected.phrases.column("types").to_pylist() == [["people"], ["animals"]]
    assert expected.regions.column("phrase").to_pylist() == [0, 1, 1]


def test_a_list_as_json_text_in_csv(expected, write):
    cell = json.dumps(PHRASES).replace('"', '""')
    corpus = read_corpus(write("scenes.csv", f'image,caption,split,phrases\na.jpg,{SENTENCE},train,"{cell}"\n'))
    assert corpus.fingerprint == expected.fingerprint
    assert corpus.metadata_columns == []


def test_a_column_of_that_name_may_hold_other_text(draw, write):
    draw("a.jpg")
    corpus = read_corpus(write("scenes.csv", f"image,caption,phrases\na.jpg,{SENTENCE},some words\n"))
    assert corpus.images.column("phrases").to_pylist() == ["some words"]


def test_one_box_a_row(expected, write):
    corpus = read_corpus(write("boxes.csv", ROWS))
    assert corpus.fingerprint == expected.fingerprint
    assert "one box a row: columns phrase, x0, y0, x1, y1, type" in corpus.notes
    assert "left out, because they differ between the boxes of one sentence: columns score" in corpus.notes


def test_rows_of_several_sentences_images_and_types(draw, write):
    draw("a.jpg", "b.jpg")
    rows = ROWS + (
        f"b.jpg,{SENTENCE},train,A man,0,0,16,24,people/other,1\n"
        "a.jpg,Nothing moves.,train,,,,,,,\n"
        "a.jpg,It rains.,train,It,,,,,notvisual,\n"
    )
    corpus = read_corpus(write("boxes.csv", rows))
    assert corpus.sentence_texts == [SENTENCE, "Nothing moves.", "It rains.", SENTENCE]
    assert corpus.phrases.column("types").to_pylist() == [["people"], ["animals"], ["notvisual"], ["people", "other"]]
    assert corpus.regions.column("phrase").to_pylist() == [0, 1, 1, 3]


def test_a_phrase_that_stands_twice_says_where(draw, write):
    draw("a.jpg")
    header = "image,caption,phrase,x0,y0,x1,y1,start\n"
    path = write("boxes.csv", f"{header}a.jpg,a dog by a dog,a dog,0,0,9,9,9\n")
    assert read_corpus(path).phrases.column("start").to_pylist() == [9]
    with pytest.raises(TwobranchError, match=r"row 2, column 'phrase': .*several times.*'a dog' at 0, 9"):
        read_corpus(write("boxes.csv", f"{header}a.jpg,a dog by a dog,a dog,0,0,9,9,\n"))
    with pytest.raises(TwobranchError, match=r"row 2, column 'start': .*begins at this character.*found '1'"):
        read_corpus(write("boxes.csv", f"{header}a.jpg,a dog by a dog,a dog,0,0,9,9,1\n"))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("A dog,0,0,9,9", "column 'phrase': a phrase stands in its sentence.*found 'A dog'"),
        ("A ma,0,0,9,9", "column 'phrase': a phrase stands in its sentence"),
        ("A man,0,0,,9", "column 'x1': must be a number, but found None"),
        ("A man,0,0,wide,9", "column 'x1': must be a number, but found 'wide'"),
        ("A man,9,0,9,9", "phrase 0, box 0: a box .x0, y0, x1, y1."),
        ("A man,0,0,nan,9", "phrase 0, box 0: a box .x0, y0, x1, y1."),
    ],
)
def test_a_broken_row_is_named(draw, write, cells, message):
    draw("a.jpg")
    path = write("boxes.csv", f"image,caption,phrase,x0,y0,x1,y1\na.jpg,{SENTENCE},{cells}\n")
    with pytest.raises(TwobranchError, match=f"boxes.csv, row 2, {message}"):
        read_corpus(path)


def test_a_broken_list_is_named(draw, write):
    draw("a.jpg")
    path = write("scenes.csv", f'image,caption,phrases\na.jpg,{SENTENCE},"[{{"\n')
    with pytest.raises(TwobranchError, match=r"row 2, column 'phrases': phrases are a list in JSON"):
        read_corpus(path)
