"""Pictures in the terminal: in its own protocol, as sixels, or as colored blocks; nothing anywhere else."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.cli.command import twobranch
from tests.search.fakes import paint
from twobranch.cli.thumbnails import shows_pictures

PROGRAM = """
import sys
from rich.console import Console
from rich.table import Table
from twobranch.cli.thumbnails import thumbnails
console = Console()
show = thumbnails(console, {"auto": None, "yes": True, "no": False}[sys.argv[1]])
table = Table(box=None)
table.add_row("1", *([show(path) for path in sys.argv[2:]] if show else []), "the end")
console.print(table)
"""

needs_library = pytest.mark.skipif(
    importlib.util.find_spec("textual_image") is None, reason='needs pip install "twobranch[terminal]"'
)


SIZE = (40, 120, 1200, 800)
"""Rows, columns, width and height in pixels."""


def on_a_terminal(
    arguments: list[object], answers: dict[bytes, bytes], size: tuple[int, ...] = SIZE, **environment: str
) -> str:
    """What a program writes to a terminal that answers some of the questions that it is asked."""
    outside, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", *size))
    names = ("PATH", "HOME", "PYTHONPATH", "VIRTUAL_ENV", "TWOBRANCH_CACHE")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)], stdin=inside, stdout=inside, stderr=inside,
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm-256color", **environment},
        start_new_session=True,
    )  # fmt: skip
    os.close(inside)
    written, until = b"", time.monotonic() + 60
    pending = dict(answers)
    while time.monotonic() < until:
        if select.select([outside], [], [], 0.1)[0]:
            try:
                part = os.read(outside, 65536)
            except OSError:  # the program is over and its side closed
                break
            written += part
            for question in [question for question in pending if question in written]:
                os.write(outside, pending.pop(question))
        elif process.poll() is not None:
            break
    os.close(outside)
    assert process.wait(10) == 0, written
    return written.decode("utf-8", "replace")


SIXELS = {b"\x1b[c": b"\x1b[?62;4;22c"}
NO_SIXELS = {b"\x1b[c": b"\x1b[?62;22c"}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return paint(tmp_path / "a.png", (200, 30, 30))


@needs_library
def test_colored_blocks_where_all_colors_are_known(picture: Path) -> None:
    out = on_a_terminal(["auto", picture], NO_SIXELS, COLORTERM="truecolor")
    assert "▀" in out
    assert "38;2;200;30;30" in out
    assert "the end" in out


@needs_library
def test_sixels_where_the_terminal_has_them(picture: Path) -> None:
    out = on_a_terminal(["auto", picture], SIXELS, TERM_PROGRAM="WezTerm", COLORTERM="truecolor")
    assert re.search("\x1bP[0-9;]*q", out)
    assert "▀" not in out


@needs_library
def test_the_protocol_of_kitty(picture: Path) -> None:
    answers = {**NO_SIXELS, b"a=q": b"\x1b_Gi=1;OK\x1b\\"}
    out = on_a_terminal(["auto", picture], answers, TERM="xterm-kitty", COLORTERM="truecolor")
    assert "\U0010eeee" in out
    assert "▀" not in out


@pytest.mark.parametrize(("asked", "environment"), [("auto", {}), ("no", {"COLORTERM": "truecolor"})])
def test_nothing_where_nobody_asked_or_the_terminal_is_not_known(
    picture: Path, asked: str, environment: dict[str, str]
) -> None:
    out = on_a_terminal([asked, picture], NO_SIXELS, **environment)
    assert "▀" not in out
    assert "\x1b[c" not in out, "an unknown terminal is not even asked"
    assert "the end" in out


def test_a_terminal_without_a_size_gets_text_alone(picture: Path) -> None:
    out = on_a_terminal(["yes", picture], SIXELS, size=(0, 0, 0, 0), COLORTERM="truecolor")
    assert "\x1b[c" not in out
    assert "the end" in out


@needs_library
def test_a_picture_that_is_gone_is_a_word(tmp_path: Path) -> None:
    assert "not read" in on_a_terminal(["yes", tmp_path / "gone.jpg"], NO_SIXELS)


def test_without_the_library_asking_is_an_error_and_not_asking_is_none(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console

    from twobranch.cli.thumbnails import thumbnails
    from twobranch.errors import TwobranchError

    monkeypatch.setitem(sys.modules, "textual_image.renderable", None)
    monkeypatch.setattr("twobranch.cli.thumbnails._can_be_asked", lambda: True)
    monkeypatch.setenv("COLORTERM", "truecolor")
    console = Console(force_terminal=True)
    assert thumbnails(console, None) is None
    with pytest.raises(TwobranchError, match=r"twobranch\[terminal\]"):
        thumbnails(console, True)


def test_a_pipe_gets_text_alone() -> None:
    for verb in ("search", "annotate"):
        assert "--thumbnails" in twobranch(verb, "--help").out
    from io import StringIO

    from rich.console import Console

    from twobranch.cli.thumbnails import thumbnails

    assert thumbnails(Console(file=StringIO()), True) is None


def test_terminals_are_known_by_their_names() -> None:
    for known in ({"TERM": "xterm-ghostty"}, {"TERM_PROGRAM": "iTerm.app"}, {"TERM": "foot"}, {"KONSOLE_VERSION": "2"}):
        assert shows_pictures(known)
    for unknown in ({}, {"TERM": "dumb"}, {"TERM": "linux"}, {"COLORTERM": "yes"}):
        assert not shows_pictures(unknown)
