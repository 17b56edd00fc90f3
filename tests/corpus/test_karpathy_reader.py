"""Karpathy's JSON in small files of its exact format."""

from __future__ import annotations

import json

import pytest

from twobranch.corpus import read_corpus
from twobranch.corpus.json_files import SNIFFED
from twobranch.errors import TwobranchError


def image(number: int, split: str = "train", **other: object) -> dict:
    sentences = [
        {"tokens": ["a", "dog"], "raw": f" A dog, {number}. ", "imgid": number, "sentid": 2 * number},
        {"tokens": ["it", "runs"], "raw": "It runs.", "imgid": number, "sentid": 2 * number + 1},
    ]
    sentids = [2 * number, 2 * number + 1]
    return {
        "sentids": sentids,
        "imgid": number,
        "sentences": sentences,
        "split": split,
        "filename": f"{number}.jpg",
    } | other


def document(*images: object, dataset: str = "flickr8k") -> str:
    return json.dumps({"images": images, "dataset": dataset})


FLICKR = document(image(0), image(1, "val"), image(2, "test"))


@pytest.mark.parametrize("folder", ["", "images/", "Flicker8k_Dataset/", "flickr30k-images/"])
def test_flickr(draw, write, folder):
    data = draw(*(f"{folder}{number}.jpg" for number in range(3)))
    file = write("dataset_flickr8k.json", FLICKR)
    corpus = read_corpus(data)
    assert corpus.image_ids == ["0.jpg", "1.jpg", "2.jpg"]
    assert corpus.sentence_texts[:2] == ["A dog, 0.", "It runs."]
    assert corpus.images.column("split").to_pylist() == ["train", "val", "test"]
    assert corpus.images.column("imgid").to_pylist() == [0, 1, 2]
    assert corpus.existing()[1] == []
    assert read_corpus(file).fingerprint == corpus.fingerprint
    because = "read as karpathy, because dataset_flickr8k.json has images with filename and sentences"
    assert because in corpus.notes


def test_coco_has_folders_and_the_rest_of_val(draw, write):
    data = draw("train2014/0.jpg", "val2014/1.jpg", "val2014/2.jpg")
    images = [
        image(0, filepath="train2014", cocoid=57870),
        image(1, "restval", filepath="val2014", cocoid=9),
        image(2, "val", filepath="val2014", cocoid=7),
    ]
    write("dataset_coco.json", document(*images, dataset="coco"))
    corpus = read_corpus(data)
    assert corpus.image_ids == ["train2014/0.jpg", "val2014/1.jpg", "val2014/2.jpg"]
    assert corpus.images.column("split").to_pylist() == ["train", "train", "val"]
    assert corpus.images.column("cocoid").to_pylist() == [57870, 9, 7]
    assert "1 images of the split restval are train, as the papers have it" in corpus.notes


def test_pictures_may_lie_beside_the_annotations_folder(draw, write):
    draw("images/0.jpg", "images/1.jpg", "images/2.jpg")
    corpus = read_corpus(write("annotations/dataset_flickr8k.json", FLICKR))
    assert corpus.existing()[1] == []


def test_tokens_are_joined_where_there_is_no_raw_text(draw, write):
    data = draw("0.jpg")
    write("dataset.json", document(image(0, sentences=[{"tokens": ["a", "dog"]}])))
    corpus = read_corpus(data)
    assert corpus.sentence_texts == ["a dog"]
    assert "1 sentences have no raw text: their tokens are joined by spaces" in corpus.notes


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_other_encodings_of_json(draw, encoding):
    data = draw("0.jpg")
    text = json.dumps({"images": [image(0, sentences=[{"raw": "Ein Café."}])]}, ensure_ascii=False)
    (data / "dataset.json").write_bytes(text.encode(encoding))
    assert read_corpus(data).sentence_texts == ["Ein Café."]


