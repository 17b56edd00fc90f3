"""The REST interface: searches, annotations, pictures, and what it refuses."""

from __future__ import annotations

import asyncio
import base64
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.search.fakes import FakeMatcher, paint
from twobranch.search import Index
from twobranch.serving.app import create_app
from twobranch.serving.limits import MAX_BYTES


@pytest.fixture
def crimson(tmp_path: Path) -> bytes:
    return paint(tmp_path / "crimson.png", (220, 20, 60)).read_bytes()


def ids(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [result["id"] for result in answer["results"]]


def test_search_by_sentence(client: TestClient) -> None:
    answer = client.get("/search", params={"query": "a red wall", "k": 2}).json()
    assert ids(answer)[0] == "a.png"
    assert len(answer["results"]) == 2
    assert answer["images"] == 4
    assert client.post("/search", json={"query": "a red wall", "k": 2}).json() == answer
    assert client.post("/search", data={"query": "a red wall", "k": "2"}).json() == answer


def test_search_filters_and_says_no_good_match(client: TestClient) -> None:
    assert ids(client.get("/search", params={"query": "red", "where": "price > 6"}).json()) == ["old.tif"]
    nothing = client.get("/search", params={"query": "an elephant", "min_probability": 0.5})
    assert nothing.status_code == 200
    assert nothing.json()["no_good_match"] is True
    assert nothing.json()["results"] == []


def test_search_by_picture_and_by_id(client: TestClient, crimson: bytes) -> None:
    assert ids(client.post("/search", files={"image": ("c.png", crimson)}, data={"k": "1"}).json()) == ["a.png"]
    encoded = base64.b64encode(crimson).decode()
    assert ids(client.post("/search", json={"image": encoded, "k": 1}).json()) == ["a.png"]
    assert ids(client.get("/search", params={"like": "sub/é #1.png", "k": 1}).json()) == ["sub/é #1.png"]


def test_annotate(client: TestClient, crimson: bytes) -> None:
    sentences = ["a green field", "a red wall", "a blue sea"]
    by_form = client.post("/annotate", files={"image": ("c.png", crimson)}, data={"sentences": sentences, "k": "2"})
    assert [result["sentence"] for result in by_form.json()["results"]] == ["a red wall", "a blue sea"]
    as_lines = client.post("/annotate", files={"image": crimson}, data={"sentences": "\n".join(sentences), "k": "2"})
    assert as_lines.json() == by_form.json()
    by_json = {"image": base64.b64encode(crimson).decode(), "sentences": sentences, "k": 2}
    assert client.post("/annotate", json=by_json).json() == by_form.json()
    none = client.post("/annotate", files={"image": crimson}, data={"sentences": "a fish", "min_probability": "0.5"})
    assert none.json()["no_good_match"] is True


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "neither"),
        ({"query": "red", "like": "a.png"}, "sentence and like"),
        ({"query": "red", "k": 0}, "k: Input should be greater"),
        ({"query": "red", "k": 10**9}, "k: Input should be less"),
        ({"query": "red", "min_probability": 2}, "min_probability"),
        ({"query": "red", "where": "prise > 3"}, "Columns: id, path"),
        ({"like": "../secret.png"}, "must be in the index"),
    ],
)
def test_wrong_searches_say_what_is_wrong(client: TestClient, parameters: dict[str, str], message: str) -> None:
    answer = client.get("/search", params=parameters)
    assert answer.status_code == 400
    assert message in answer.json()["detail"]


