"""Pages of other web sites get nothing; programs and followed links do."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from twobranch.search import Index
from twobranch.serving.app import create_app

HERE = {"host": "localhost:8000"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a program
        ({"origin": "http://localhost:8000"}, 200),
        ({"origin": "http://localhost:3000"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),  # a sandboxed frame, a file
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost:8000"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "https://photos.example"}, 200),  # a proxy changed the host
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, 403),  # another port of this machine
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 403),
    ],
)
def test_who_may_ask(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.get("/search?query=red", headers={**HERE, **headers}).status_code == status
    assert client.post("/search", json={"query": "red"}, headers={**HERE, **headers}).status_code in (status, 403)


def test_a_link_may_be_followed_and_a_form_may_not(client: TestClient) -> None:
    navigation = {**HERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/?q=red", headers=navigation).status_code == 200
    form = client.post("/search", data={"query": "red"}, headers=navigation)
    assert form.status_code == 403
    assert "other web sites" in form.json()["detail"]


def test_a_preflight_is_refused(client: TestClient) -> None:
    headers = {**HERE, "origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = client.options("/search", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_token_does_not_help_another_site(index: Index) -> None:
    client = TestClient(create_app(index, "secret"))
    headers = {"authorization": "Bearer secret", "origin": "https://evil.example"}
    assert client.get("/about", headers=headers).status_code == 403
