"""Tars of samples: what is read, what is left out and said, what stops the reading."""

import json

import pytest
from tests.corpus.container_files import picture, samples, write_tar

from twobranch.corpus import read_corpus
from twobranch.corpus.contents import content
from twobranch.errors import TwobranchError


def test_one_tar_of_pictures_and_texts(tmp_path):
    path = write_tar(
        tmp_path / "00000.tar", {**samples(12), "000000013.png": picture(13, "PNG"), "000000013.txt": b"B"}
    )
    corpus = read_corpus(path)
    assert corpus.image_ids == ["00000.tar/000000012.jpg", "00000.tar/000000013.png"]
    assert corpus.sentence_texts == ["Picture 12.", "B"]
    assert [content(file) for file in corpus.image_paths] == [picture(12), picture(13, "PNG")]
    assert corpus.images.column("bytes").to_pylist() == [len(picture(12)), len(picture(13, "PNG"))]
    assert "1 tar of samples, from 00000.tar, read in place" in corpus.notes


def test_nothing_is_unpacked(tmp_path):
    read_corpus(write_tar(tmp_path / "00000.tar", samples(*range(5))))
    assert [file.name for file in tmp_path.rglob("*")] == ["00000.tar"]


def test_a_text_has_a_sentence_a_line(tmp_path):
    text = "\ufeffA dog.\r\nTwo dogs.  \r\n\n".encode()
    path = write_tar(tmp_path / "0.tar", {"1.jpg": picture(), "1.txt": text})
    assert read_corpus(path).sentence_texts == ["A dog.", "Two dogs."]


@pytest.mark.parametrize(
    ("document", "sentences"),
    [
        ({"caption": "A dog."}, ["A dog."]),
        ({"captions": ["A dog.", "Two."], "cocoid": 5}, ["A dog.", "Two."]),
        ({"text": "A dog."}, ["A dog."]),
        (["A dog.", "Two."], ["A dog.", "Two."]),
        ("A dog.", ["A dog."]),
    ],
)
def test_sentences_in_json(tmp_path, document, sentences):
    path = write_tar(tmp_path / "0.tar", {"1.jpg": picture(), "1.json": json.dumps(document).encode()})
    assert read_corpus(path).sentence_texts == sentences


DOWNLOAD = {"url": "http://x/1.jpg", "key": "000000001", "status": "success", "error_message": None, "exif": "{}"}


def test_what_img2dataset_writes(tmp_path):
    for shard in range(2):
        members = samples(shard * 2, shard * 2 + 1, caption="Unused.", width=640, **DOWNLOAD)
        failed = json.dumps({**DOWNLOAD, "status": "failed_to_download"}).encode()
        members |= {f"9{shard}.jpg": picture(), f"9{shard}.txt": b"A.", f"9{shard}.json": failed}
        write_tar(tmp_path / f"{shard:05d}.tar", members)
        (tmp_path / f"{shard:05d}.parquet").write_bytes(b"not read")
        (tmp_path / f"{shard:05d}_stats.json").write_text("{}")
    corpus = read_corpus(tmp_path)
    assert corpus.sentence_texts == [f"Picture {number}." for number in range(4)]
    assert corpus.metadata_columns == ["width", "url", "key", "status"]
    assert "left out: 2 samples whose status is not success, for example 00000.tar/90" in corpus.notes
    assert "not read: 2 tables and 2 statistics that img2dataset wrote beside its tars" in corpus.notes


def test_a_status_of_somebody_elses_is_metadata(tmp_path):
    corpus = read_corpus(write_tar(tmp_path / "0.tar", samples(1, 2, status="draft")))
    assert corpus.images.column("status").to_pylist() == ["draft", "draft"]


def test_splits_from_names_of_tars_and_folders(tmp_path):
    write_tar(tmp_path / "train" / "00000.tar", samples(1, 2))
    write_tar(tmp_path / "train" / "00001.tar", samples(3))
    write_tar(tmp_path / "coco-dev-000.tar", samples(4))
    write_tar(tmp_path / "more" / "5.tar", samples(5, split="test"))
    write_tar(tmp_path / "more" / "6.tar", samples(6))
    corpus = read_corpus(tmp_path)
    splits = dict(zip(corpus.image_ids, corpus.images.column("split").to_pylist(), strict=True))
    assert splits == {
        "coco-dev-000.tar/000000004.jpg": "val",
        "more/5.tar/000000005.jpg": "test",
        "more/6.tar/000000006.jpg": None,
        "train/00000.tar/000000001.jpg": "train",
        "train/00000.tar/000000002.jpg": "train",
        "train/00001.tar/000000003.jpg": "train",
    }


def test_keys_of_the_json_can_be_named(tmp_path):
    path = write_tar(tmp_path / "0.tar", samples(1, title="A title.", maker="me"))
    corpus = read_corpus(path, columns={"sentence": "title", "group": "maker"})
    assert corpus.sentence_texts == ["A title."]
    assert corpus.images.column("group").to_pylist() == ["me"]
    with pytest.raises(TwobranchError, match=r"sentence=nothing: must be a column of 0.tar"):
        read_corpus(path, columns={"sentence": "nothing"})


