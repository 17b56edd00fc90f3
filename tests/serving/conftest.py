"""An application over an index of colored pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from fastapi.testclient import TestClient

from tests.search.fakes import FakeMatcher, paint
from twobranch.features.decoding import image_size
from twobranch.matcher.grounding import Grounding
from twobranch.search import Index
from twobranch.serving.app import create_app


def fake_ground(matcher: FakeMatcher, image: Any, phrases: Sequence[str], k: int) -> list[list[Grounding]]:
    """The whole picture for every phrase."""
    width, height = image_size(image)
    return [[Grounding(phrase, (0.0, 0.0, float(width), float(height)), 1.0, None)] for phrase in phrases]


@pytest.fixture(autouse=True)
def fake_matchers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twobranch.search.index.load_matcher", FakeMatcher.load)
    monkeypatch.setattr("twobranch.matcher.grounding.ground", fake_ground)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name, color in [("a.png", "red"), ("b & c?.png", "green"), ("sub/é #1.png", "blue"), ("old.tif", "white")]:
        paint(folder / name, color)
    (tmp_path / "secret.png").write_bytes(paint(tmp_path / "x.png", "black").read_bytes())
    return folder


@pytest.fixture
def index(photos: Path, tmp_path: Path) -> Index:
    table = tmp_path / "meta.csv"
    table.write_text("image,price\na.png,5\nold.tif,9\n")
    return Index.build(FakeMatcher(), photos, tmp_path / "photos.index", metadata=table)


@pytest.fixture
def client(index: Index) -> TestClient:
    return TestClient(create_app(index.path))
