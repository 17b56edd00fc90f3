"""Token, host names, headers."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.serving.app import create_app
from twobranch.serving.server import check_host

TOKEN = "s3cret & more"


@pytest.fixture
def guarded(index: Index) -> TestClient:
    return TestClient(create_app(index, TOKEN), follow_redirects=False)


PATHS = ["/", "/docs", "/openapi.json", "/about", "/search?query=red", "/thumbnails/a.png", "/images/a.png"]


@pytest.mark.parametrize("path", PATHS)
def test_every_path_needs_the_token(guarded: TestClient, path: str) -> None:
    assert guarded.get(path).status_code == 401
    assert guarded.get(path, headers={"authorization": "Bearer wrong"}).status_code == 401
    assert guarded.get(path, headers={"cookie": f"twobranch={TOKEN}"}).status_code == 401
    assert guarded.get(path, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_uploads_need_the_token_and_health_does_not(guarded: TestClient) -> None:
    assert guarded.post("/search", json={"query": "red"}).status_code == 401
    assert guarded.get("/health").status_code == 200


def test_the_page_exchanges_the_token_for_a_cookie(guarded: TestClient) -> None:
    assert guarded.get("/", params={"token": "wrong"}).status_code == 401
    answer = guarded.get("/", params={"token": TOKEN, "q": "a red wall"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?q=a+red+wall"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert TOKEN not in cookie
    assert guarded.get("/").status_code == 200  # the client keeps the cookie
    assert guarded.get("/search", params={"query": "red"}).status_code == 200


def test_the_token_in_the_query_of_a_call(guarded: TestClient) -> None:
    assert guarded.get("/about", params={"token": TOKEN}).status_code == 200


def test_without_token_a_foreign_host_name_is_refused(index: Index) -> None:
    client = TestClient(create_app(index))
    assert client.get("/about", headers={"host": "localhost:8000"}).status_code == 200
    assert client.get("/about", headers={"host": "127.0.0.1:8000"}).status_code == 200
    assert client.get("/about", headers={"host": "evil.example"}).status_code == 403


def test_only_this_machine_without_a_token() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "photos.example"):
        with pytest.raises(TwobranchError, match="Add --token"):
            check_host(host, None)
        check_host(host, "secret")
    for host in ("127.0.0.1", "::1", "localhost"):
        check_host(host, None)
    with pytest.raises(TwobranchError, match="must not be empty"):
        check_host("127.0.0.1", " ")


def test_headers_keep_the_browser_safe(client: TestClient) -> None:
    headers = client.get("/").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
