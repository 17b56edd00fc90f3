"""COCO's captions in small files of their exact format."""

from __future__ import annotations

import json

import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError


def entry(number: int, name: str | None = None, **other: object) -> dict:
    return {"license": 3, "file_name": name or f"{number:012}.jpg", "height": 24, "width": 32, "id": number} | other


def caption(image: object, text: object, id: int = 0) -> dict:
    return {"image_id": image, "id": id, "caption": text}


def document(images: list, captions: list) -> str:
    return json.dumps({"info": {"year": 2017}, "licenses": [{"id": 3}], "images": images, "annotations": captions})


def split(*numbers: int) -> str:
    captions = [caption(number, f"Caption {k} of {number}. ") for k in (0, 1) for number in reversed(numbers)]
    return document([entry(number) for number in numbers], captions)


TRAIN, VAL = split(1, 2), split(3)


@pytest.fixture
def coco(draw, write):
    write("annotations/captions_train2017.json", TRAIN)
    write("annotations/captions_val2017.json", VAL)
    return draw("train2017/000000000001.jpg", "train2017/000000000002.jpg", "val2017/000000000003.jpg")


def test_a_folder_as_it_is_published(coco, write):
    write("annotations/instances_val2017.json", '{"images": [], "annotations": [{"bbox": [0, 0, 1, 1]}]}')
    corpus = read_corpus(coco)
    assert corpus.image_ids == ["train2017/000000000001.jpg", "train2017/000000000002.jpg", "val2017/000000000003.jpg"]
    assert corpus.images.column("split").to_pylist() == ["train", "train", "val"]
    assert corpus.sentence_texts[:3] == ["Caption 0 of 1.", "Caption 1 of 1.", "Caption 0 of 2."]
    assert corpus.existing()[1] == []
    assert corpus.images.column("id_").to_pylist() == [1, 2, 3]
    assert "captions_train2017.json: 2 images with captions, in the split train, as its name says" in corpus.notes
    assert "its images are in val2017/: 1 of the first 1 named there exist" in corpus.notes
    assert any(note.startswith("instances_val2017.json lies beside it and is not read") for note in corpus.notes)
    assert read_corpus(coco / "annotations").fingerprint == corpus.fingerprint
    assert read_corpus(coco / "annotations" / "captions_val2017.json").image_ids == ["val2017/000000000003.jpg"]


@pytest.mark.parametrize("folder", ["", "images/", "images/val/", "val/", "pictures/val2017/"])
def test_where_pictures_may_lie(draw, write, folder):
    data = draw(f"{folder}000000000003.jpg")
    write("captions_val2017.json", VAL)
    images = data / "pictures" if folder.startswith("pictures") else None
    assert read_corpus(data, images=images).existing()[1] == []


def test_a_file_name_may_hold_the_folder(draw, write):
    data = draw("val2017/3.jpg")
    write("val.json", document([entry(3, "val2017/3.jpg")], [caption(3, "A dog.")]))
    assert read_corpus(data).image_ids == ["val2017/3.jpg"]


def test_an_absolute_file_name_is_taken_as_written(draw, write):
    data = draw("val2017/3.jpg", "far/4.jpg")
    write("captions_val2017.json", document([entry(4, str(data / "far" / "4.jpg"))], [caption(4, "A dog.")]))
    assert read_corpus(data).image_ids == ["far/4.jpg"]


def test_a_file_without_a_split_in_its_name_is_split(draw, write):
    data = draw("1.jpg", "2.jpg", "3.jpg", "trainval/x.jpg")
    images = [entry(number, f"{number}.jpg") for number in (1, 2, 3)]
    write("captions_trainval.json", document(images, [caption(number, "A dog.") for number in (1, 2, 3)]))
    corpus = read_corpus(data)
    assert corpus.split_names == ["train", "val", "test"]
    assert "captions_trainval.json: 3 images with captions, in no split" in corpus.notes


def test_ids_may_be_text_and_images_without_a_caption_are_left_out(draw, write):
    data = draw("1.jpg")
    images = [entry(1, "1.jpg", id="one"), entry(2, id="two")]
    write("captions_train.json", document(images, [caption("one", "A dog.")]))
    corpus = read_corpus(data)
    assert corpus.image_ids == ["1.jpg"]
    assert "left out: 1 of its images, which have no caption" in corpus.notes


def test_of_two_years_the_one_with_pictures_is_read(coco, write):
    write("annotations/captions_val2014.json", VAL)
    corpus = read_corpus(coco)
    assert corpus.images.num_rows == 3
    assert "not read, because the pictures of that year are not there: captions_val2014.json" in corpus.notes
    (coco / "val2014").mkdir()
    with pytest.raises(TwobranchError, match=r"captions of several years .*captions_val2014.json.*leave one year"):
        read_corpus(coco)


def test_files_that_say_the_same_split_ask_which(draw, write):
    data = draw("000000000001.jpg")
    write("train_a.json", TRAIN)
    write("train_b.json", TRAIN)
    with pytest.raises(
        TwobranchError, match=r"several such files \(train_a.json, train_b.json\).*name one as the data"
    ):
        read_corpus(data)


def test_an_image_in_two_splits_is_refused(draw, write):
    data = draw("000000000001.jpg")
    write("captions_train.json", TRAIN)
    write("captions_val.json", split(1))
    with pytest.raises(TwobranchError, match=r"captions_val.json, image 1: all rows of an image name one split"):
        read_corpus(data)


BROKEN = {
    "image is no object": ([7], [], "image 2: must be an object with keys, but found 7"),
    "image without id": ([entry(8, id=None)], [], 'image 2: has a number or a text under "id", but found None'),
    "id is a truth value": ([entry(8, id=True)], [], 'image 2: has a number or a text under "id"'),
    "image without file": ([entry(8, file_name="")], [], 'image 2: an image names its file under "file_name"'),
    "id again": ([entry(1)], [], 'image 2: an image has an "id" of its own, but found 1, which image 1 has'),
    "annotation is no object": ([], [[]], "annotation 2: must be an object with keys"),
    "annotation of a box": (
        [],
        [{"image_id": 1, "bbox": []}],
        'annotation 2: an annotation has a text under "caption"',
    ),
    "unknown image": ([], [caption(99, "A cat.")], 'names one of the images under "image_id", but found 99'),
    "id as text": ([], [caption("1", "A cat.")], "names one of the images under \"image_id\", but found '1'"),
    "id is a list": ([], [caption([1], "A cat.")], 'annotation 2: has a number or a text under "image_id"'),
    "empty caption": ([], [caption(1, "\n")], "annotation 2: a sentence has at least one word"),
    "half a character": ([], [caption(1, "\udc00")], "annotation 2: a sentence consists of whole characters"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_entry_is_named_or_left_out(draw, write, case):
    images, captions, message = BROKEN[case]
    data = draw("000000000001.jpg")
    write("captions_train2017.json", document([entry(1), *images], [caption(1, "A dog."), *captions]))
    with pytest.raises(TwobranchError, match=f"captions_train2017.json, .*{message}.*--skip-bad-rows"):
        read_corpus(data)
    corpus = read_corpus(data, skip_bad_rows=True)
    assert corpus.sentence_texts == ["A dog."]
    assert len(corpus.problems) == 1


@pytest.mark.parametrize("key", ["images", "annotations"])
def test_a_file_without_its_lists_is_refused(draw, write, key):
    data = draw("a.jpg")
    write("captions_val.json", VAL.replace(f'"{key}": ', '"other": '))
    with pytest.raises(
        TwobranchError, match=f'captions_val.json: must hold a list under "{key}", but found no such key'
    ):
        read_corpus(data)
