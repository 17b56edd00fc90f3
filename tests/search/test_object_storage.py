"""Pictures on object storage, and indexes there: built, read by several, taken over, refused."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus.container_files import picture, write_parquet, write_tar
from tests.search.fakes import FakeMatcher, paint
from tests.search.storage import ACCOUNT, storage_server, upload
from twobranch.corpus import contents, object_storage
from twobranch.errors import TwobranchError
from twobranch.search import Index, lease, place
from twobranch.search.lease import Lease
from twobranch.search.sources import find_images

PHOTOS, INDEX = "s3://pictures/photos", "s3://pictures/indexes/photos.index"


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setenv("TWOBRANCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(lease, "SETTLE_SECONDS", 0.01)
    monkeypatch.setattr(place, "SECONDS", 0.0)
    with storage_server(monkeypatch) as address:
        yield address


@pytest.fixture
def stored(photos: Path) -> Path:
    """The pictures of the folder, on object storage too."""
    upload(photos, PHOTOS)
    return photos


def contents_of(index: Index) -> list[tuple[str, str]]:
    rows = index.snapshot().rows
    return sorted(zip(rows["id"].to_pylist(), rows["sha256"].to_pylist(), strict=True))


def test_pictures_on_object_storage_are_indexed_like_a_folder(stored: Path, tmp_path: Path) -> None:
    there = Index.build(FakeMatcher(), PHOTOS + "/", tmp_path / "there")
    here = Index.build(FakeMatcher(), stored, tmp_path / "here")
    assert contents_of(there) == contents_of(here)
    hit = there.search("yellow", k=1).hits[0]
    assert (hit.id, hit.path) == ("sub/e.png", f"{PHOTOS}/sub/e.png")
    assert there.description.images == PHOTOS
    assert contents.content(hit.path) == (stored / "sub" / "e.png").read_bytes()


def test_an_index_follows_what_changes_there(stored: Path, tmp_path: Path) -> None:
    matcher = FakeMatcher()
    Index.build(matcher, PHOTOS, tmp_path / "i")
    matcher.encoded.clear()
    object_storage.write(f"{PHOTOS}/new.png", paint(tmp_path / "new.png", "black").read_bytes())
    object_storage.write(f"{PHOTOS}/moved.png", (stored / "b.png").read_bytes())
    object_storage.delete(f"{PHOTOS}/b.png")
    report = Index.build(matcher, PHOTOS, tmp_path / "i").report
    assert report is not None
    assert (report.added, report.moved, report.removed, report.unchanged) == (1, 1, 1, 4)
    assert len(matcher.encoded) == 1


def test_shards_and_damage(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    write_tar(folder / "0.tar", {"a.jpg": picture(1), "x/b.jpg": picture(2), "cut.jpg": picture(3)[:80]})
    write_parquet(folder / "1.parquet", [{"bytes": picture(n), "path": None} for n in (4, 5)])
    (folder / "2.tar").write_bytes(b"no tar" * 200)
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / ".hidden.png").write_bytes(b"no picture")
    upload(folder, PHOTOS)
    index = Index.build(FakeMatcher(), PHOTOS, tmp_path / "i")
    ids = [image_id for image_id, _ in contents_of(index)]
    assert ids == ["0.tar/a.jpg", "0.tar/x/b.jpg", "1.parquet/image/1", "1.parquet/image/2"]
    assert index.report is not None
    assert sorted(index.report.failures) == ["0.tar/cut.jpg", "2.tar", "broken.png"]
    assert contents.content(f"{PHOTOS}/1.parquet/image/2") == picture(5)
    assert list(find_images(f"{PHOTOS}/0.tar").images) == ["0.tar/a.jpg", "0.tar/x/b.jpg", "0.tar/cut.jpg"]


def test_one_tar_by_its_address(tmp_path: Path) -> None:
    upload(write_tar(tmp_path / "t" / "0.tar", {"a.jpg": picture(1)}).parent, PHOTOS)
    assert list(find_images(f"{PHOTOS}/0.tar").images) == ["0.tar/a.jpg"]


def test_an_index_on_object_storage(stored: Path, tmp_path: Path) -> None:
    built = Index.build(FakeMatcher(), stored, INDEX)
    assert contents_of(built) == contents_of(Index.build(FakeMatcher(), stored, tmp_path / "here"))
    assert object_storage.children(INDEX) == ["index.json", "matcher", "store"]
    opened = Index.open(INDEX)
    assert opened.path.name == "photos.index"
    assert opened.search("green", k=1).hits[0].id == "b.png"
    assert opened.search("green", k=5, where="id LIKE 'sub/%'").candidates == 1
    assert opened.thumbnail("b.png").startswith(b"\xff\xd8")
    again = Index.build(FakeMatcher(), stored, INDEX)
    assert again.report is not None
    assert again.report.unchanged == 5


def test_several_readers_see_an_update(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Index.build(FakeMatcher(), stored, INDEX)
    readers = [Index.open(INDEX, cache=tmp_path / name) for name in ("first", "second")]
    assert [len(reader) for reader in readers] == [5, 5]
    paint(stored / "new.png", "black")
    Index.build(FakeMatcher(), stored, INDEX)
    assert [reader.search("black", k=1).hits[0].id for reader in readers] == ["new.png", "new.png"]
    assert [len(reader) for reader in readers] == [6, 6]


def test_an_open_index_asks_the_storage_every_few_seconds_only(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Index.build(FakeMatcher(), stored, INDEX)
    opened = Index.open(INDEX)
    opened.search("red")
    monkeypatch.setattr(place, "SECONDS", 1000.0)
    monkeypatch.setattr(object_storage, "_telling", None)  # any request would fail
    assert opened.search("red", k=1).hits[0].id == "a.png"


def test_another_matcher_takes_over_and_the_one_before_goes_away(stored: Path) -> None:
    Index.build(FakeMatcher(), stored, INDEX)
    opened = Index.open(INDEX)
    assert len(opened) == 5
    with pytest.raises(KeyboardInterrupt):
        Index.build(FakeMatcher(identity="colors-2", fail_after=0), stored, INDEX)
    assert {"pending.json", "matcher-2", "store-2"} <= set(object_storage.children(INDEX))
    with pytest.raises(KeyboardInterrupt):
        Index.build(FakeMatcher(identity="colors-3", fail_after=3), stored, INDEX)
    assert opened.search("red", k=1).hits[0].id == "a.png"
    assert opened.matcher.identity == "colors-1"
    third = FakeMatcher(identity="colors-3")
    Index.build(third, stored, INDEX)
    assert object_storage.listing(f"{INDEX}/store") == object_storage.listing(f"{INDEX}/matcher") == []
    assert object_storage.version(f"{INDEX}/pending.json") is None
    assert opened.search("red", k=1).hits[0].id == "a.png"
    assert opened.matcher.identity == "colors-3"


def test_a_killed_run_goes_on(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twobranch.search.building._ENCODE_ROWS", 2)
    monkeypatch.setattr("twobranch.search.building.COMMIT_ROWS", 2)
    with pytest.raises(KeyboardInterrupt):
        Index.build(FakeMatcher(fail_after=4), stored, INDEX)
    second = FakeMatcher()
    assert len(Index.build(second, stored, INDEX)) == 5
    assert second.encoded == ["e.png"]


def test_one_process_at_a_time_writes(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Index.build(FakeMatcher(), stored, INDEX)
    lease_of = {"token": "other", "host": "elsewhere", "process": 1, "until": 4e9}
    object_storage.write(f"{INDEX}/writer.json", json.dumps(lease_of).encode())
    with pytest.raises(TwobranchError, match="process 1 of elsewhere, whose lease holds until"):
        Index.build(FakeMatcher(), stored, INDEX)
    object_storage.write(f"{INDEX}/writer.json", json.dumps({**lease_of, "until": 1.0}).encode())
    Index.build(FakeMatcher(), stored, INDEX)
    object_storage.write(f"{INDEX}/writer.json", json.dumps({**lease_of, "host": os.uname().nodename}).encode())
    with pytest.raises(TwobranchError, match="one process at a time"):  # process 1 is there
        Index.build(FakeMatcher(), stored, INDEX)
    dead = {**lease_of, "host": os.uname().nodename, "process": 2**22 + 1}
    object_storage.write(f"{INDEX}/writer.json", json.dumps(dead).encode())
    Index.build(FakeMatcher(), stored, INDEX)
    assert object_storage.version(f"{INDEX}/writer.json") is None


def test_who_loses_the_lease_commits_no_more(stored: Path) -> None:
    class Robbed(FakeMatcher):
        def try_encode_images(self, images, *, views=None):  # type: ignore[no-untyped-def]
            object_storage.write(f"{INDEX}/writer.json", b'{"token": "other", "until": 4e9}')
            return super().try_encode_images(images, views=views)

    with pytest.raises(TwobranchError, match="one process at a time"):
        Index.build(Robbed(), stored, INDEX)
    object_storage.delete(f"{INDEX}/writer.json")
    assert len(Index.open(INDEX)) == 0


def test_of_two_that_want_the_lease_at_once_one_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "SETTLE_SECONDS", 0.5)
    won, start = [], threading.Barrier(3)

    def want(number: int) -> None:
        start.wait()
        try:
            with Lease(INDEX).held():
                won.append(number)
                threading.Event().wait(1.0)
        except TwobranchError:
            pass

    threads = [threading.Thread(target=want, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_an_address_with_something_else_is_not_touched(stored: Path) -> None:
    with pytest.raises(TwobranchError, match=r"such as a\.png"):
        Index.build(FakeMatcher(), stored, PHOTOS)
    assert len(object_storage.listing(PHOTOS)) == 5


def test_a_matcher_whose_files_lead_elsewhere_is_refused(stored: Path) -> None:
    from twobranch.search.remote_files import _inside

    for key in ("../a", "a/../../b", "/etc/passwd", "a//b", "a\\b"):
        with pytest.raises(TwobranchError, match="inside its folder"):
            _inside(key)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://no-such-bucket/photos", "object storage must be reachable"),
        ("s3://pictures/nothing", "must hold pictures, tars or Parquet files"),
        ("s3://", "names a bucket"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match=message) as raised:
        Index.build(FakeMatcher(), url, tmp_path / "i")
    assert "\n" not in str(raised.value)


def test_an_address_without_an_index_does_not_open() -> None:
    with pytest.raises(TwobranchError, match="twobranch index MODEL IMAGES"):
        Index.open("s3://pictures/nothing")


def test_options_of_annotations_are_refused(stored: Path) -> None:
    with pytest.raises(TwobranchError, match="no annotations"):
        find_images(PHOTOS, format="csv")


def test_nothing_of_the_account_is_written_anywhere(
    stored: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "twobranch")
    Index.build(FakeMatcher(), stored, INDEX)
    with pytest.raises(TwobranchError) as raised:
        Index.open("s3://no-such-bucket/i")
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    objects = [object_storage.read(file.path) for file in object_storage.listing("s3://pictures")]
    everything = b"".join([*files, *objects, caplog.text.encode(), str(raised.value).encode()])
    assert not [secret for secret in list(ACCOUNT.values())[:2] if secret.encode() in everything]


def test_a_server_that_is_gone_is_told_in_one_line(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(TwobranchError, match="must be reachable"):
        Index.open(INDEX)
