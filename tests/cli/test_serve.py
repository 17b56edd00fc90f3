"""`twobranch serve`: a process that answers, refuses strangers, and stops in order."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import twobranch
from tests.search.fakes import FakeMatcher, paint
from twobranch.search import Index

pytest.importorskip("uvicorn")

PROGRAM = """
import twobranch.search.index as module
from tests.search.fakes import FakeMatcher
module.load_matcher = FakeMatcher.load
from twobranch.cli.main import main
main()
"""


@pytest.fixture
def index(tmp_path: Path) -> Path:
    paint(tmp_path / "photos" / "a.png", "red")
    Index.build(FakeMatcher(), tmp_path / "photos", tmp_path / "i")
    return tmp_path / "i"


@pytest.fixture
def server(index: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-c", PROGRAM, "serve", str(index), "--port", "0"]
    environment = {**os.environ, "COLUMNS": "200"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    address = ""
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            address = found.group()
            break
    yield process, address
    if process.poll() is None:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_and_stops_in_order(server: tuple[subprocess.Popen[str], str], number: signal.Signals) -> None:
    process, address = server
    with urllib.request.urlopen(f"{address}search?query=red&k=1", timeout=30) as answer:
        assert b'"a.png"' in answer.read()
    process.send_signal(number)
    assert process.wait(timeout=30) == 0


HANGS = """
import time
import twobranch.serving.server as server
from tests.search.fakes import FakeMatcher
server.GRACE_SECONDS = 1
answer = FakeMatcher.encode_queries
def hang(matcher, sentences):
    if "hang" in sentences:
        print("hanging", flush=True)
        time.sleep(600)
    return answer(matcher, sentences)
FakeMatcher.encode_queries = hang
"""


def test_it_stops_though_a_request_does_not_end(index: Path) -> None:
    command = [sys.executable, "-c", HANGS + PROGRAM, "serve", str(index), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = next(line for line in process.stderr if "http://" in line)
        port = int(re.search(r":(\d+)/", line)[1])  # type: ignore[index]
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET /search?query=hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert process.stdout.readline() == "hanging\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
        assert "stopped while a request was being answered" in process.stderr.read()


def test_a_port_that_is_taken(
    server: tuple[subprocess.Popen[str], str], index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twobranch.search.index.load_matcher", FakeMatcher.load)
    port = server[1].rsplit(":", 1)[1].strip("/")
    done = twobranch("serve", index, "--port", port)
    assert done.code == 2
    assert "Choose another with --port" in " ".join(done.err.split())


def test_strangers_need_a_token(index: Path) -> None:
    done = twobranch("serve", index, "--host", "0.0.0.0")
    assert (done.code, done.out) == (2, "")
    assert "Add --token" in " ".join(done.err.split())


def test_missing_packages_are_named(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    done = twobranch("serve", index)
    assert done.code == 2
    assert 'pip install "twobranch[serve]"' in " ".join(done.err.split())
