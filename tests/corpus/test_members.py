"""Pictures inside other files: their paths, their bytes, and what a tar may say of itself."""

import gc
import hashlib
import io
import os
import tarfile
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from tests.corpus.container_files import picture, write_parquet, write_tar

from twobranch.corpus.containers import container_of, parquet
from twobranch.corpus.containers.latest import Latest, version_of
from twobranch.corpus.containers.tar_headers import Flaw, Member, scan
from twobranch.corpus.contents import content, file_size, open_content, version
from twobranch.errors import TwobranchError
from twobranch.features.decoding import decode_image, image_size
from twobranch.features.digests import image_digest


def test_a_member_of_a_tar_reads_like_a_file(tmp_path):
    data = picture(1)
    path = str(write_tar(tmp_path / "a.tar", {"x/1.jpg": data})) + "/x/1.jpg"
    assert content(path) == data
    assert file_size(path) == len(data)
    assert version(path).mtime_ns == os.stat(tmp_path / "a.tar").st_mtime_ns
    assert image_digest(path) == image_digest(data) == hashlib.sha256(data).digest()
    assert image_size(path) == decode_image(path).size == (32, 24)


def test_a_folder_called_like_a_tar_stays_a_folder(tmp_path):
    (tmp_path / "photos.tar").mkdir()
    (tmp_path / "photos.tar" / "1.jpg").write_bytes(picture())
    path = str(tmp_path / "photos.tar" / "1.jpg")
    assert container_of(path) is None
    assert content(path) == picture()


def test_a_tar_in_a_folder_called_like_one(tmp_path):
    path = write_tar(tmp_path / "shards.tar" / "0.TAR", {"1.jpg": b"one"})
    assert content(f"{path}/1.jpg") == b"one"


def test_a_member_that_is_not_there_is_named(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"1.jpg": b"one"})
    with pytest.raises(TwobranchError, match=r"a.tar/2.jpg: a picture must be a member of .*a.tar"):
        content(f"{path}/2.jpg")
    assert file_size(f"{path}/2.jpg") == -1
    assert version(f"{path}/2.jpg") is None
    for name in ("../a.tar", "", "1.jpg/", "/1.jpg", "./1.jpg"):
        assert file_size(f"{path}/{name}") == -1


def test_a_missing_file_and_an_impossible_name_are_errors_of_the_project(tmp_path):
    for path in (str(tmp_path / "no.jpg"), str(tmp_path), "a\0b.jpg", str(tmp_path / "no.tar" / "1.jpg")):
        with pytest.raises(TwobranchError, match="must be a readable file"):
            content(path)
        assert file_size(path) == -1


def test_an_error_while_a_file_is_open_is_one_of_the_project(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"data")
    with (
        pytest.raises(TwobranchError, match=r"a.jpg: .* but found Input/output error"),
        open_content(tmp_path / "a.jpg"),
    ):
        raise OSError(5, "Input/output error")


def test_a_tar_that_is_written_anew_is_indexed_anew(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"1.jpg": b"one"})
    assert content(f"{path}/1.jpg") == b"one"
    write_tar(path, {"0.jpg": b"x" * 5000, "1.jpg": b"uno, again"})
    assert content(f"{path}/1.jpg") == b"uno, again"


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_of_every_dialect_are_read(tmp_path, format):
    long = "/".join(["folder" * 6] * 3) + "/" + "n" * 80 + ".jpg"  # 191 characters: ustar splits it in two
    names = [long, "plain.jpg"] + ([] if format == tarfile.USTAR_FORMAT else ["ü" * 120 + ".jpg", "new\nline.jpg"])
    path = write_tar(tmp_path / "a.tar", {name: name.encode() for name in names}, format)
    found = list(scan(str(path)))
    assert [member.name for member in found] == names
    assert [content(f"{path}/{name}") for name in names] == [name.encode() for name in names]


def test_names_are_written_as_paths_are(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"./1.jpg": b"1", "/abs/2.jpg": b"2", "x//y/./3.jpg": b"3", "w\\4.jpg": b"4"})
    assert [member.name for member in scan(str(path))] == ["1.jpg", "abs/2.jpg", "x/y/3.jpg", "w/4.jpg"]
    assert content(f"{path}/abs/2.jpg") == b"2"


def test_names_that_lead_out_are_flaws(tmp_path):
    names = ["../1.jpg", "a/../../2.jpg", "a\\..\\3.jpg", "..", "a\udcff.jpg"]
    path = write_tar(tmp_path / "a.tar", {name: b"x" for name in [*names, "ok.jpg"]})
    *flaws, good = scan(str(path))
    assert all(isinstance(flaw, Flaw) and "path inside the tar" in flaw.rule for flaw in flaws)
    assert len(flaws) == len(names)
    assert isinstance(good, Member)


