"""An index follows its images folder: adds, changes, moves, deletes, survives kills and bad files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.search.fakes import FakeMatcher, paint
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.folder import writing


def ids(index: Index) -> list[str]:
    return sorted(index.snapshot().rows["id"].to_pylist())


def test_build_takes_every_picture_of_the_folder(index: Index) -> None:
    assert ids(index) == ["a.png", "b.png", "c.png", "d.png", "sub/e.png"]
    assert index.search("yellow", k=1).hits[0].id == "sub/e.png"


def test_the_index_opens_without_being_told_its_matcher(index: Index) -> None:
    opened = Index.open(index.path)
    assert opened.matcher.identity == "colors-1"
    assert opened.search("green", k=1).hits[0].id == "b.png"
    assert opened.identity == index.identity


def test_running_again_encodes_nothing(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    matcher.encoded.clear()
    again = Index.build(matcher, photos, index.path)
    assert matcher.encoded == []
    assert again.report is not None
    assert again.report.unchanged == 5


def test_added_changed_moved_and_vanished_files(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    paint(photos / "new.png", "black")
    paint(photos / "a.png", "yellow", size=(41, 30))
    (photos / "b.png").rename(photos / "sub" / "renamed.png")
    (photos / "c.png").unlink()
    matcher.encoded.clear()
    again = Index.build(matcher, photos, index.path)
    assert sorted(matcher.encoded) == ["a.png", "new.png"]
    assert ids(again) == ["a.png", "d.png", "new.png", "sub/e.png", "sub/renamed.png"]
    report = again.report
    assert report is not None
    assert (report.added, report.changed, report.moved, report.removed, report.unchanged) == (1, 1, 1, 2, 2)
    hit = again.search("green", k=1).hits[0]
    assert (hit.id, hit.path) == ("sub/renamed.png", str(photos / "sub" / "renamed.png"))
    assert {hit.id for hit in again.search("yellow", k=2).hits} == {"a.png", "sub/e.png"}


def test_two_files_that_exchange_their_names(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    (photos / "a.png").rename(photos / "t.png")
    (photos / "b.png").rename(photos / "a.png")
    (photos / "t.png").rename(photos / "b.png")
    matcher.encoded.clear()
    again = Index.build(matcher, photos, index.path)
    assert matcher.encoded == []
    assert again.search("red", k=1).hits[0].id == "b.png"
    assert again.search("green", k=1).hits[0].id == "a.png"


def test_a_touched_file_is_recognized_by_its_content(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    os.utime(photos / "a.png", ns=(1, 1))
    matcher.encoded.clear()
    again = Index.build(matcher, photos, index.path)
    assert matcher.encoded == []
    assert again.report is not None
    assert again.report.updated == 1


def test_an_open_index_sees_an_update(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    opened = Index.open(index.path)
    assert len(opened) == 5
    paint(photos / "new.png", "black")
    Index.build(matcher, photos, index.path)
    assert len(opened) == 6
    assert opened.thumbnail("new.png").startswith(b"\xff\xd8")


def test_a_bad_image_is_left_out_and_listed(matcher: FakeMatcher, photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"no picture")
    whole = paint(photos / "cut.png", "red").read_bytes()
    (photos / "cut.png").write_bytes(whole[: len(whole) // 2])
    (photos / "empty.jpg").write_bytes(b"")
    index = Index.build(matcher, photos, tmp_path / "i")
    assert index.report is not None
    assert sorted(index.report.failures) == ["broken.jpg", "cut.png", "empty.jpg"]
    assert len(index) == 5


def test_a_file_that_became_unreadable_leaves_the_index(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    (photos / "a.png").write_bytes(b"overwritten")
    assert ids(Index.build(matcher, photos, index.path)) == ["b.png", "c.png", "d.png", "sub/e.png"]


def test_a_killed_run_keeps_what_it_committed_and_the_next_goes_on(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twobranch.search.building._ENCODE_ROWS", 2)
    monkeypatch.setattr("twobranch.search.building.COMMIT_ROWS", 2)
    with pytest.raises(KeyboardInterrupt):
        Index.build(FakeMatcher(fail_after=4), photos, tmp_path / "i")
    assert len(Index.open(tmp_path / "i")) == 4
    second = FakeMatcher()
    assert len(Index.build(second, photos, tmp_path / "i")) == 5
    assert second.encoded == ["e.png"]


def test_another_matcher_encodes_everything_anew_and_never_mixes(index: Index, photos: Path) -> None:
    opened = Index.open(index.path)
    other = FakeMatcher(identity="colors-2")
    again = Index.build(other, photos, index.path)
    assert len(other.encoded) == 5
    assert opened.search("red", k=1).hits[0].id == "a.png"
    assert opened.matcher.identity == again.matcher.identity == "colors-2"
    folders = {child.name for child in index.path.iterdir()}
    assert folders >= {"index.json", "matcher-2", "store-2"}
    assert not folders & {"matcher", "store", "pending.json"}


def test_a_killed_change_of_matcher_leaves_the_old_index_answering(
    index: Index, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twobranch.search.building._ENCODE_ROWS", 2)
    with pytest.raises(KeyboardInterrupt):
        Index.build(FakeMatcher(identity="colors-2", fail_after=4), photos, index.path)
    opened = Index.open(index.path)
    assert opened.matcher.identity == "colors-1"
    assert len(opened) == 5
    second = FakeMatcher(identity="colors-2")
    assert len(Index.build(second, photos, index.path)) == 5
    assert second.encoded == ["e.png"]


def test_going_back_to_the_old_matcher_drops_the_half_made_generation(index: Index, photos: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        Index.build(FakeMatcher(identity="colors-2", fail_after=0), photos, index.path)
    same = FakeMatcher()
    Index.build(same, photos, index.path)
    assert same.encoded == []
    assert not (index.path / "pending.json").exists()
    assert not (index.path / "store-2").exists()


def test_a_new_calibration_of_the_same_matcher_reaches_the_index(index: Index, photos: Path) -> None:
    Index.build(FakeMatcher(calibrated=False), photos, index.path)
    assert Index.open(index.path).matcher.calibration is None


def test_other_views_encode_anew(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    matcher.encoded.clear()
    again = Index.build(matcher, photos, index.path, views=("image", "mirror"))
    assert len(matcher.encoded) == 5
    assert again.description.views == ("image", "mirror")


def test_a_path_that_is_no_index_is_not_touched(matcher: FakeMatcher, photos: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    with pytest.raises(TwobranchError, match="nothing was touched"):
        Index.build(matcher, photos, mine)
    assert [child.name for child in mine.iterdir()] == ["letter.txt"]
    with pytest.raises(TwobranchError, match="found a file"):
        Index.build(matcher, photos, mine / "letter.txt")


def test_an_empty_folder_is_an_error_and_keeps_the_index(index: Index, matcher: FakeMatcher, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TwobranchError, match="must hold pictures"):
        Index.build(matcher, tmp_path / "empty", index.path)
    with pytest.raises(TwobranchError, match="IMAGES must exist"):
        Index.build(matcher, tmp_path / "nowhere", index.path)
    assert len(Index.open(index.path)) == 5


def test_a_second_writer_is_refused(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    with writing(index.path), pytest.raises(TwobranchError, match="one process at a time"):
        Index.build(matcher, photos, index.path)


def test_a_matcher_without_identity_is_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match="identity"):
        Index.build(FakeMatcher(identity=""), photos, tmp_path / "i")


def test_an_index_of_another_version_is_an_error(index: Index, matcher: FakeMatcher, photos: Path) -> None:
    description = index.path / "index.json"
    description.write_text(description.read_text().replace('"version": 1', '"version": 7'))
    for action in (lambda: Index.open(index.path), lambda: Index.build(matcher, photos, index.path)):
        with pytest.raises(TwobranchError, match="found version 7"):
            action()


def test_a_folder_that_is_no_index_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match="twobranch index MODEL IMAGES"):
        Index.open(tmp_path)


def test_an_index_that_was_copied_elsewhere_still_answers(index: Index, tmp_path: Path) -> None:
    shutil.copytree(index.path, tmp_path / "copy")
    shutil.rmtree(index.path)
    copy = Index.open(tmp_path / "copy")
    assert copy.search("red", k=1).hits[0].id == "a.png"
    assert copy.thumbnail("a.png")
