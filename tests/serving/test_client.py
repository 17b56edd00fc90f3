"""The client in Python against a server of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.serving.app import create_app
from twobranch.serving.client import Client, Refused

uvicorn = pytest.importorskip("uvicorn")


@pytest.fixture
def served(index: Index) -> Iterator[Client]:
    server = uvicorn.Server(uvicorn.Config(create_app(index, "s3cret"), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Client(f"http://127.0.0.1:{listener.getsockname()[1]}/", token="s3cret")
        server.should_exit = True
        thread.join()


def test_what_the_service_does(served: Client, photos: Path, index: Index) -> None:
    found = served.search("a red wall", k=2, where="width > 1")
    assert found["results"][0]["id"] == "a.png"
    assert found == index_answer(index, "a red wall", k=2, where="width > 1")
    assert served.search(image=photos / "a.png", k=1)["results"][0]["id"] == "a.png"
    assert served.search(image=(photos / "a.png").read_bytes(), k=1)["results"][0]["id"] == "a.png"
    assert served.search_all(["a red wall", "the sea"], k=2, where="width > 1")[0] == found
    assert served.similar("sub/é #1.png", k=1)["results"][0]["id"] == "sub/é #1.png"
    assert served.search(like="sub/é #1.png", k=2, offset=1) == served.similar("sub/é #1.png", k=2, offset=1)
    sentences = ["a blue sea", "a red wall"]
    assert served.annotate(photos / "a.png", sentences=sentences, k=1)["results"][0]["sentence"] == "a red wall"
    assert served.annotate(id="sub/é #1.png", sentences=sentences)["results"][0]["sentence"] == "a blue sea"
    assert served.ground(id="a.png", sentence="a dog and a cat")["phrases"][1]["phrase"] == "a cat"
    assert served.ground(photos / "a.png", phrase="a wall")["phrases"][0]["boxes"][0]["box"] == [0, 0, 40, 30]
    assert served.about()["images"] == 4
    assert served.image("b & c?.png") == (photos / "b & c?.png").read_bytes()
    assert served.thumbnail("a.png").startswith(b"\xff\xd8")


def index_answer(index: Index, query: str, **options: object) -> dict[str, object]:
    return index.search(query, **options).to_json()  # type: ignore[arg-type]


def test_what_is_wrong_is_said(served: Client) -> None:
    with pytest.raises(Refused, match="prise") as refused:
        served.search("red", where="prise > 3")
    assert refused.value.status == 400
    with pytest.raises(Refused, match="must be in the index"):
        served.similar("../secret.png")
    with pytest.raises(Refused, match="needs its token") as refused:
        Client(served.address).about()
    assert refused.value.status == 401
    with pytest.raises(TwobranchError, match="must be readable"):
        served.search(image="/nowhere.jpg")
    assert "s3cret" not in repr(served)
    with pytest.raises(Refused, match="Start it") as refused:
        Client("http://127.0.0.1:1").about()
    assert refused.value.status == 0
