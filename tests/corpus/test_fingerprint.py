import shutil

import pytest

from twobranch.corpus import read_corpus

ROW = (
    '{"image": "a.jpg", "sentences": ["A red car."], "split": "train", "group": "g", "year": 1999, '
    '"phrases": [{"sentence": 0, "start": 2, "end": 9, "boxes": [[1, 2, 9, 9]], "types": ["vehicles"]}]}\n'
)


@pytest.fixture
def data(draw, write):
    draw("a.jpg")
    return write("scenes.jsonl", ROW)


def test_moving_the_folder_changes_nothing(data, tmp_path_factory):
    elsewhere = shutil.copytree(data.parent, tmp_path_factory.mktemp("elsewhere") / "deep" / "er")
    assert read_corpus(elsewhere / data.name).fingerprint == read_corpus(data).fingerprint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A red car.", "A red cat."),
        ('"train"', '"val"'),
        ('"g"', '"h"'),
        ('"end": 9', '"end": 5'),
        ("[1, 2, 9, 9]", "[1, 2, 9, 8]"),
        ("vehicles", "other"),
    ],
)
def test_changed_content_changes_it(data, old, new):
    before = read_corpus(data).fingerprint
    data.write_text(ROW.replace(old, new))
    assert read_corpus(data).fingerprint != before


def test_a_changed_picture_changes_it(data):
    before = read_corpus(data).fingerprint
    with (data.parent / "a.jpg").open("ab") as file:
        file.write(b"more")
    assert read_corpus(data).fingerprint != before


def test_metadata_does_not_change_it(data):
    before = read_corpus(data).fingerprint
    data.write_text(ROW.replace("1999", "2000"))
    assert read_corpus(data).fingerprint == before


def test_a_split_has_its_own(draw, write):
    draw("a.jpg", "b.jpg")
    text = "image,caption,split\na.jpg,one,train\nb.jpg,two,val\n"
    before = read_corpus(write("captions.csv", text))
    after = read_corpus(write("captions.csv", text.replace("two", "three")))
    assert before.split_fingerprints["train"] == after.split_fingerprints["train"]
    assert before.split_fingerprints["val"] != after.split_fingerprints["val"]
    assert before.split("val").fingerprint == before.split_fingerprints["val"]