BROKEN_IMAGES = {
    "no object": (7, "image 2: an image is an object with keys, but found 7"),
    "no file": (image(1, filename=None), 'image 2: an image names its file under "filename", but found None'),
    "folder is a number": (image(1, filepath=2014), 'image 2: "filepath" is the folder of the file, but found 2014'),
    "split is a list": (image(1, split=["train"]), 'image 2: "split" is a name'),
    "no sentences": (image(1, sentences=[]), 'image 2: an image has a list of objects under "sentences"'),
    "sentences are text": (image(1, sentences="A dog."), 'image 2: an image has a list of objects under "sentences"'),
    "out of the folder": (image(1, filename="../../etc/passwd"), "image 2: a relative image path stays inside"),
    "an address": (image(1, filename="http://x.org/a.jpg"), "image 2: an image is a file, not an address"),
    "half a name": (image(1, filename="a\ud83d.jpg"), "image 2: the name of an image file is Unicode"),
    "half a value": (image(1, tag="a\ud83d"), "image 2: a value consists of whole characters"),
}


@pytest.mark.parametrize("case", BROKEN_IMAGES)
def test_a_broken_image_is_named_or_left_out(draw, write, case):
    broken, message = BROKEN_IMAGES[case]
    data = draw("0.jpg", "2.jpg")
    write("dataset.json", document(image(0), broken, image(2)))
    with pytest.raises(TwobranchError, match=f"dataset.json, {message}.*--skip-bad-rows"):
        read_corpus(data)
    corpus = read_corpus(data, skip_bad_rows=True)
    assert corpus.image_ids == ["0.jpg", "2.jpg"]
    assert len(corpus.problems) == 1


BROKEN_SENTENCES = {
    "no object": ("A dog.", 'a sentence has its text under "raw", or a list "tokens", but found'),
    "no text": ({"raw": None, "tokens": [1]}, 'a sentence has its text under "raw", or a list "tokens"'),
    "empty": ({"raw": " "}, "a sentence has at least one word"),
    "half a character": ({"raw": "A \ud83d."}, "a sentence consists of whole characters"),
}


@pytest.mark.parametrize("case", BROKEN_SENTENCES)
def test_a_broken_sentence_does_not_take_its_image_with_it(draw, write, case):
    broken, message = BROKEN_SENTENCES[case]
    data = draw("0.jpg")
    write("dataset.json", document(image(0, sentences=[{"raw": "One."}, broken, {"raw": "Two."}])))
    with pytest.raises(TwobranchError, match=f"dataset.json, image 1, sentence 1: {message}"):
        read_corpus(data)
    assert read_corpus(data, skip_bad_rows=True).sentence_texts == ["One.", "Two."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FLICKR[:-20], "must be a whole JSON file.*Download it again"),
        (f'{{"images": 7, "x": {FLICKR}}}', 'must hold a list under "images", but found a int'),
        (f"[{FLICKR}]", "must hold a JSON object, but found a list"),
        (f'{{"x": {FLICKR}}}', 'must hold a list under "images", but found no such key'),
        (FLICKR.replace("{", "[" * 100_000 + "{", 1), "must be a whole JSON file"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(draw, write, text, message):
    draw("0.jpg")
    with pytest.raises(TwobranchError, match=rf"dataset\.json: {message}"):
        read_corpus(write("dataset.json", text), format="karpathy")


def test_several_such_files_ask_which(draw, write):
    data = draw("0.jpg")
    write("dataset_flickr8k.json", FLICKR)
    write("dataset_flickr30k.json", FLICKR)
    with pytest.raises(TwobranchError, match=r"several such files \(dataset_flickr30k.json, .*\): name one of them"):
        read_corpus(data)


def test_only_the_ends_of_a_file_are_read_to_recognize_it(draw, write):
    data = draw("0.jpg")
    padding = "x" * SNIFFED
    write("dataset.json", f'{{"a": "{padding}", "images": [{json.dumps(image(0))}], "b": "{padding}"}}')
    with pytest.raises(TwobranchError):
        read_corpus(data)
    write("dataset.json", f'{{"a": "{padding}", "images": [{json.dumps(image(0))}]}}')
    assert read_corpus(data).image_ids == ["0.jpg"]
