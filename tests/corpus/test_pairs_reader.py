import json

import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError


def test_nested_folders_and_splits(draw, write):
    folder = draw("train/beach/1.jpg", "dev/2.PNG", "other/3.webp")
    write("train/beach/1.txt", "A dog.\r\nA wet dog.\n\n")
    write("dev/2.txt", "A cat.")
    write("other/3.txt", "A cow.\n")
    corpus = read_corpus(folder)
    assert corpus.image_ids == ["dev/2.PNG", "other/3.webp", "train/beach/1.jpg"]
    assert corpus.images.column("split").to_pylist() == ["val", None, "train"]
    assert corpus.sentence_texts == ["A cat.", "A cow.", "A dog.", "A wet dog."]


def test_without_split_folders_a_split_is_made(draw, write):
    names = [f"beach/{number}" for number in range(12)]
    folder = draw(*(f"{name}.jpg" for name in names))
    for name in names:
        write(f"{name}.txt", "A dog.")
    assert read_corpus(folder).split_names == ["train", "val", "test"]


def test_files_without_partner_are_left_out_and_said(draw, write):
    folder = draw("1.jpg", "2.jpg", "3.jpg")
    write("1.txt", "A dog.")
    write("readme.txt", "Nothing to see.")
    corpus = read_corpus(folder)
    assert corpus.image_ids == ["1.jpg"]
    assert any("2 pictures with no .txt file, for example 2.jpg" in note for note in corpus.notes)
    assert any("1 text file with no picture, for example readme.txt" in note for note in corpus.notes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bad/2.txt: a text file holds at least one sentence"),
        (b"\n \n", "bad/2.txt: a text file holds at least one sentence"),
        (b"A dog.\n\nA cat.\n", "bad/2.txt, row 2: a sentence has at least one word"),
        (b"caf\xe9\n", "bad/2.txt, row 1: text is in UTF-8"),
    ],
)
def test_a_broken_text_file_is_named_or_skipped(draw, write, content, message):
    folder = draw("1.jpg", "bad/2.jpg")
    write("1.txt", "A dog.")
    (folder / "bad" / "2.txt").write_bytes(content)
    with pytest.raises(TwobranchError, match=message):
        read_corpus(folder)
    corpus = read_corpus(folder, skip_bad_rows=True)
    assert corpus.image_ids == ["1.jpg"]
    assert message in corpus.problems[0]


def test_a_file_name_that_is_not_unicode_is_refused(draw, write):
    folder = draw("1.jpg")
    write("1.txt", "A dog.")
    (folder / "caf\udce9.jpg").write_bytes((folder / "1.jpg").read_bytes())
    write("caf\udce9.txt", "A dog.")
    with pytest.raises(TwobranchError, match="the name of an image file is Unicode"):
        read_corpus(folder)
    assert read_corpus(folder, skip_bad_rows=True).image_ids == ["1.jpg"]


def test_two_pictures_of_one_name_are_refused(draw, write):
    folder = draw("1.jpg", "1.png")
    write("1.txt", "A dog.")
    with pytest.raises(TwobranchError, match=r"1.txt: a text file belongs to one picture, but found 1.jpg and 1.png"):
        read_corpus(folder)


def test_files_that_img2dataset_wrote_have_metadata(draw, write):
    folder = draw("00000/000000000.jpg", "00000/000000001.jpg", "00000/000000002.jpg")
    write("00000_stats.json", "{}")
    for number, status in enumerate(["success", "success", "failed_to_resize"]):
        write(f"00000/00000000{number}.txt", f"Picture {number}.")
        document = {"key": str(number), "url": "u", "status": status, "width": 32 + number, "exif": "{}"}
        write(f"00000/00000000{number}.json", json.dumps(document))
    corpus = read_corpus(folder)
    assert corpus.image_ids == ["00000/000000000.jpg", "00000/000000001.jpg"]
    assert corpus.sentence_texts == ["Picture 0.", "Picture 1."]
    assert corpus.images.column("width").to_pylist() == [32, 33]
    assert "left out: 1 sample whose status is not success, for example 00000/000000002" in corpus.notes
    write("00000/000000001.json", "{")
    with pytest.raises(TwobranchError, match=r"00000/000000001.json: must be JSON"):
        read_corpus(folder)
