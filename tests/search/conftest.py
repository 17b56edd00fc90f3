"""A matcher that sees colors, a folder of colored pictures, and an index of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.search.fakes import FakeMatcher, paint
from twobranch.search import Index


@pytest.fixture(autouse=True)
def fake_matchers(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index in a test carries a fake matcher."""
    monkeypatch.setattr("twobranch.search.index.load_matcher", FakeMatcher.load)


@pytest.fixture
def matcher() -> FakeMatcher:
    return FakeMatcher()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Five pictures, one of them in a sub-folder."""
    folder = tmp_path / "photos"
    for name, color in [("a.png", "red"), ("b.png", "green"), ("c.png", "blue"), ("d.png", "white")]:
        paint(folder / name, color)
    paint(folder / "sub" / "e.png", "yellow")
    return folder


@pytest.fixture
def index(matcher: FakeMatcher, photos: Path, tmp_path: Path) -> Index:
    return Index.build(matcher, photos, tmp_path / "photos.index")
