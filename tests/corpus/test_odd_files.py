"""Annotations as editors, spreadsheets and strangers leave them: read as they are meant, or one line that helps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.corpus.entities_files import write_entities

from twobranch.corpus import read_corpus
from twobranch.corpus.doctor import diagnose
from twobranch.corpus.lines import read_lines
from twobranch.corpus.read import read_options
from twobranch.corpus.reading import BadRows
from twobranch.errors import TwobranchError

TABLE = 'image,caption\na.jpg,Ein Café für "Ägypter" 🐶.\nb.jpg,猫。\n'
SENTENCES = ['Ein Café für "Ägypter" 🐶.', "猫。"]


@pytest.fixture
def pictures(draw):
    return draw("a.jpg", "b.jpg")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("name", ["captions.csv", "captions.tsv", "Flickr8k.token.txt", "rows.jsonl"])
def test_files_with_a_byte_order_mark_are_read(pictures, encoding, name):
    text = {
        "captions.csv": TABLE.replace("\n", "\r\n"),
        "captions.tsv": TABLE.replace(",", "\t"),
        "Flickr8k.token.txt": "".join(f"{image}.jpg#0\t{s}\n" for image, s in zip("ab", SENTENCES, strict=True)),
        "rows.jsonl": '{"image": "a.jpg", "text": "Ein Café für \\"Ägypter\\" 🐶."}\n'
        '{"image": "b.jpg", "text": "猫。"}\n',
    }[name]
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (pictures / name).write_bytes((mark + text).encode(encoding))
    assert read_corpus(pictures / name).sentence_texts == SENTENCES


@pytest.mark.parametrize(
    ("content", "row", "found"),
    [
        (TABLE.encode("utf-16-le"), 1, "a byte 0, as UTF-16 has"),
        (TABLE.replace("猫。", "x").replace(" 🐶", "").encode("latin-1"), 2, r"the bytes b'\xe9' after 13 good ones"),
        (TABLE.encode("utf-16")[:-1], 3, r"the bytes b'\xff' after 12 good ones"),
        ("\ufeffimage,caption\na.jpg,\ud83d\n".encode("utf-16-le", "surrogatepass"), 2, r"b'\xed'"),
    ],
    ids=["utf-16 without a mark", "latin-1", "half of the last character", "half of a pair"],
)
def test_text_in_another_encoding_is_refused_with_the_way_to_convert_it(pictures, content, row, found):
    (pictures / "captions.csv").write_bytes(content)
    with pytest.raises(TwobranchError) as caught:
        list(read_lines(pictures / "captions.csv", BadRows(skip=False)))
    assert str(caught.value).startswith(f"captions.csv, row {row}: text is in UTF-8, but found ")
    assert found in str(caught.value)
    assert "iconv -f LATIN1 -t UTF-8" in str(caught.value)


def test_line_ends_of_old_macintosh_files_are_named(pictures):
    (pictures / "captions.csv").write_bytes(TABLE.replace("\n", "\r").encode())
    with pytest.raises(TwobranchError, match=r"a line ends with a line feed.*Save the file with the line ends of Unix"):
        read_corpus(pictures / "captions.csv")


def test_a_caption_of_ten_megabytes_is_read_and_reported(pictures):
    long = "many words " * 950_000
    (pictures / "captions.csv").write_text(f'image,caption\na.jpg,"{long}"\nb.jpg,{long}\n')
    diagnosis = diagnose(pictures / "captions.csv", read_options(None, None, None, False))
    assert diagnosis.corpus is not None
    assert [len(text) for text in diagnosis.corpus.sentence_texts] == [len(long) - 1] * 2
    assert "long-sentences" in {finding.code for finding in diagnosis.findings}


ODD_NAMES = (
    "a b.jpg",
    "two\nlines.jpg",
    "tab\tname.jpg",
    "猫 🐶.jpg",
    "'quotes\".jpg",
    "\x1b[31mred.jpg",
    "-rf.jpg",
    "#0.jpg",
)


def test_pictures_of_odd_names_are_read(draw, tmp_path):
    folder = draw(*ODD_NAMES)
    rows = "".join('"{}",A dog.\n'.format(name.replace('"', '""')) for name in ODD_NAMES)
    (folder / "captions.csv").write_text(f"image,caption\n{rows}", encoding="utf-8", newline="")
    corpus = read_corpus(folder / "captions.csv")
    assert corpus.image_ids == list(ODD_NAMES)
    assert not corpus.existing()[1]
    for name in ODD_NAMES:
        (folder / name).with_suffix(".txt").write_text("A cat.")
    assert set(read_corpus(folder, format="pairs").image_ids) == set(ODD_NAMES)


def test_a_message_is_one_line_that_can_be_printed(tmp_path):
    name = "caf\udce9\n\x1b[31m.csv"
    with pytest.raises(TwobranchError) as caught:
        read_corpus(tmp_path / name)
    assert str(caught.value).endswith(r"caf\udce9\n\x1b[31m.csv: the data must exist. Check the path.")
    done = subprocess.run(
        [sys.executable, "-c", "from twobranch.cli.main import main; main()", "check", os.fsencode(name)],
        capture_output=True,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        r"error: caf\udce9\n\x1b[31m.csv: the data must exist. Check the path."
    ]


def test_notes_name_files_in_one_line(draw, write):
    folder = draw("1.jpg", "no\ntext.jpg")
    write("1.txt", "A dog.")
    (folder / "caf\udce9.jpg").write_bytes((folder / "1.jpg").read_bytes())
    (note,) = (note for note in read_corpus(folder).notes if "with no .txt file" in note)
    assert note.encode().splitlines() == [note.encode()]


def test_a_loop_of_links_is_walked_once(draw, write):
    folder = draw("train/1.jpg", "elsewhere/2.jpg")
    write("train/1.txt", "A dog.")
    write("elsewhere/2.txt", "A cat.")
    (folder / "train" / "up").symlink_to(folder)
    (folder / "train" / "self").symlink_to(folder / "train")
    (folder / "val").symlink_to(folder / "elsewhere")
    (folder / "broken").symlink_to(folder / "broken")
    corpus = read_corpus(folder)
    assert sorted(corpus.sentence_texts) == ["A cat.", "A dog."]
    assert corpus.images.num_rows == 2


@pytest.mark.parametrize("name", ["captions.csv", "rows.parquet", "Flickr8k.token.txt", "a.txt"])
def test_a_pipe_is_not_waited_for(draw, name):
    folder = draw("a.jpg")
    os.mkfifo(folder / name)
    with pytest.raises(
        TwobranchError,
        match="must be a file of text"
        if name == "a.txt"
        else "a known format must fit|a corpus has images and sentences",
    ):
        read_corpus(folder)
    with pytest.raises(TwobranchError, match="the data is a file or a folder"):
        read_corpus(folder / name)


@pytest.fixture
def locked(monkeypatch):
    """Files and folders that the system does not let be read; permissions do not bind the user root."""
    names = set()

    def lock(path: Path) -> None:
        names.add(path.name)

    def refusing(call):
        def guarded(path, *args, **kwargs):
            if Path(os.fspath(path)).name in names:
                raise PermissionError(13, "Permission denied", os.fspath(path))
            return call(path, *args, **kwargs)

        return guarded

    monkeypatch.setattr("io.open", refusing(open))
    monkeypatch.setattr("os.scandir", refusing(os.scandir))
    monkeypatch.setattr("os.listdir", refusing(os.listdir))
    return lock


@pytest.mark.parametrize("name", ["captions.csv", "rows.jsonl", "Flickr8k.token.txt"])
def test_an_unreadable_file_is_named(pictures, write, locked, name):
    path = write(name, TABLE)
    locked(path)
    with pytest.raises(TwobranchError, match=rf"{name}.*must be readable.*Permission denied.*Check its permissions"):
        read_corpus(path)


def test_an_unreadable_folder_is_no_empty_one(draw, write, locked):
    folder = draw("1.jpg", "closed/2.jpg")
    write("1.txt", "A dog.")
    write("closed/2.txt", "A cat.")
    locked(folder / "closed")
    with pytest.raises(TwobranchError, match=r"closed: must be readable, but found Permission denied"):
        read_corpus(folder)


def test_entities_of_xml_do_not_unfold_without_end(draw):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><annotation><object>&l9;</object></annotation>'
    )
    folder = write_entities(draw("images/7.jpg"), {"7": ("[/EN#1/people A man] .\n", bomb)})
    with pytest.raises(TwobranchError, match=r"7\.xml, row 1.*must be XML.*amplification"):
        read_corpus(folder)


def test_files_outside_are_not_named_by_xml(draw, tmp_path):
    (tmp_path / "secret").write_text("1")
    outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><annotation><object><name>&x;</name></object></annotation>'
    folder = write_entities(draw("images/7.jpg"), {"7": ("[/EN#1/people A man] .\n", outside)})
    with pytest.raises(TwobranchError, match="undefined entity"):
        read_corpus(folder)


@pytest.mark.parametrize("digits", [400, 5000])
@pytest.mark.parametrize("key", ["year", "boxes", "start"])
def test_numbers_of_many_digits(pictures, write, digits, key):
    number = "9" * digits
    phrase = {"boxes": f'"start": 0, "end": 5, "boxes": [[0, 0, {number}, 9]]', "start": f'"start": {number}, "end": 5'}
    more = f'"year": {number}' if key == "year" else f'"phrases": [{{"sentence": 0, {phrase[key]}}}]'
    path = write(
        "rows.jsonl", f'{{"image": "a.jpg", "text": "A dog.", {more}}}\n{{"image": "b.jpg", "text": "x", "year": 1.5}}'
    )
    if (key, digits) == ("year", 400):
        assert read_corpus(path).images.column("year").to_pylist() == [number, "1.5"]
    else:
        with pytest.raises(TwobranchError, match=r"rows.jsonl, row 1"):
            read_corpus(path)
