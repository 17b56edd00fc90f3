"""Kaggle's copies of Flickr8k and Flickr30k, and token files of other names."""

from __future__ import annotations

import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError

HEADER = "image_name| comment_number| comment\n"
RESULTS = HEADER + "1.jpg| 0| Two men ; a bench .\n1.jpg| 1| One .\n2.jpg| 0| A dog runs .\n"
NO_BAR = "2.jpg| 4   A dog runs across the grass .\n"


def test_flickr8k(draw, write):
    folder = draw("Images/1.jpg", "Images/2.jpg")
    write("captions.txt", 'image,caption\n1.jpg,"A child , in pink ."\n1.jpg,A girl .\n2.jpg,A dog .\n')
    corpus = read_corpus(folder)
    assert corpus.sentence_texts == ["A child , in pink .", "A girl .", "A dog ."]
    assert corpus.existing()[1] == []


def test_flickr30k(draw, write):
    folder = draw("flickr30k_images/1.jpg", "flickr30k_images/2.jpg")
    write("results.csv", RESULTS)
    corpus = read_corpus(folder)
    assert corpus.sentence_texts == ["Two men ; a bench .", "One .", "A dog runs ."]
    assert corpus.existing()[1] == []
    assert not any("bar" in note for note in corpus.notes)


@pytest.mark.parametrize("row", [NO_BAR, NO_BAR.replace("\n", "|\n")])
def test_the_row_without_its_bar_is_read_and_said(draw, write, row):
    folder = draw("1.jpg", "2.jpg")
    write("results.csv", RESULTS + row + "2.jpg| 5| The end .\n")
    corpus = read_corpus(folder)
    assert corpus.sentence_texts[2:] == ["A dog runs .", "A dog runs across the grass .", "The end ."]
    said = "read as number 4 and 'A dog runs across the grass .'"
    assert f"results.csv, row 5: the bar after the number is missing; {said}" in corpus.notes


@pytest.mark.parametrize("row", ["2.jpg| A dog .\n", "2.jpg| 4\n", "2.jpg\n", "2.jpg| 4| A| B\n"])
def test_other_rows_of_the_wrong_length_stay_broken(draw, write, row):
    draw("1.jpg", "2.jpg")
    with pytest.raises(TwobranchError, match=r"results.csv, row 5: a row has 3 fields"):
        read_corpus(write("results.csv", RESULTS + row))


def test_such_a_row_of_another_table_stays_broken(draw, write):
    draw("1.jpg", "2.jpg")
    with pytest.raises(TwobranchError, match=r"rows.csv, row 2: a row has 3 fields"):
        read_corpus(write("rows.csv", "image| number| caption\n2.jpg| 4   A dog .\n"))


def test_objects_with_these_keys_are_left_as_they_are(draw, write):
    draw("1.jpg", "2.jpg")
    row = '{"image_name": "1.jpg", "comment_number": %s, "comment": %s}\n'
    corpus = read_corpus(write("rows.jsonl", row % ("0", '"A dog."') + row % ("1", "null")), skip_bad_rows=True)
    assert corpus.sentence_texts == ["A dog."]


@pytest.mark.parametrize("name", ["results.token", "Flickr8k.lemma.token.txt", "my captions.txt"])
def test_a_token_file_of_another_name_is_recognized_by_its_first_row(draw, write, name):
    draw("1.jpg")
    corpus = read_corpus(write(name, "\ufeff1.jpg#0\tTwo men .\r\n1.jpg#1\tA bench .\r\n"))
    assert corpus.sentence_texts == ["Two men .", "A bench ."]
    assert f"read as flickr8k, because {name} is there" in corpus.notes