def entry(name, kind, **fields):
    header = tarfile.TarInfo(name)
    header.type = kind
    for key, value in fields.items():
        setattr(header, key, value)
    return header.tobuf(tarfile.GNU_FORMAT)


END = bytes(1024)


def test_links_devices_and_sparse_members_are_flaws(tmp_path):
    heads = [
        entry("link.jpg", tarfile.SYMTYPE, linkname="/etc/passwd"),
        entry("hard.jpg", tarfile.LNKTYPE, linkname="a.jpg"),
        entry("device.jpg", tarfile.CHRTYPE),
        entry("pipe.jpg", tarfile.FIFOTYPE),
        entry("folder", tarfile.DIRTYPE),
    ]
    (tmp_path / "a.tar").write_bytes(b"".join(heads) + END)
    found = [flaw.found for flaw in scan(str(tmp_path / "a.tar"))]
    assert found == ["a symbolic link", "a hard link", "a device or something unknown", "a device or something unknown"]
    assert file_size(f"{tmp_path}/a.tar/link.jpg") == -1


def test_of_two_members_with_one_name_the_first_is_read(tmp_path):
    path = write_tar(tmp_path / "a.tar", [("1.jpg", b"one"), ("./1.jpg", b"two")])
    first, second = scan(str(path))
    assert isinstance(first, Member)
    assert second.found == "the same name again"
    assert content(f"{path}/1.jpg") == b"one"


def test_a_truncated_tar_gives_what_is_whole_and_says_where_it_ends(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"1.jpg": b"a" * 600, "2.jpg": b"b" * 600})
    whole = path.read_bytes()
    for kept in (512 + 1024 + 512 + 100, 512 + 1024 + 300, 512 + 1024 + 512 + 512):
        path.write_bytes(whole[:kept])
        found = list(scan(str(path)))
        assert [one.name for one in found if isinstance(one, Member)] == ["1.jpg"]
        assert "a tar is whole" in found[-1].rule
    path.write_bytes(whole[: 2 * 1536])  # the blocks of zeros at the end are not needed
    assert [one.name for one in scan(str(path))] == ["1.jpg", "2.jpg"]


def test_a_damaged_header_is_not_the_end_of_the_tar(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"1.jpg": b"a", "2.jpg": b"b"})
    data = bytearray(path.read_bytes())
    data[1024 + 3] ^= 255
    path.write_bytes(data)
    first, flaw = scan(str(path))
    assert isinstance(first, Member)
    assert flaw.where.endswith("a.tar, byte 1,024")


@pytest.mark.parametrize("size", [10**12, -512, -(2**40)])
def test_a_size_beyond_the_file_or_below_zero_ends_the_reading(tmp_path, size):
    (tmp_path / "a.tar").write_bytes(entry("1.jpg", tarfile.REGTYPE, size=size) + b"x" * 512 + END)
    (flaw,) = scan(str(tmp_path / "a.tar"))
    assert "a tar is whole" in flaw.rule


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
@pytest.mark.parametrize("size", [50_000_000, -600])
def test_a_header_as_large_as_the_tar_is_not_read(tmp_path, kind, size):
    with (tmp_path / "a.tar").open("wb") as file:
        file.write(entry("1.jpg", tarfile.REGTYPE) + entry("x", kind, size=size))
        file.truncate(60_000_000)
    first, flaw = scan(str(tmp_path / "a.tar"))
    assert isinstance(first, Member)
    assert "header of more than" in flaw.found


def test_a_header_that_takes_quadratic_time_is_not_read(tmp_path):
    digits = b"1" * 15_000
    (tmp_path / "a.tar").write_bytes(
        entry("1.jpg", tarfile.REGTYPE) + entry("x", tarfile.XHDTYPE, size=len(digits)) + digits.ljust(15_360, b"\0")
    )
    assert list(scan(str(tmp_path / "a.tar")))[-1].found == "a number of more than 255 digits"


def test_headers_in_headers_without_end(tmp_path):
    nested = entry("x", tarfile.GNUTYPE_LONGNAME, size=0)
    (tmp_path / "a.tar").write_bytes(entry("1.jpg", tarfile.REGTYPE) + nested * 5000 + END)
    assert len(list(scan(str(tmp_path / "a.tar")))) == 2


def test_zero_bytes_and_no_tar(tmp_path):
    (tmp_path / "empty.tar").write_bytes(b"")
    (tmp_path / "text.tar").write_bytes(b"no tar at all" * 100)
    for name in ("empty.tar", "text.tar"):
        with pytest.raises(TwobranchError, match="must be a tar file"):
            list(scan(str(tmp_path / name)))
    (tmp_path / "zeros.tar").write_bytes(bytes(10240))
    assert list(scan(str(tmp_path / "zeros.tar"))) == []


