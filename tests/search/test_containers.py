"""An index of pictures in tars follows its tars."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.corpus.container_files import write_tar
from tests.search.fakes import COLORS, FakeMatcher
from twobranch.errors import TwobranchError
from twobranch.search import Index


@pytest.fixture(autouse=True)
def fake_matchers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twobranch.search.index.load_matcher", FakeMatcher.load)


def png(color: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), COLORS[color]).save(buffer, "PNG")
    return buffer.getvalue()


def ids(index: Index) -> list[str]:
    return sorted(index.snapshot().rows["id"].to_pylist())


def test_a_tar_of_pictures_alone(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "photos.tar", {"a.png": png("red"), "x/b.png": png("green"), "notes.md": b"-"})
    index = Index.build(FakeMatcher(), path, tmp_path / "index")
    assert ids(index) == ["photos.tar/a.png", "photos.tar/x/b.png"]
    hit = index.search("green", k=1).hits[0]
    assert (hit.id, hit.path) == ("photos.tar/x/b.png", f"{path}/x/b.png")


def test_a_folder_of_tars_follows_changes(tmp_path: Path) -> None:
    folder, matcher = tmp_path / "shards", FakeMatcher()
    write_tar(folder / "0.tar", {"a.png": png("red"), "b.png": png("green")})
    write_tar(folder / "1.tar", {"c.png": png("blue")})
    Index.build(matcher, folder, tmp_path / "index")
    matcher.encoded.clear()
    write_tar(folder / "0.tar", {"a.png": png("red"), "new.png": png("black"), "b.png": png("yellow")})
    (folder / "1.tar").rename(folder / "2.tar")
    index = Index.build(matcher, folder, tmp_path / "index")
    assert sorted(matcher.encoded) == ["b.png", "new.png"]
    assert ids(index) == ["0.tar/a.png", "0.tar/b.png", "0.tar/new.png", "2.tar/c.png"]
    report = index.report
    assert report is not None
    assert (report.added, report.changed, report.moved, report.updated, report.removed) == (1, 1, 1, 1, 1)


def test_damage_is_listed(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "0.tar", {"a.png": png("red"), "b.png": png("blue")[:60], "../c.png": png("green")})
    index = Index.build(FakeMatcher(), path, tmp_path / "index")
    assert ids(index) == ["0.tar/a.png"]
    assert index.report is not None
    assert any("inside the tar" in message for message in index.report.failures.values())
    assert "0.tar/b.png" in index.report.failures


def test_a_tar_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match=r"no picture in 0.tar has a .txt"):
        Index.build(FakeMatcher(), write_tar(tmp_path / "0.tar", {"a.txt": b"A."}), tmp_path / "index")