def test_wrong_bodies_say_what_is_wrong(client: TestClient, crimson: bytes) -> None:
    cases = [
        (client.post("/search", content=b"{", headers={"content-type": "application/json"}), "must be JSON"),
        (client.post("/search", json=["red"]), ""),
        (client.post("/search", json={"qery": "red"}), 'Did you mean "query"'),
        (client.post("/search", json={"image": "???"}), "must be base64"),
        (client.post("/search", files={"image": b"no picture"}), "must be a picture"),
        (client.post("/search", files={"image": crimson[: len(crimson) // 2]}), "readable picture"),
        (client.post("/annotate", files={"image": crimson}), "sentences"),
        (client.post("/annotate", json={"sentences": ["a"]}), "image"),
    ]
    unknown = client.post("/search", content=b"hello", headers={"content-type": "text/plain"})
    assert unknown.status_code == 415
    assert "must be application/json" in unknown.json()["detail"]
    for answer, message in cases:
        assert answer.status_code == 400, answer.text
        assert message in answer.json()["detail"]


def test_sizes_are_limited(client: TestClient) -> None:
    assert client.post("/search", files={"image": b"0" * (MAX_BYTES + 1)}).status_code == 413

    def unannounced():  # chunked: no length in the headers
        yield from (b"0" * (1 << 20) for _ in range(34))

    headers = {"content-type": "application/json"}
    assert client.post("/search", content=unannounced(), headers=headers).status_code == 413
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    answer = client.post("/search", files={"image": bomb.getvalue()})
    assert answer.status_code == 400
    assert "60,000,000 pixels" in answer.json()["detail"]


def test_pictures_are_served_by_id(client: TestClient, photos: Path) -> None:
    for name in ("a.png", "b & c?.png", "sub/é #1.png"):
        thumbnail, image = client.get(f"/thumbnails/{quote(name)}"), client.get(f"/images/{quote(name)}")
        assert thumbnail.content.startswith(b"\xff\xd8")
        assert image.content == (photos / name).read_bytes()
        assert image.headers["content-type"] == "image/png"
    tag = client.get("/thumbnails/a.png").headers["etag"]
    assert client.get("/thumbnails/a.png", headers={"if-none-match": tag}).status_code == 304


def test_a_format_that_browsers_do_not_show_is_served_as_jpeg(client: TestClient) -> None:
    answer = client.get("/images/old.tif")
    assert answer.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.content)).size == (40, 30)


def status_of(app: Any, path: str) -> int:
    """Send a path to the application as it is: a client library would tidy it up."""
    sent: list[Any] = []

    messages = [{"type": "http.disconnect"}, {"type": "http.request", "body": b""}]

    async def receive() -> dict[str, Any]:
        return messages.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
    scope |= {"path": unquote(path), "raw_path": path.encode(), "query_string": b"", "root_path": ""}
    scope |= {"headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("localhost", 80)}
    asyncio.run(app(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize("kind", ["images", "thumbnails"])
def test_nothing_but_images_of_the_index_is_served(index: Index, tmp_path: Path, kind: str) -> None:
    app = create_app(index)
    assert status_of(app, f"/{kind}/a.png") == 200
    assert status_of(app, f"/{kind}/sub/{quote('é #1.png')}") == 200
    secret, inside = str(tmp_path / "secret.png"), str(tmp_path / "photos" / "a.png")
    escapes = ["../secret.png", "..%2fsecret.png", "%2e%2e/secret.png", "%2e%2e%2fsecret.png", "..%5csecret.png"]
    escapes += ["sub/../../secret.png", "sub/../a.png", "./a.png", "/a.png", "a.png/", "a.png%00", "A.PNG", "", "."]
    escapes += ["/etc/passwd", "%2fetc%2fpasswd", secret, inside, quote(secret, safe=""), "file://" + secret]
    for path in escapes:
        assert status_of(app, f"/{kind}/{path}") == 404, path


def test_an_image_that_became_a_link_out_of_the_folder_is_not_served(
    client: TestClient, photos: Path, tmp_path: Path
) -> None:
    (photos / "a.png").unlink()
    assert client.get("/images/a.png").status_code == 404
    (photos / "a.png").symlink_to(tmp_path / "secret.png")
    assert client.get("/images/a.png").status_code == 404


def test_updates_are_seen(client: TestClient, index: Index, photos: Path) -> None:
    paint(photos / "new.png", "black")
    Index.build(FakeMatcher(), photos, index.path)
    assert ids(client.get("/search", params={"query": "black", "k": 1}).json()) == ["new.png"]
    assert client.get("/thumbnails/new.png").status_code == 200


def test_about_and_health(client: TestClient) -> None:
    about = client.get("/about").json()
    assert (about["images"], about["calibrated"], about["metadata"]) == (4, True, ["price"])
    assert client.get("/health").json() == {"status": "ok"}


def test_requests_at_the_same_time(index: Index) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client = TestClient(create_app(index.path))
    with ThreadPoolExecutor(8) as pool:
        wanted = ["red", "green", "blue", "white"] * 10
        answers = list(pool.map(lambda color: client.get("/search", params={"query": color, "k": 1}).json(), wanted))
    expected = {"red": "a.png", "green": "b & c?.png", "blue": "sub/é #1.png", "white": "old.tif"}
    assert [ids(answer)[0] for answer in answers] == [expected[color] for color in wanted]
