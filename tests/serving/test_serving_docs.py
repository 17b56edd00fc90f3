"""docs/serving.md and the Dockerfile do what they say."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.search.fakes import FakeMatcher, paint
from twobranch.search import Index
from twobranch.serving.app import create_app

uvicorn = pytest.importorskip("uvicorn")

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
CURL = re.findall(r"^    (curl .+)$", TEXT, re.MULTILINE)
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with photo.jpg, and an index of a.jpg and b.jpg that stores sentences."""
    paint(tmp_path / "photo.jpg", "red", (700, 500))
    rows = [("a.jpg", "red", ["two dogs in snow"]), ("b.jpg", "blue", ["a red car"])]
    for name, color, _ in rows:
        paint(tmp_path / "images" / name, color, (700, 500))
    lines = [json.dumps({"image": name, "sentences": sentences}) for name, _, sentences in rows]
    (tmp_path / "images" / "corpus.jsonl").write_text("\n".join(lines))
    Index.build(FakeMatcher(), tmp_path / "images" / "corpus.jsonl", tmp_path / "images.index")
    return tmp_path


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(folder / "images.index"), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def test_there_are_examples() -> None:
    assert len(CURL) == 13


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl(folder: Path, address: str) -> None:
    for command in CURL:
        assert ADDRESS in command
        words = shlex.split(command.replace(ADDRESS, address).replace("$TOKEN", "t"))
        done = subprocess.run([*words, "-sS", "--fail-with-body"], cwd=folder, capture_output=True, timeout=60)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert (folder / "found.jpg").read_bytes() == (folder / "images" / "a.jpg").read_bytes()


def test_python(folder: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (program,) = re.findall(r"```python\n(.+?)```", TEXT, re.DOTALL)
    exec(program.replace(ADDRESS, address), {})


def test_the_limits_are_those_of_the_code() -> None:
    from twobranch.serving import limits, requests

    said = [
        (limits.MAX_BYTES >> 20, "{} MB"),
        (limits.UPLOAD_SECONDS, "within {} s"),
        (limits.MAX_PIXELS // 1_000_000, "{} million pixels"),
        (limits.ANSWER_SECONDS, "| {} s; of"),
        (limits.GROUND_SECONDS, "`/ground` {} s"),
        (limits.MOST_WAITING, "{} of a kind"),
        (f"{requests.MAX_K:,}, {requests.MAX_SENTENCES:,}, {requests.MAX_QUERIES}", "{};"),
        (f"{limits.MAX_HITS:,}", "{} hits"),
    ]
    for value, words in said:
        assert words.format(value) in TEXT, words


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)


def test_what_the_container_copies_is_there() -> None:
    for line in instructions("COPY"):
        *sources, target = line.split()
        assert target.startswith("/twobranch/")
        for source in sources:
            assert (ROOT / source).exists(), source
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    copied = " ".join(instructions("COPY")).split()
    assert {project["readme"], *project["license-files"]} <= set(copied)
    (install,) = instructions("RUN")
    (extras,) = re.findall(r'"/twobranch\[(.+?)\]"', install)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    assert f"python:{project['requires-python'].removeprefix('>=')}-slim" in DOCKERFILE


def test_the_container_s_command_serves_with_a_token_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = instructions("ENTRYPOINT")
    (check,) = re.findall(r"HEALTHCHECK CMD (.+)", DOCKERFILE)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    words = {"/index": str(folder / "images.index"), "8000": port}
    program, *arguments = [words.get(word, word) for word in json.loads(entry)]
    assert program == "twobranch"
    start = "import twobranch.search.index as module\nfrom tests.search.fakes import FakeMatcher\n"
    start += "module.load_matcher = FakeMatcher.load\nfrom twobranch.cli.main import main\nmain()"
    command = [sys.executable, "-c", start, *arguments]
    monkeypatch.delenv("TWOBRANCH_TOKEN", raising=False)
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert "Add --token" in " ".join(refused.stderr.split())
    monkeypatch.setenv("TWOBRANCH_TOKEN", "secret")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if "http://" in line)
        health = [part.replace("8000", port) for part in json.loads(check)]
        assert subprocess.run([sys.executable, *health[1:]], timeout=60).returncode == 0
        process.terminate()
        assert process.wait(30) == 0