def test_samples_that_lack_something_are_left_out_and_said(tmp_path):
    members = {**samples(1), "2.jpg": picture(2), "3.txt": b"No picture.", "4.jpg": picture(4), "4.cls": b"7"}
    corpus = read_corpus(write_tar(tmp_path / "0.tar", members))
    assert corpus.image_ids == ["0.tar/000000001.jpg"]
    assert "left out: 1 sample without a picture, for example 0.tar/3" in corpus.notes
    assert "left out: 2 samples without a sentence, for example 0.tar/2" in corpus.notes


def test_the_name_of_a_sample_ends_at_the_first_dot_of_its_base_name(tmp_path):
    members = {"v1.0/a.jpg": picture(), "v1.0/a.txt": b"A.", "v1.0/a.seg.png": picture(1, "PNG"), ".hidden.jpg": b""}
    corpus = read_corpus(write_tar(tmp_path / "0.tar", members))
    assert corpus.image_ids == ["0.tar/v1.0/a.jpg"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"2.jpg": b"", "2.PNG": b"", "2.txt": b"A."}, r"0.tar/2: a sample has one picture, but found 2.jpg and 2.PNG"),
        ({"2.jpg": b"", "2.json": b"{"}, r"0.tar/2.json: must be JSON, but found Expecting"),
        ({"2.jpg": b"", "2.json": b'{"caption": NaN}'}, r"0.tar/2.json: must be JSON, but found NaN"),
        ({"2.jpg": b"", "2.json": b"7"}, r"0.tar/2.json: must be a JSON object or a list of sentences, but found 7"),
        ({"2.jpg": b"", "2.json": b'{"caption": 7}'}, r"0.tar/2, column '\(sentences\)': a sentence is text"),
        ({"2.jpg": b"", "2.txt": b"A.\n\nB."}, r"0.tar/2.txt, row 2: a sentence has at least one word"),
        ({"2.jpg": b"", "2.txt": b""}, r"0.tar/2.txt, row 1: a sentence has at least one word"),
        ({"2.jpg": b"", "2.txt": b"\xff\xfeA"}, r"0.tar/2.txt: text is in UTF-8"),
        ({"../2.jpg": b""}, r"0.tar, member '../2.jpg': the name of a member is a path inside the tar"),
    ],
)
def test_broken_samples_stop_the_reading_or_are_listed(tmp_path, members, message):
    path = write_tar(tmp_path / "0.tar", {**samples(1), **members})
    with pytest.raises(TwobranchError, match=message):
        read_corpus(path)
    corpus = read_corpus(path, skip_bad_rows=True)
    assert corpus.image_ids == ["0.tar/000000001.jpg"]
    assert len(corpus.problems) == 1


def test_a_truncated_tar_stops_the_reading_or_gives_what_is_whole(tmp_path):
    path = write_tar(tmp_path / "0.tar", samples(*range(10)))
    path.write_bytes(path.read_bytes()[: 5 * 2560 + 700])
    with pytest.raises(TwobranchError, match=r"0.tar, byte 1[23],\d+: a tar is whole.* Copy the tar again"):
        read_corpus(path)
    corpus = read_corpus(path, skip_bad_rows=True)
    assert corpus.sentence_texts == [f"Picture {number}." for number in range(5)]
    assert len(corpus.problems) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tar.gz", b"\x1f\x8b" * 100, "webdataset: it is compressed"),
        ("a.tar", b"\x1f\x8b" * 500, "webdataset: .*a.tar: a tar must not be compressed, but found gzip"),
        ("a.tar", b"nothing" * 500, "webdataset: .*a.tar: must be a tar file"),
        ("a.txt", b"nothing", "found a .txt file, which looks like none"),
    ],
)
def test_what_is_no_tar_is_said(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TwobranchError, match=message):
        read_corpus(tmp_path / name)


def test_a_tar_of_pictures_alone_is_no_corpus(tmp_path):
    path = write_tar(tmp_path / "0.tar", {"1.jpg": picture()})
    with pytest.raises(TwobranchError, match=r"no picture in 0.tar has a .txt or .json of the same name beside it"):
        read_corpus(path)


def test_a_table_may_name_pictures_in_a_tar(tmp_path):
    write_tar(tmp_path / "photos.tar", {"a.jpg": picture(1), "x/b.jpg": picture(2)})
    table = tmp_path / "captions.csv"
    table.write_text("image,caption\na.jpg,A dog.\nx/b.jpg,A cat.\n")
    corpus = read_corpus(table, images=tmp_path / "photos.tar")
    assert corpus.image_ids == ["a.jpg", "x/b.jpg"]
    assert [content(path) for path in corpus.image_paths] == [picture(1), picture(2)]
    table.write_text("image,caption\nphotos.tar/a.jpg,A dog.\nphotos.tar/../captions.csv,No.\nphotos.tar/no.jpg,No.\n")
    assert read_corpus(table).images.column("bytes").to_pylist() == [len(picture(1)), table.stat().st_size, -1]
    table.write_text("image,caption\nphotos.tar/a.jpg,A dog.\nphotos.tar/../../secret.jpg,No.\n")
    with pytest.raises(TwobranchError, match="stays inside the images folder"):
        read_corpus(table)
