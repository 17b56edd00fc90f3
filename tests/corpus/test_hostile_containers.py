"""Damaged and malicious tars and Parquet files: a corpus comes out, or an error of the project, and nothing else.

Nothing is written, no picture comes from outside the file, and no reading takes long.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.corpus.container_files import picture, samples, write_parquet, write_tar

from twobranch.corpus import Corpus, read_corpus
from twobranch.corpus.contents import content, file_size
from twobranch.errors import TwobranchError

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def read_or_refuse(path: Path, **options: object) -> Corpus | None:
    """Read a corpus and all its pictures; whatever else than `TwobranchError` is raised fails the test."""
    before = sorted(os.listdir(path.parent))
    try:
        corpus = read_corpus(path, skip_bad_rows=True, **options)
    except TwobranchError:
        corpus = None
    for file in corpus.image_paths if corpus else []:
        assert file.startswith(f"{path}/")
        with contextlib.suppress(TwobranchError):
            assert len(content(file)) == file_size(file)
    assert sorted(os.listdir(path.parent)) == before
    return corpus


def damage(data: bytes, edits: list[tuple[int, bytes]], length: int | None) -> bytes:
    """Overwrite the bytes at some places, then cut off what is beyond `length`."""
    damaged = bytearray(data)
    for place, value in edits:
        damaged[place % len(data) : place % len(data) + len(value)] = value
    return bytes(damaged[:length])


def whole_tar() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        long = {"d" * 90 + "/" + "n" * 90 + ".jpg": picture(9), "d" * 90 + "/" + "n" * 90 + ".txt": b"Long."}
        return write_tar(Path(folder) / "a.tar", {**samples(1, 2, 3, caption="A."), **long}).read_bytes()


def whole_parquet() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        rows = [{"bytes": picture(number), "path": f"{number}.jpg"} for number in range(8)]
        return write_parquet(Path(folder) / "a.parquet", rows, text=["A dog."] * 8).read_bytes()


TAR, PARQUET = whole_tar(), whole_parquet()
EDITS = st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=24)), max_size=6)
LENGTH = st.none() | st.integers(0, len(TAR))


@quick
@given(EDITS, LENGTH)
def test_a_damaged_tar(edits, length):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.tar"
        path.write_bytes(damage(TAR, edits, length))
        read_or_refuse(path)


@quick
@given(st.integers(0, len(TAR) // 512 - 1), st.sampled_from(b"0123456789LKxgSDVMNX\0 "), st.binary(max_size=12))
def test_a_header_of_another_kind_with_a_right_sum(block, kind, size):
    """A checksum that fits lets any value through to what interprets it."""
    data = bytearray(TAR)
    header = data[block * 512 : (block + 1) * 512]
    header[156], header[124 : 124 + len(size)] = kind, size
    header[148:156] = b"%06o\0 " % tarfile.calc_chksums(bytes(header))[0]
    data[block * 512 : (block + 1) * 512] = header
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.tar"
        path.write_bytes(data)
        read_or_refuse(path)


@quick
@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.sampled_from(["", ".jpg", ".txt", ".json", ".PNG"]), st.binary(max_size=40)),
        max_size=12,
    )
)
@example(
    [("../x", ".jpg", b"1"), ("../x", ".txt", b"A."), ("/etc/passwd", ".jpg", b"2"), ("/etc/passwd", ".txt", b"B.")]
)
@example(
    [("a\nb", ".jpg", b"1"), ("a\nb", ".txt", b"A."), ("a\0b", ".jpg", b""), ("..", ".jpg", b""), ("", ".jpg", b"")]
)
@example([(" ", ".jpg", b"1"), (" ", ".txt", b"A."), ("c:\\x", ".jpg", b"2"), ("c:\\x", ".txt", b"B.")])
@example([("http://x/y", ".jpg", b"1"), ("http://x/y", ".txt", b"A."), ("~", ".jpg", b""), ("~", ".json", b'"B."')])
def test_members_of_any_name_and_content(members):
    with tempfile.TemporaryDirectory() as folder:
        found = [(name + ending, data) for name, ending, data in members]
        path = write_tar(Path(folder) / "a.tar", [(name, data) for name, data in found if "\0" not in name])
        corpus = read_or_refuse(path)
        assert (
            {content(file) for file in corpus.image_paths if file_size(file) >= 0} <= {data for _, data in found}
            if corpus
            else True
        )


KEYS = ["caption", "captions", "text", "split", "group", "id", "path", "status", "url", "key", "phrases", "(picture)"]
VALUES = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5)


@quick
@given(VALUES | st.dictionaries(st.sampled_from(KEYS) | st.text(), VALUES | st.dictionaries(st.text(), VALUES)))
def test_json_of_any_kind(document):
    with tempfile.TemporaryDirectory() as folder:
        members = {**samples(1), "2.jpg": picture(2), "2.json": json.dumps(document).encode()}
        corpus = read_or_refuse(write_tar(Path(folder) / "a.tar", members))
        assert corpus is not None
        assert "a.tar/000000001.jpg" in corpus.image_ids


@quick
@given(EDITS, st.none() | st.integers(0, len(PARQUET)))
def test_a_damaged_parquet_file(edits, length):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        path.write_bytes(damage(PARQUET, edits, length))
        read_or_refuse(path)


@quick
@given(st.text(max_size=60))
def test_any_path_below_a_container(member):
    with tempfile.TemporaryDirectory() as folder:
        paths = [write_tar(Path(folder) / "a.tar", samples(1))]
        paths.append(write_parquet(Path(folder) / "b.parquet", [{"bytes": b"x"}], text=["A."]))
        for path in paths:
            if file_size(f"{path}/{member}") < 0:
                with pytest.raises(TwobranchError):
                    content(f"{path}/{member}")


def test_a_tar_that_claims_to_be_endless_is_read_at_once(tmp_path):
    header = tarfile.TarInfo("1.jpg")
    header.size = 8**11 - 1
    (tmp_path / "a.tar").write_bytes(header.tobuf() + b"x" * 512)
    assert read_or_refuse(tmp_path / "a.tar") is None


def test_a_tar_in_a_tar_is_a_member_and_no_more(tmp_path):
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("1.jpg"))
    path = write_tar(tmp_path / "a.tar", {**samples(1), "b.tar": inner.getvalue()})
    assert file_size(f"{path}/b.tar/1.jpg") == -1
    assert read_or_refuse(path).image_ids == ["a.tar/000000001.jpg"]
