import numpy as np
import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError

TABLE = """image,caption,split,group,year
a.jpg,A red car.,train,1,1999
b.jpg,A  RED car.,train,1,2001
c.jpg,A dog.,dev,2,
a.jpg,Another car.,train,1,1999
d.jpg,A cat.,test,3,2003
"""


@pytest.fixture
def corpus(draw, write):
    draw("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    return read_corpus(write("captions.csv", TABLE))


def test_rows_of_one_image_are_merged(corpus):
    assert corpus.image_ids == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert corpus.sentences.column("id").to_pylist() == ["a.jpg#0", "a.jpg#1", "b.jpg#0", "c.jpg#0", "d.jpg#0"]
    assert corpus.sentence_images.tolist() == [0, 0, 1, 2, 3]
    assert corpus.sentence_images.dtype == np.int32


def test_group_codes_are_equal_exactly_where_groups_are(corpus):
    images, sentences = (table.column("group").to_pylist() for table in (corpus.images, corpus.sentences))
    expected = [[a == b for b in sentences] for a in images]
    assert (corpus.image_groups[:, None] == corpus.sentence_groups[None, :]).tolist() == expected
    assert corpus.image_groups.dtype == corpus.sentence_groups.dtype == np.int64


def test_text_codes_ignore_case_and_white_space(corpus):
    codes = dict(zip(corpus.sentence_texts, corpus.text_codes.tolist(), strict=True))
    assert codes["A red car."] == codes["A  RED car."]
    assert len(set(codes.values())) == len(codes) - 1


@pytest.mark.parametrize("name", ["val", "dev", "validation", "valid"])
def test_a_split_has_its_aliases(corpus, name):
    assert corpus.split_names == ["train", "val", "test"]
    assert corpus.split(name).image_ids == ["c.jpg"]


def test_all_is_every_split(corpus):
    assert corpus.split("all") is corpus


def test_an_unknown_split_names_the_splits(corpus):
    with pytest.raises(TwobranchError, match=r"split 'tets'.*\"test\".*train, val, test, all"):
        corpus.split("tets")


def test_selection_takes_images_in_the_given_order(corpus):
    part = corpus.select_images(np.array([3, 0]))
    assert part.image_ids == ["d.jpg", "a.jpg"]
    assert part.sentence_texts == ["A cat.", "A red car.", "Another car."]
    assert part.sentence_images.tolist() == [0, 1, 1]
    assert part.images.column("year").to_pylist() == [2003, 1999]


@pytest.mark.parametrize(
    ("rows", "rule"), [([0, 4], "0 to 3"), ([-1], "0 to 3"), ([1, 1], "once"), ([True, False], r"shape \(4,\)")]
)
def test_selection_refuses_rows_that_are_not_there(corpus, rows, rule):
    with pytest.raises(TwobranchError, match=rule):
        corpus.select_images(rows)


def test_an_empty_selection_is_an_empty_corpus(corpus):
    part = corpus.select_images([])
    assert (part.images.num_rows, part.sentences.num_rows, part.text_codes.size, part.image_groups.size) == (0, 0, 0, 0)
    assert part.split_names == []


def test_existing_drops_missing_images_with_their_sentences(corpus, draw, write):
    (draw() / "c.jpg").unlink()
    again = read_corpus(write("captions.csv", TABLE))
    assert again.images.column("bytes").to_pylist()[2] == -1
    present, missing = again.existing()
    assert missing == ["c.jpg"]
    assert present.image_ids == ["a.jpg", "b.jpg", "d.jpg"]
    assert "A dog." not in present.sentence_texts
    assert corpus.existing() == (corpus, [])


def test_phrases_and_regions_follow_their_image(draw, write):
    draw("a.jpg", "b.jpg")
    line = '{"image": "%s", "sentences": ["A cat.", "A %s."], "phrases": [%s]}\n'
    phrase = '{"sentence": %d, "start": 2, "end": 5, "boxes": [[0, 0, 4, %d]], "types": ["animals"]}'
    text = line % ("a.jpg", "dog", ", ".join([phrase % (1, 5), phrase % (0, 6)]))
    text += line % ("b.jpg", "cow", phrase % (1, 7))
    corpus = read_corpus(write("scenes.jsonl", text))
    assert corpus.phrases.column("text").to_pylist() == ["cat", "dog", "cow"]
    part = corpus.select_images([1, 0])
    assert part.phrases.column("text").to_pylist() == ["cow", "cat", "dog"]
    assert part.phrases.column("sentence").to_pylist() == [1, 2, 3]
    assert part.regions.select(["phrase", "image", "y1"]).to_pylist() == [
        {"phrase": 0, "image": 0, "y1": 7.0},
        {"phrase": 1, "image": 1, "y1": 6.0},
        {"phrase": 2, "image": 1, "y1": 5.0},
    ]


def test_the_summary_counts(corpus):
    assert corpus.summary().startswith("4 images, 5 sentences (train 2, val 1, test 1); fingerprint ")
