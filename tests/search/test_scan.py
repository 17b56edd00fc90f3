"""Which files of a folder are pictures to index."""

from __future__ import annotations

from pathlib import Path

from tests.search.fakes import paint
from twobranch.search.scan import scan_folder


def test_sub_folders_are_walked_and_hidden_files_are_not(photos: Path) -> None:
    paint(photos / ".hidden.png", "red")
    paint(photos / ".cache" / "x.png", "red")
    (photos / "notes.txt").write_text("no picture")
    scan = scan_folder(photos)
    assert sorted(scan.images) == ["a.png", "b.png", "c.png", "d.png", "sub/e.png"]
    assert scan.other_files == 1


def test_links_stay_inside(photos: Path, tmp_path: Path) -> None:
    outside = paint(tmp_path / "secret" / "s.png", "red")
    (photos / "out.png").symlink_to(outside)
    (photos / "outdir").symlink_to(outside.parent)
    (photos / "in.png").symlink_to(photos / "a.png")
    (photos / "loop").symlink_to(photos)
    (photos / "dangling.png").symlink_to(photos / "none.png")
    scan = scan_folder(photos)
    assert sorted(scan.images) == ["a.png", "b.png", "c.png", "d.png", "in.png", "sub/e.png"]
    assert scan.links_outside == 2
    assert scan.unreadable == ["dangling.png"]


def test_the_images_folder_may_itself_be_a_link(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(photos)
    assert len(scan_folder(tmp_path / "link").images) == 5
