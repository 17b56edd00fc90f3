"""CUHK-PEDES, ICFG-PEDES and RSTPReid in small files of their exact formats."""

from __future__ import annotations

import json

import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError


def entry(image: str, person: object, split: object = "train", key: str = "file_path", **other: object) -> dict:
    return {
        "split": split,
        "captions": [f"A man with bag {person} .", " He wears red shoes . "],
        key: image,
        "id": person,
        "processed_tokens": [["a", "man"], ["he", "wears"]],
        **other,
    }


PEOPLE = [
    ("cam_a/1.jpg", 1, "train"),
    ("cam_b/1.png", 1, "train"),
    ("CUHK01/2.bmp", 12003, "val"),
    ("3.jpg", 12004, "test"),
]
NAMES = {"cuhk-pedes": "reid_raw.json", "icfg-pedes": "ICFG-PEDES.json", "rstpreid": "data_captions.json"}


@pytest.fixture
def data(draw, write):
    """Writes annotations and their pictures below imgs/; returns the folder."""

    def make(name, entries, encoding=json.dumps):
        write(name, encoding(entries))
        return draw(*(f"imgs/{image}" for image, _, _ in PEOPLE))

    return make


@pytest.mark.parametrize("format", NAMES)
def test_a_person_is_the_group_of_pictures_and_captions(data, format):
    key = "img_path" if format == "rstpreid" else "file_path"
    folder = data(NAMES[format], [entry(image, person, split, key) for image, person, split in PEOPLE])
    corpus = read_corpus(folder)
    assert read_corpus(folder / NAMES[format], format=format).fingerprint == corpus.fingerprint
    assert corpus.images.column("split").to_pylist() == ["train", "train", "val", "test"]
    assert corpus.images.column("group").to_pylist() == ["1", "1", "12003", "12004"]
    assert corpus.image_groups[0] == corpus.image_groups[1] == corpus.sentence_groups[3]
    assert corpus.sentence_texts[:2] == ["A man with bag 1 .", "He wears red shoes ."]
    assert corpus.existing()[1] == []
    assert "images are in imgs/ beside the annotations: 4 of the first 4 named there exist" in corpus.notes


def test_cuhk_pedes_without_splits_is_split_by_number(data):
    entries = [entry(image, person) for image, person, _ in PEOPLE]
    for one in entries:
        del one["split"]
    corpus = read_corpus(data("caption_all.json", entries))
    assert corpus.images.column("split").to_pylist() == ["train", "train", "val", "test"]
    assert any("no entry names a split: persons 1 to 11003 are train" in note for note in corpus.notes)


def test_the_file_with_splits_is_read_and_the_other_is_named(data, write):
    write("caption_all.json", "[]")
    corpus = read_corpus(data("reid_raw.json", [entry(image, person, split) for image, person, split in PEOPLE]))
    assert len(corpus.image_ids) == 4
    assert "caption_all.json lies beside it and is not read" in corpus.notes


BROKEN = {
    "no object": ("a.jpg", "an entry is an object"),
    "no picture": (entry("", 1), 'an entry names its picture under "file_path"'),
    "no captions": (entry("a.jpg", 1, captions="A man"), 'a list of texts under "captions"'),
    "empty list": (entry("a.jpg", 1, captions=[]), 'a list of texts under "captions"'),
    "empty caption": (entry("a.jpg", 1, captions=["A man", " "]), "a sentence has at least one word"),
    "person is text": (entry("a.jpg", "1"), 'the number of its person under "id"'),
    "unknown split": (entry("a.jpg", 1, "dev"), "a split is train, val or test"),
    "split is no text": (entry("a.jpg", 1, ["train"]), "a split is train, val or test"),
    "half a character": (entry("a.jpg", 1, captions=["A man \ud83d"]), "whole characters, but found 'A man .ud83d'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_entry_is_named_and_can_be_left_out(data, name):
    broken, rule = BROKEN[name]
    folder = data("ICFG-PEDES.json", [entry("cam_a/1.jpg", 1), broken, entry("3.jpg", 2, "val")])
    with pytest.raises(TwobranchError, match=f"ICFG-PEDES.json, entry 2.*{rule}"):
        read_corpus(folder)
    corpus = read_corpus(folder, skip_bad_rows=True)
    assert len(corpus.image_ids) == 2
    assert len(corpus.problems) == 1


def test_splits_may_be_in_capitals(data):
    splits = ("Train", "TRAIN", "Val", "TEST")
    entries = [entry(image, person, split) for (image, person, _), split in zip(PEOPLE, splits, strict=True)]
    corpus = read_corpus(data("ICFG_PEDES.json", entries))
    assert corpus.images.column("split").to_pylist() == ["train", "train", "val", "test"]


def test_either_all_entries_name_a_split_or_none(data):
    entries = [entry(image, person, split) for image, person, split in PEOPLE]
    del entries[2]["split"]
    with pytest.raises(TwobranchError, match=r"reid_raw.json, entry 3: a split is train, val or test, but found None"):
        read_corpus(data("reid_raw.json", entries))


def test_a_person_without_a_number_from_1_cannot_be_split(data):
    entries = [{key: value for key, value in entry("3.jpg", person).items() if key != "split"} for person in (1, 0)]
    with pytest.raises(TwobranchError, match=r"caption_all.json, entry 2: .* persons are numbered from 1, but found 0"):
        read_corpus(data("caption_all.json", entries))


def test_a_person_in_two_splits_is_refused(data):
    folder = data("ICFG-PEDES.json", [entry("cam_a/1.jpg", 1), entry("cam_b/1.png", 1, "test")])
    with pytest.raises(TwobranchError, match="split"):
        read_corpus(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"split": "train"', "must be a whole JSON file"),
        ('{"images": []}', "must be a JSON list of pictures, but found dict"),
        ("[" * 100_000, "must be a whole JSON file"),
    ],
)
def test_a_file_that_is_no_list_is_refused(data, content, message):
    folder = data("reid_raw.json", content, encoding=str)
    with pytest.raises(TwobranchError, match=message):
        read_corpus(folder)
