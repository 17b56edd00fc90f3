"""Whatever a client sends, the answer is one of the client's errors."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from tests.mutations import CASES, json_values


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"query": "\\ud83d"}',
        b'{"query": "red", "min_probability": NaN}',
        b'{"query": "red", "min_probability": 1e999}',
        b'{"query": "red", "k": ' + b"9" * 5000 + b"}",
        '{"image": "é"}'.encode(),
        '{"query": "red"}'.encode("utf-16"),
        b"\xff",
    ],
)
def test_json_that_is_none_is_refused(client, body):
    answer = client.post("/search", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert "Traceback" not in answer.text


@CASES
@given(value=json_values)
def test_any_json_is_answered(client, value):
    for path in ("/search", "/annotate"):
        answer = client.post(path, content=json.dumps(value).encode(), headers={"content-type": "application/json"})
        assert answer.status_code < 500
    for name in ("query", "image", "like", "k", "where", "sentences"):
        body = json.dumps({"query": "red", name: value}).encode()
        assert client.post("/search", content=body, headers={"content-type": "application/json"}).status_code < 500