@pytest.mark.parametrize(("how", "mode"), [("gzip", "w:gz"), ("bzip2", "w:bz2"), ("xz", "w:xz")])
def test_a_compressed_tar_is_refused_with_the_way_out(tmp_path, how, mode):
    with tarfile.open(tmp_path / "a.tar", mode) as archive:
        archive.addfile(tarfile.TarInfo("1.jpg"), io.BytesIO())
    with pytest.raises(TwobranchError, match=rf"must not be compressed, but found {how}\. Unpack it"):
        list(scan(str(tmp_path / "a.tar")))


def test_a_zero_length_member_is_there_and_empty(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"1.jpg": b""})
    assert file_size(f"{path}/1.jpg") == 0
    with pytest.raises(TwobranchError, match="a picture has content, but found an empty file"):
        decode_image(f"{path}/1.jpg")


def test_a_member_larger_than_any_picture_is_not_read(tmp_path):
    with (tmp_path / "a.tar").open("wb") as file:
        file.write(entry("1.jpg", tarfile.REGTYPE, size=3 << 30))
        file.truncate(4 << 30)  # a file with a hole: no disk is filled
    with pytest.raises(TwobranchError, match="has at most 1,073,741,824 bytes, but found 3,221,225,472"):
        content(f"{tmp_path}/a.tar/1.jpg")


def test_many_threads_read_one_tar(tmp_path):
    members = {f"{number}.jpg": os.urandom(number) for number in range(300)}
    path = write_tar(tmp_path / "a.tar", members)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(content, [f"{path}/{name}" for name in members])) == list(members.values())


def test_no_handle_stays_open(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"1.jpg": b"x" * 5})
    content(f"{path}/1.jpg")
    next(scan(str(path)))
    gc.collect()
    assert str(path) not in [os.readlink(link) for link in links()]


def links():
    for link in os.scandir("/proc/self/fd"):
        if os.path.islink(link.path):
            yield link.path


@pytest.mark.parametrize("group", [1, 3, 100])
@pytest.mark.parametrize("type", [pa.binary(), pa.large_binary(), pa.binary_view(), None])
def test_rows_of_a_parquet_file_read_in_any_order(tmp_path, group, type):
    data = [os.urandom(number) if number % 7 else None for number in range(20)]
    if type is None:
        path = write_parquet(tmp_path / "a.parquet", [{"bytes": one} for one in data], group=group)
    else:
        path = write_parquet(tmp_path / "a.parquet", data, type, group=group)
    for number in [*range(20), *reversed(range(20)), 13, 2, 19, 2]:
        where = f"{path}/image/{number + 1}"
        assert file_size(where) == (-1 if data[number] is None else number)
        if data[number] is not None:
            assert content(where) == data[number]


def test_small_batches_are_forgotten_and_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "BATCH_BYTES", 300)
    monkeypatch.setattr(parquet, "KEPT_BATCHES", 2)
    data = [bytes([number]) * 100 for number in range(60)]
    path = write_parquet(tmp_path / "a.parquet", data, pa.binary(), group=50)
    for number in [0, 30, 59, 2, 49, 50, 1, *range(60)]:
        assert content(f"{path}/image/{number + 1}") == data[number]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(content, [f"{path}/image/{number + 1}" for number in range(60)])) == data


@pytest.mark.parametrize(
    "member", ["0", "21", "image/0", "image/21", "image/x", "image/-1", "image", "other/1", "text/1"]
)
def test_rows_that_are_not_there(tmp_path, member):
    path = write_parquet(tmp_path / "a.parquet", [b"x"] * 20, pa.binary(), text=["a"] * 20)
    assert file_size(f"{path}/{member}") == -1
    with pytest.raises(TwobranchError, match="must be a member of"):
        content(f"{path}/{member}")


def test_a_column_of_any_name_is_one_part_of_a_path(tmp_path):
    path = tmp_path / "a.parquet"
    names = ["a/b", "..", "x.y", "ü %"]
    pa.parquet.write_table(pa.table({name: pa.array([name.encode()]) for name in names}), path)
    for name in names:
        where = parquet.member(name, 1)
        assert where.count("/") == 1
        assert content(f"{path}/{where}") == name.encode()


def test_a_broken_parquet_file_is_named(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", [os.urandom(5000) for _ in range(9)], pa.binary())
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + bytes(20_000) + whole[25_000:])
    with pytest.raises(TwobranchError, match="must be a whole Parquet file"):
        content(f"{path}/image/4")
    with pytest.raises(TwobranchError, match="must be a whole Parquet file"):
        content(f"{path}/image/4")  # and again: a reading that failed is begun anew
    path.write_bytes(whole[:-100])
    with pytest.raises(TwobranchError, match="must be a whole Parquet file"):
        file_size(f"{path}/image/1")


def test_latest_keeps_the_last_and_computes_once(tmp_path):
    computed = []
    latest = Latest(lambda key: computed.append(key) or key, 2)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert latest.of(key) == key
    assert computed == ["a", "b", "c", "b"]
    assert version_of(str(tmp_path)) is None
