import re

import pytest

from twobranch.corpus import read_corpus
from twobranch.corpus.detection import PicturesAlone
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


def near_miss(data, **options):
    with pytest.raises(TwobranchError, match="a known format must fit") as raised:
        read_corpus(data, **options)
    return str(raised.value)


def test_the_format_that_fits_is_said_with_the_reason(draw, write):
    draw("a.jpg")
    notes = read_corpus(write("captions.csv", TABLE)).notes
    assert notes[0] == "read as table, because captions.csv has columns for the image (image) and sentences"


def test_the_closest_formats_are_named_first_and_others_not_at_all(draw, write):
    folder = draw("a.jpg")
    write("Flickr_8k.devImages.txt", "a.jpg\n")
    write("b.txt", "A dog.\n")
    write("train.csv", TABLE)
    write("val.csv", TABLE)
    message = near_miss(folder)
    assert "none. It comes close to table: it holds several tables (train.csv, val.csv)" in message
    assert message.index("table: ") < message.index("pairs: no picture in it has a text file")
    assert "Mend what is missing for one of them." in message
    assert "entities" not in message
    assert "karpathy" not in message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "Flickr_8k.trainImages.txt",
            "a.jpg\n",
            "flickr8k: no Flickr8k.token.txt or .* beside Flickr_8k.trainImages.txt",
        ),
        (
            "Sentences/1.txt",
            "[/EN#1/people A man]\n",
            "flickr30k-entities: no folder Annotations beside the folder Sent",
        ),
        (
            "people.json",
            '[{"file_path": "a", "captions": [], "id": 1}]',
            "cuhk-pedes: .*people.json has its keys: rename",
        ),
        ("d.json", '{"images": [{"filename": "a", "split": "train"}]}', 'karpathy: d.json has no "sentences" at its'),
        (
            "i.json",
            '{"images": [{"file_name": "a"}], "annotations": [{"image_id": 1}]}',
            'captions: i.json has no "caption"',
        ),
        ("metadata.csv", "file_name,label\na.jpg,dog\n", "imagefolder: metadata.csv: a column must name the sentence"),
        ("train.parquet", "PAR1 or not", "table: train.parquet: must be a Parquet file"),
    ],
)
def test_what_a_near_miss_lacks_is_said(draw, write, name, text, message):
    folder = draw()
    write(name, text)
    assert re.search(f"comes close to .*{message}", near_miss(folder))


def test_a_file_that_is_nearly_something_is_answered_alike(write):
    assert "table: prices.csv: a column must name the image" in near_miss(write("prices.csv", "product,price\n1,2\n"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["letter.docx", "letter.pdf", "old.pdf"], "found a folder with 2 .pdf files, 1 .docx files, which looks like"),
        ([], "found a folder with nothing in it, which looks like none"),
        (["notes.txt"], "found a folder with 1 .txt files, which looks like none"),
        (["package.json"], "found a folder with 1 .json files, which looks like none"),
    ],
)
def test_data_that_is_like_no_format_is_described(tmp_path, write, names, message):
    for name in names:
        write(name, '{"name": "Words, and more."}\n')
    assert message in near_miss(tmp_path)
    assert ", ".join(READERS) in near_miss(tmp_path)


def test_a_subfolder_that_fits_is_pointed_at(draw, write):
    draw("archive/images/a.jpg")
    write("archive/captions.csv", TABLE)
    message = near_miss(draw())
    assert "none in the folder itself, but one in archive (table). Name that folder as the data." in message


def test_recognizing_opens_no_more_than_the_ends_of_a_file(draw, write):
    folder = draw()
    with (folder / "big.json").open("wb") as file:
        file.write(b'{"images": [')
        file.truncate(1 << 38)  # a hole of 256 GiB: whoever reads it does not come back
    assert "a folder with 1 .json files" in near_miss(folder)


def test_pictures_alone_can_be_indexed_and_not_trained_on(draw):
    with pytest.raises(PicturesAlone, match=r"found 2 pictures, for example a.jpg, and no sentences.*twobranch index"):
        read_corpus(draw("a.jpg", "deep/er/b.jpg", ".hidden/c.jpg"))


def test_a_note_beside_pictures_does_not_hide_that_they_are_alone(draw, write):
    folder = draw("a.jpg", "b.jpg", "c.jpg")
    write("LICENSE.txt", "Do as you like.\n")
    with pytest.raises(PicturesAlone):
        read_corpus(folder)
    write("prices.csv", "product,price\na.jpg,1\n")
    assert "table: prices.csv: a column must name the image" in near_miss(folder)


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
