import pytest

from twobranch.corpus import read_corpus
from twobranch.corpus.readers import READERS
from twobranch.errors import TwobranchError

TABLE = "image,caption\na.jpg,A dog.\n"


def test_two_formats_that_fit_are_an_error_naming_both(draw, write):
    folder = draw("a.jpg")
    write("captions.csv", TABLE)
    write("a.txt", "A cat.")
    with pytest.raises(TwobranchError, match=r"table: captions.csv.*pairs: a.jpg.*--format table or --format pairs"):
        read_corpus(folder)
    assert read_corpus(folder, format="table").sentence_texts == ["A dog."]
    assert read_corpus(folder, format="pairs").sentence_texts == ["A cat."]


def test_no_format_that_fits_names_each_and_what_is_missing(draw):
    with pytest.raises(TwobranchError) as raised:
        read_corpus(draw("a.jpg"))
    assert all(f"{name}: " in str(raised.value) for name in READERS)
    assert "no picture in it has a text file" in str(raised.value)


def test_a_format_that_does_not_fit_is_refused_with_the_reason(draw, write):
    draw("a.jpg")
    with pytest.raises(TwobranchError, match=r"must be in the format flickr8k, but found that no Flickr8k.token.txt"):
        read_corpus(write("captions.csv", TABLE), format="flickr8k")


def test_an_unknown_format_is_answered_with_the_nearest(draw, write):
    draw("a.jpg")
    with pytest.raises(TwobranchError, match=r'--format: must name a format.*Did you mean "table"'):
        read_corpus(write("captions.csv", TABLE), format="tabel")


def test_a_folder_with_one_table_is_that_table(draw, write):
    folder = draw("images/a.jpg")
    write("captions.csv", TABLE)
    write("notes.txt", "Nothing to see.")
    write("prices.csv", "product,price\n1,2\n")
    assert read_corpus(folder).sentence_texts == ["A dog."]


def test_a_folder_with_two_tables_asks_which(draw, write):
    folder = draw("a.jpg")
    write("train.csv", TABLE)
    write("val.csv", TABLE)
    with pytest.raises(TwobranchError, match=r"several tables \(train.csv, val.csv\): name one of them"):
        read_corpus(folder)


def test_columns_are_not_silently_ignored_by_other_formats(draw, write):
    folder = draw("a.jpg")
    write("a.txt", "A cat.")
    with pytest.raises(TwobranchError, match="--columns"):
        read_corpus(folder, columns={"image": "file"})
