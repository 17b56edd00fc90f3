"""A server of an index whose pictures and store are on object storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.search.fakes import FakeMatcher, paint
from tests.search.storage import storage_server, upload
from twobranch.corpus import object_storage
from twobranch.search import Index, lease
from twobranch.serving.app import create_app

INDEX = "s3://pictures/photos.index"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TestClient]:
    monkeypatch.setattr("twobranch.search.index.load_matcher", FakeMatcher.load)
    monkeypatch.setenv("TWOBRANCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(lease, "SETTLE_SECONDS", 0.01)
    with storage_server(monkeypatch):
        for name in ("red", "green", "blue"):
            paint(tmp_path / "photos" / f"{name}.png", name)
        upload(tmp_path / "photos", "s3://pictures/photos")
        object_storage.write("s3://pictures/secret.png", b"secret")
        Index.build(FakeMatcher(), "s3://pictures/photos", INDEX)
        yield TestClient(create_app(INDEX))


def test_searches_thumbnails_and_pictures(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/search", params={"query": "green", "k": 1}).json()["results"][0]["id"] == "green.png"
    assert client.get("/about").json()["name"] == "photos.index"
    assert client.get("/thumbnails/green.png").content.startswith(b"\xff\xd8")
    answer = client.get("/images/green.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content == (tmp_path / "photos" / "green.png").read_bytes()


def test_no_other_object_can_be_reached(client: TestClient) -> None:
    for path in ("/images/secret.png", "/images/..%2Fsecret.png", "/images/s3:%2F%2Fpictures%2Fsecret.png"):
        assert client.get(path).status_code == 404


def test_a_picture_that_is_gone_is_missing(client: TestClient) -> None:
    object_storage.delete("s3://pictures/photos/red.png")
    assert client.get("/images/red.png").status_code == 404
    assert client.get("/thumbnails/red.png").status_code == 200
