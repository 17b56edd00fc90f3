import random

import pytest

from twobranch.corpus.builder import build_corpus
from twobranch.corpus.reading import BadRows, Reading
from twobranch.corpus.records import ImageRecord, PhraseRecord
from twobranch.errors import TwobranchError


def record(image, *sentences, row=1, **fields):
    return ImageRecord(image, sentences or ("A dog.",), f"captions.csv, row {row}", **fields)


def build(folder, *records, skip=False):
    return build_corpus(Reading(list(records), folder, BadRows(skip)), "captions.csv")


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (record("a.jpg", " "), "at least one word, but found ' '"),
        (record("a.jpg", "A dog.", ""), "sentence 1: a sentence has at least one word"),
        (record(""), "names an image"),
        (record("../a.jpg"), "stays inside the images folder"),
        (record("x/../../a.jpg"), "stays inside the images folder"),
        (record("..\\a.jpg"), "stays inside the images folder"),
        (record("https://example.org/a.jpg"), "a file, not an address"),
        (record("a.jpg", phrases=(PhraseRecord(0, 2, 7),)), "phrase 0.*<= 6, but found start 2, end 7"),
        (record("a.jpg", phrases=(PhraseRecord(0, 3, 3),)), "start < end"),
        (record("a.jpg", phrases=(PhraseRecord(1, 0, 3),)), "one of the row's sentences, 0 to 0, but found 1"),
        (record("a.jpg", phrases=(PhraseRecord(0, 0, 3, ((5, 0, 5, 9),)),)), r"box 0.*x0 < x1.*\[5, 0, 5, 9\]"),
        (record("a.jpg", phrases=(PhraseRecord(0, 0, 3, ((0, 0, float("nan"), 9),)),)), "box 0"),
    ],
)
def test_a_record_that_breaks_a_rule_is_named_or_skipped(draw, bad, rule):
    folder = draw("a.jpg", "b.jpg")
    with pytest.raises(TwobranchError, match=f"captions.csv, row 1.*{rule}.*--skip-bad-rows"):
        build(folder, bad, record("b.jpg"))
    corpus = build(folder, bad, record("b.jpg"), skip=True)
    assert corpus.image_ids == ["b.jpg"]
    assert len(corpus.problems) == 1
    assert corpus.problems[0].startswith("captions.csv, row 1")


def test_one_image_in_two_splits_is_refused(draw):
    rows = record("a.jpg", split="train"), record("a.jpg", row=2, split="val")
    with pytest.raises(TwobranchError, match=r"row 2: all rows of an image name one split.*in captions.csv, row 1"):
        build(draw("a.jpg"), *rows)
    assert build(draw("a.jpg"), *rows, skip=True).sentences.num_rows == 1


def test_one_group_in_two_splits_is_refused(draw):
    rows = record("a.jpg", split="train", group="g"), record("b.jpg", row=2, split="test", group="g")
    with pytest.raises(TwobranchError, match=r"row 2: all images of a group are in one split \(group 'g'\)"):
        build(draw("a.jpg", "b.jpg"), *rows)
    assert build(draw("a.jpg", "b.jpg"), *rows, skip=True).image_ids == ["a.jpg"]


def test_one_image_in_two_groups_is_refused(draw):
    with pytest.raises(TwobranchError, match="row 2: all rows of an image name one group"):
        build(draw("a.jpg"), record("a.jpg", group="g"), record("a.jpg", row=2, group="h"))


def test_a_refused_row_leaves_nothing_behind(draw):
    bad = record("a.jpg", "A lost sentence.", row=2, split="val", group="other", metadata={"year": 1})
    corpus = build(draw("a.jpg"), record("a.jpg", split="train"), bad, skip=True)
    assert corpus.sentence_texts == ["A dog."]
    assert corpus.metadata_columns == []


def test_one_path_written_in_several_ways_is_one_image(draw):
    folder = draw("x/a.jpg")
    written = ["x/a.jpg", "./x/a.jpg", "x\\a.jpg", "y/../x/a.jpg", str(folder / "x" / "a.jpg")]
    assert build(folder, *map(record, written)).image_ids == ["x/a.jpg"]


def test_an_absolute_path_outside_is_its_own_id(draw):
    folder = draw("in/a.jpg", "out/b.jpg")
    corpus = build(folder / "in", record("a.jpg"), record(str(folder / "out" / "b.jpg")))
    assert corpus.image_ids == ["a.jpg", (folder / "out" / "b.jpg").as_posix()]
    assert min(corpus.images.column("bytes").to_pylist()) > 0


def test_splits_made_here_are_by_group_never_by_row(draw):
    folder = draw("p0.jpg")
    records = [record(f"p{n}.jpg", row=n, group=f"g{n % 40}") for n in range(200)]
    random.Random(0).shuffle(records)
    corpus = build(folder, *records)
    pairs = set(zip(corpus.images.column("group").to_pylist(), corpus.images.column("split").to_pylist(), strict=True))
    assert len(pairs) == 40
    assert any("no split was given" in note for note in corpus.notes)
    again = build(folder, *reversed(records))
    assert dict(zip(corpus.image_ids, corpus.images.column("split").to_pylist(), strict=True)) == dict(
        zip(again.image_ids, again.images.column("split").to_pylist(), strict=True)
    )


def test_a_given_split_is_never_completed(draw):
    corpus = build(draw("a.jpg"), record("a.jpg", split="train"), record("b.jpg"))
    assert corpus.images.column("split").to_pylist() == ["train", None]


def test_all_files_missing_is_an_error_that_names_the_option(tmp_path):
    with pytest.raises(TwobranchError, match=r"none of 1, for example not a.jpg.*--images"):
        build(tmp_path, record("a.jpg"))


def test_no_row_left_is_an_error(draw):
    with pytest.raises(TwobranchError, match=r"at least one image.*1 rows were left out"):
        build(draw("a.jpg"), record("a.jpg", ""), skip=True)


def test_metadata_is_typed_and_sentence_columns_are_left_out(draw):
    corpus = build(
        draw("a.jpg"),
        record("a.jpg", metadata={"year": 1999, "score": 1, "tag": "x", "number": 0, "ok": True, "id": 7, "mixed": 1}),
        record("a.jpg", metadata={"year": 1999, "number": 1}),
        record("b.jpg", metadata={"score": 2.5, "tag": "y", "ok": None, "mixed": "two"}),
    )
    types = {name: str(corpus.images.schema.field(name).type) for name in corpus.metadata_columns}
    assert types == {
        "year": "int64", "score": "double", "tag": "string", "ok": "bool", "id_": "int64", "mixed": "string",
    }  # fmt: skip
    assert corpus.images.column("year").to_pylist() == [1999, None]
    assert any("differ between rows of one image: columns number" in note for note in corpus.notes)
    assert any("'id' is kept as 'id_'" in note for note in corpus.notes)
