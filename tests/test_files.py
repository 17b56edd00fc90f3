"""Files that are written whole or not at all, whatever ends the process."""

import os
import subprocess
import sys

import pytest

from twobranch import exchange, temporaries
from twobranch.errors import TwobranchError, UnwritableError
from twobranch.files import as_os_error, atomic_path, write_json
from twobranch.locks import only_writer
from twobranch.temporaries import remove_leftovers, temporary_beside


def names(folder):
    return sorted(child.name for child in folder.iterdir())


def fails(path, error):
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error


def takes_the_lock(folder):
    with only_writer(folder, "lock", "a run", remedy="Wait."):
        return names(folder)


def folder_with(path, text):
    with atomic_path(path) as temporary:
        temporary.mkdir()
        (temporary / "a.txt").write_text(text)


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path):
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(ZeroDivisionError):
        fails(tmp_path / "a.json", ZeroDivisionError())
    assert (tmp_path / "a.json").read_text() == "1\n"
    assert names(tmp_path) == ["a.json"]


def test_a_full_disk_is_the_projects_error(tmp_path):
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(UnwritableError, match=r"a.json: must be writable.*No space left.*unchanged"):
        fails(tmp_path / "a.json", OSError(28, "No space left on device"))
    assert (tmp_path / "a.json").read_text() == "1\n"
    assert names(tmp_path) == ["a.json"]


def test_what_a_library_raises_counts_as_an_os_error(tmp_path):
    with pytest.raises(UnwritableError, match="os error 28"), atomic_path(tmp_path / "a"), as_os_error(ValueError):
        raise ValueError("I/O error: No space left on device (os error 28)")


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_is_replaced(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(exchange, "_exchanged", lambda *_: False)
    for text in ("old", "new"):
        folder_with(tmp_path / "model", text)
    assert (tmp_path / "model" / "a.txt").read_text() == "new"
    assert names(tmp_path) == ["model"]


@pytest.mark.skipif(sys.platform != "linux", reason="the exchange of Linux")
def test_linux_exchanges_folders_in_one_step(tmp_path, monkeypatch):
    folder_with(tmp_path / "model", "old")
    monkeypatch.setattr(os, "rename", None)  # two renames would leave a moment without the folder
    folder_with(tmp_path / "model", "new")
    assert (tmp_path / "model" / "a.txt").read_text() == "new"


def leftover(folder, name, *, kind="tmp", process=None, host=None):
    """A temporary of another process; by default of one that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    path = folder / f".{name}.{host or temporaries._HOST}-{process or ended.pid}-00000000.{kind}"
    path.mkdir()
    (path / "a.txt").write_text("half")
    return path


def test_leftovers_of_the_dead_go_with_the_next_write(tmp_path):
    dead = leftover(tmp_path, "a.json")
    living = leftover(tmp_path, "a.json", process=os.getppid())
    elsewhere = leftover(tmp_path, "a.json", host="abcdef" if temporaries._HOST != "abcdef" else "fedcba")
    same_number = leftover(tmp_path, "a.json", process=os.getpid())  # as in a container, where it is always the same
    in_use = temporary_beside(tmp_path / "a.json")
    in_use.write_text("half")
    (tmp_path / ".a.json.tmp").write_text("somebody else's")
    write_json(tmp_path / "a.json", 1)
    assert not dead.exists()
    assert not same_number.exists()
    assert names(tmp_path) == sorted(["a.json", ".a.json.tmp", living.name, elsewhere.name, in_use.name])


def test_a_folder_that_stepped_aside_returns(tmp_path):
    leftover(tmp_path, "model", kind="old")
    remove_leftovers(tmp_path)
    assert names(tmp_path) == ["model"]
    leftover(tmp_path, "model", kind="old")
    remove_leftovers(tmp_path)
    assert names(tmp_path) == ["model"]


HOLDER = """
import sys
from pathlib import Path
from twobranch.locks import only_writer
with only_writer(Path(sys.argv[1]), "lock", "a run", remedy="Wait."):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_writer_and_the_lock_of_a_killed_one_is_free(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path / "run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(TwobranchError, match=r"one process at a time writes a run.*Wait"):
        takes_the_lock(tmp_path / "run")
    holder.kill()
    holder.communicate()
    assert takes_the_lock(tmp_path / "run") == ["lock"]


def test_a_folder_below_a_file_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnwritableError, match="a run must be writable"):
        takes_the_lock(tmp_path / "file" / "run")
    with pytest.raises(UnwritableError, match="must be writable"):
        write_json(tmp_path / "file" / "a.json", 1)
