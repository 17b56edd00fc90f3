"""The reader of Flickr30k Entities on small files of its exact format, and on real ones where they are at hand."""

from __future__ import annotations

import os

import pytest
from entities_files import boxed, flagged, write_entities, xml

from twobranch.corpus import read_corpus
from twobranch.corpus.read import read_options, read_records
from twobranch.errors import TwobranchError

SENTENCES = "[/EN#1/people A man] and [/EN#2/animals his dogs] .\n[/EN#0/notvisual It] is [/EN#3/scene a park] .\n\n"
OBJECTS = boxed("1", 1, 1, 16, 24) + boxed("2", 17, 13, 24, 24) + boxed("2 4", 25, 13, 32, 24) + flagged("3", scene=1)
GOOD = (SENTENCES, xml(objects=OBJECTS))


def phrases_of(corpus):
    """Text -> (types, boxes)."""
    regions = corpus.regions.to_pylist()
    return {
        phrase["text"]: (
            phrase["types"],
            [tuple(r[side] for side in ("x0", "y0", "x1", "y1")) for r in regions if r["phrase"] == row],
        )
        for row, phrase in enumerate(corpus.phrases.to_pylist())
    }


def test_sentences_phrases_and_boxes(draw):
    corpus = read_corpus(write_entities(draw("images/7.jpg"), {"7": GOOD}))
    assert corpus.sentence_texts == ["A man and his dogs .", "It is a park ."]
    assert phrases_of(corpus) == {
        "A man": (["people"], [(0, 0, 16, 24)]),
        "his dogs": (["animals"], [(16, 12, 24, 24), (24, 12, 32, 24)]),
        "It": (["notvisual"], []),
        "a park": (["scene"], []),
    }
    notes = " ".join(corpus.notes)
    assert "phrases: 2 with boxes, 1 not visible, 1 flagged as scene or without a box, 0 without any object" in notes
    assert "images are in images/, seen from the annotations: 1 of the 1 named there exist" in notes
    assert "scaled" not in notes


def test_the_format_is_detected_and_a_folder_annotations_is_looked_into(draw):
    folder = draw("flickr30k-images/7.jpg")
    write_entities(folder / "annotations", {"7": GOOD})
    (folder / "val.txt").write_text("7\n")
    _, name = read_records(folder, read_options(None, None, None, False))
    assert name == "flickr30k-entities"
    assert read_corpus(folder).existing()[0].split("val").image_ids == ["7.jpg"]


def test_boxes_are_scaled_per_axis_to_the_picture(draw):
    annotations = xml((64, 12), boxed("1", 3, 2, 64, 12))
    corpus = read_corpus(write_entities(draw("7.jpg"), {"7": ("[/EN#1/people A man]", annotations)}))
    assert phrases_of(corpus)["A man"][1] == [(1, 2, 32, 24)]
    assert "boxes are scaled to 1 pictures of another size than their XML says" in corpus.notes


def test_a_picture_on_its_side_is_measured_as_it_is_shown(draw):
    from PIL import Image

    folder = draw("7.jpg")
    with Image.open(folder / "7.jpg") as picture:
        turned = picture.getexif()
        turned[0x0112] = 6
        picture.save(folder / "7.jpg", exif=turned)
    annotations = xml((24, 32), boxed("1", 1, 1, 24, 32))
    corpus = read_corpus(write_entities(folder, {"7": ("[/EN#1/people A man]", annotations)}))
    assert phrases_of(corpus)["A man"][1] == [(0, 0, 24, 32)]


def test_boxes_that_reach_beyond_are_cut_or_dropped(draw):
    objects = boxed("1", 0, 0, 33, 24) + boxed("1", 40, 1, 50, 20)
    corpus = read_corpus(write_entities(draw("7.jpg"), {"7": ("[/EN#1/people A man]", xml(objects=objects))}))
    assert phrases_of(corpus)["A man"][1] == [(0, 0, 32, 24)]
    assert "boxes that reached beyond their picture and were cut: 2" in corpus.notes


def test_pictures_are_found_by_the_number_their_names_begin_with(draw):
    folder = draw("pictures/images/7_ab1.jpg", "pictures/images/70_x.jpg", "pictures/images/8.jpg")
    data = write_entities(folder / "pictures" / "entities", {id: GOOD for id in ("7", "8", "70", "9")})
    corpus = read_corpus(data)
    assert corpus.image_ids == ["7_ab1.jpg", "8.jpg", "9.jpg", "70_x.jpg"]
    assert corpus.existing()[1] == ["9.jpg"]
    assert "images are in ../images/, seen from the annotations: 3 of the 4 named there exist" in corpus.notes


def test_the_images_folder_can_be_named(draw):
    folder = draw("far/away/7.jpg")
    data = write_entities(folder / "data", {"7": GOOD})
    assert read_corpus(data, images=folder / "far" / "away").existing()[1] == []
    with pytest.raises(TwobranchError, match=r"--images .*nowhere: must be a folder"):
        read_corpus(data, images=folder / "nowhere")
    with pytest.raises(TwobranchError, match="Name the folder with --images"):
        read_corpus(data)


def test_two_pictures_of_one_number_are_refused(draw):
    folder = write_entities(draw("7_a.jpg", "7_b.jpg", "8.jpg"), {"7": GOOD, "8": GOOD})
    with pytest.raises(TwobranchError, match=r"Sentences/7.txt: one picture file begins with 7.*7_a.jpg and 7_b.jpg"):
        read_corpus(folder)
    assert read_corpus(folder, skip_bad_rows=True).image_ids == ["8.jpg"]


