"""Limits of time and number: who waits too long, who comes too many, and how the server stops all the same."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.search.fakes import FakeMatcher
from twobranch.search import Index
from twobranch.serving import limits, workers
from twobranch.serving.app import create_app
from twobranch.serving.refusals import Busy, TooSlow
from twobranch.serving.uploads import limited
from twobranch.serving.workers import Workers


@pytest.fixture
def gate() -> Any:
    """What keeps a matcher busy until it is opened."""
    event = threading.Event()
    yield event
    event.set()


def test_work_that_takes_too_long_is_given_up(gate: threading.Event) -> None:
    pool = Workers(1, 10, 0.05)

    async def two() -> None:
        with pytest.raises(TooSlow, match=r"0\.05 seconds"):
            await pool.run(gate.wait)
        assert pool.busy
        begun = []
        with pytest.raises(TooSlow):
            await pool.run(lambda: begun.append(1))  # waits behind it
        gate.set()
        pool._seconds = 60
        assert await pool.run(lambda: "next") == "next"
        assert begun == []

    asyncio.run(two())


def test_more_work_than_may_wait_is_refused(gate: threading.Event) -> None:
    pool = Workers(1, 2, 5)

    async def three() -> None:
        first, second = asyncio.create_task(pool.run(gate.wait)), asyncio.create_task(pool.run(lambda: 2))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="at most 2"):
            await pool.run(lambda: 3)
        gate.set()
        assert await asyncio.gather(first, second) == [True, 2]
        assert await pool.run(lambda: 4) == 4

    asyncio.run(three())


def slow_client(index: Index, gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(FakeMatcher, "encode_queries", lambda matcher, sentences: gate.wait() and None)
    return TestClient(create_app(index.path))


def test_a_slow_answer_is_504(index: Index, gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "ANSWER_SECONDS", 0.1)
    answer = slow_client(index, gate, monkeypatch).get("/search", params={"query": "red"})
    assert answer.status_code == 504
    assert "0.1 seconds" in answer.json()["detail"]


def test_too_many_at_once_is_503(index: Index, gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MOST_WAITING", 0)
    answer = slow_client(index, gate, monkeypatch).get("/search", params={"query": "red"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def test_a_body_must_arrive_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UPLOAD_SECONDS", 0.1)

    async def trickle() -> dict[str, Any]:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def receive_all() -> None:
        receive = limited(trickle)
        for _ in range(100):
            await receive()

    with pytest.raises(limits.TooSlowUpload):
        asyncio.run(receive_all())


def test_after_the_body_there_is_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UPLOAD_SECONDS", 0.05)
    messages = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"x"}]

    async def receive() -> dict[str, Any]:
        if len(messages) == 1:
            await asyncio.sleep(0.1)
        return messages.pop()

    async def both() -> list[str]:
        counting = limited(receive)
        return [(await counting())["type"], (await counting())["type"]]

    assert asyncio.run(both()) == ["http.request", "http.disconnect"]


def test_a_slow_upload_is_408(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_slow(receive: Any) -> Any:
        async def never() -> Any:
            raise limits.TooSlowUpload

        return never

    monkeypatch.setattr("twobranch.serving.guard.limited", too_slow)
    answer = client.post("/search", json={"query": "red"})
    assert answer.status_code == 408
    assert "60 seconds" in answer.json()["detail"]


def test_batches_are_limited_in_hits(client: TestClient) -> None:
    answer = client.post("/search", json={"queries": ["red"] * 100, "k": 1000})
    assert answer.status_code == 400
    assert "20,000 hits" in answer.json()["detail"]


def test_long_texts_are_refused(client: TestClient) -> None:
    for parameters in ({"query": "red " * 10_000}, {"query": "red", "where": "width > 1 " + " " * 20_000}):
        assert client.get("/search", params=parameters).status_code == 400
        assert client.post("/search", json=parameters).status_code == 400