def test_lists_are_splits_and_may_be_absent(draw):
    folder = write_entities(draw("7.jpg", "8.jpg", "9.jpg"), {id: GOOD for id in ("7", "8", "9")})
    (folder / "train.txt").write_text("7\n11\n")
    (folder / "val.txt").write_text("8.jpg\r\n")
    corpus = read_corpus(folder)
    assert corpus.images.column("split").to_pylist() == ["train", "val", None]
    assert {"splits are in train.txt, val.txt", "no list for test"} <= set(corpus.notes)
    assert "1 images of the lists have no file of sentences, for example 11" in corpus.notes
    (folder / "test.txt").write_text("9\n8\n")
    with pytest.raises(TwobranchError, match=r"test.txt, row 2: an image is in one list, but found 8 in 'val' too"):
        read_corpus(folder)


def test_unrelated_captions_are_left_out(draw):
    folder = write_entities(draw("7.jpg"), {"7": GOOD})
    (folder / "UNRELATED_CAPTIONS").write_text("# format: <imageID> <sentence number>\n7 1\n99 5\n")
    corpus = read_corpus(folder)
    assert corpus.sentence_texts == ["It is a park ."]
    assert corpus.phrases.column("sentence").to_pylist() == [0, 0]
    assert "left out, because UNRELATED_CAPTIONS lists them: 1 captions" in corpus.notes
    (folder / "UNRELATED_CAPTIONS").write_text("7\n")
    with pytest.raises(TwobranchError, match=r"UNRELATED_CAPTIONS, row 1: a row is <number of the image>"):
        read_corpus(folder)


def test_a_missing_xml_leaves_phrases_without_boxes(draw):
    corpus = read_corpus(write_entities(draw("7.jpg", "8.jpg"), {"7": GOOD, "8": (SENTENCES, None)}))
    assert corpus.regions.column("image").unique().to_pylist() == [0]
    assert corpus.sentences.num_rows == 4
    assert any("1 images have no file in Annotations/" in note and "for example 8" in note for note in corpus.notes)


BROKEN = {
    "open mark": (("[/EN#1/people A man\n", GOOD[1]), "Sentences/8.txt, row 1: a marked phrase ends"),
    "blank line": (("A man\n \nA dog\n", GOOD[1]), "Sentences/8.txt, row 2: a sentence has at least one word"),
    "empty file": (("\n", GOOD[1]), "Sentences/8.txt: a file of sentences holds at least one"),
    "no XML": ((SENTENCES, "<annotation>\n<object></annotation>"), "Annotations/8.xml, row 2, .*: must be XML"),
    "size zero": ((SENTENCES, xml((0, 5))), "Annotations/8.xml, size: a picture has at least one pixel"),
    "size in words": ((SENTENCES, xml(("big", 5))), "Annotations/8.xml, size, width: must be a number.*'big'"),
    "box turned": ((SENTENCES, xml(objects=OBJECTS + boxed("1", 9, 1, 8, 2))), "8.xml, object 5, bndbox: the last"),
    "side missing": ((SENTENCES, xml(objects=boxed("1", "", 1, 8, 2))), "object 1, bndbox, xmin: must be a number"),
    "side is NaN": ((SENTENCES, xml(objects=boxed("1", "nan", 1, 8, 2))), "object 1, bndbox, xmin: must be a number"),
    "no name": ((SENTENCES, xml(objects=boxed("", 1, 1, 8, 2))), "object 1: an object names the numbers"),
    "name in words": ((SENTENCES, xml(objects=boxed("dog", 1, 1, 8, 2))), "names the numbers .* found .'dog'."),
    "no box, no flag": ((SENTENCES, xml(objects=flagged("1", 0, 0))), "object 1: an object has a bndbox, or scene"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_and_can_be_left_out(draw, case):
    content, message = BROKEN[case]
    folder = write_entities(draw("7.jpg", "8.jpg"), {"7": GOOD, "8": content})
    with pytest.raises(TwobranchError, match=message):
        read_corpus(folder)
    corpus = read_corpus(folder, skip_bad_rows=True)
    assert corpus.image_ids == ["7.jpg"]
    assert len(corpus.problems) == 1


def test_a_line_that_is_not_utf8_is_named(draw):
    folder = write_entities(draw("7.jpg"), {"7": GOOD})
    (folder / "Sentences" / "7.txt").write_bytes(b"A man\ncaf\xe9\n")
    with pytest.raises(TwobranchError, match=r"Sentences/7.txt, row 2: text is in UTF-8"):
        read_corpus(folder)


@pytest.mark.skipif("FLICKR8K" not in os.environ, reason="FLICKR8K does not name a folder of Flickr8k")
def test_the_real_corpus():
    corpus = read_corpus(os.path.join(os.environ["FLICKR8K"], "entities"))
    assert corpus.existing()[1] == []
    assert corpus.images.num_rows == 7_091
    assert corpus.sentences.num_rows == 35_455
    assert corpus.phrases.num_rows == 110_273
    assert corpus.split_names == ["train", "val"]
    starts, ends, texts = (corpus.phrases.column(name).to_pylist() for name in ("start", "end", "text"))
    sentences = [corpus.sentence_texts[row] for row in corpus.phrases.column("sentence").to_pylist()]
    assert all(s[a:b] == text for s, a, b, text in zip(sentences, starts, ends, texts, strict=True))
    assert not any("[/EN" in sentence or "]" in sentence for sentence in corpus.sentence_texts)
    assert max(corpus.regions.column(side).to_numpy().max() for side in ("x1", "y1")) <= 224
