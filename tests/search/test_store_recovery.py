"""A store after kills and full disks: half-made tables, files that were cut short, strays of another generation."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.search.fakes import FakeMatcher, paint
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.derived import load_snapshot
from twobranch.search.store import Store


def row(name: str) -> dict[str, Any]:
    facts = {"path": name, "sha256": name, "bytes": 1, "mtime_ns": 1, "width": 1, "height": 1}
    return {"id": name, **facts, "embedding": np.ones(3, np.float32), "thumbnail": b"jpeg" * 50}


def ids(store: Store) -> list[str]:
    return sorted(store.listing()["id"].to_pylist())


def data_files(folder: Path) -> set[Path]:
    return set((folder / "images.lance" / "data").glob("*.lance"))


@pytest.mark.parametrize("half", ["", "_transactions/.tmpab12cd", "_versions/18446744073709551614.manifest#1"])
def test_a_table_that_was_killed_while_it_was_made_is_made(tmp_path: Path, half: str) -> None:
    path = tmp_path / "images.lance" / half
    path.parent.mkdir(parents=True, exist_ok=True)
    if half:
        path.write_bytes(b"half")
    store = Store(tmp_path, 3)
    store.add([row("a")], new=True)
    assert ids(Store(tmp_path)) == ["a"]


def test_a_commit_that_a_full_disk_cut_short_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lance may commit although the last bytes were not written; here they are taken away."""
    store = Store(tmp_path, 3)
    store.add([row("a")], new=True)
    present, add = data_files(tmp_path), store._table.add

    def cut_short(table: Any) -> None:
        add(table)
        (new,) = data_files(tmp_path) - present
        new.write_bytes(new.read_bytes()[:-10])

    monkeypatch.setattr(store._table, "add", cut_short)
    with pytest.raises(TwobranchError, match=r"must be writable.*cut short.*disk has room"):
        store.add([row("b")], new=True)
    assert ids(store) == ids(Store(tmp_path)) == ["a"]
    assert data_files(tmp_path) == present
    store.add([row("c")], new=True)
    assert ids(Store(tmp_path)) == ["a", "c"]


def test_a_process_killed_before_it_took_that_back_is_followed_by_one_that_does(tmp_path: Path) -> None:
    Store(tmp_path, 3).add([row("a")], new=True)
    present = data_files(tmp_path)
    for name in ("b", "c"):
        Store(tmp_path, 3).add([row(name)], new=True)
    for file in data_files(tmp_path) - present:
        file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(TwobranchError, match="must be readable"):
        Store(tmp_path).listing()
    assert ids(Store(tmp_path, 3)) == ["a"]
    assert ids(Store(tmp_path)) == ["a"]
    assert data_files(tmp_path) == present


def test_a_cut_file_that_no_version_has_is_removed(tmp_path: Path) -> None:
    Store(tmp_path, 3).add([row("a")], new=True)
    stray = tmp_path / "images.lance" / "data" / "0123.lance"
    stray.write_bytes(b"half")
    assert ids(Store(tmp_path, 3)) == ["a"]
    assert not stray.exists()


def test_strays_are_never_taken_for_the_rows_of_a_new_matcher(index: Index, photos: Path) -> None:
    """A process may be killed after it has dropped pending.json and before the folders are gone."""
    with pytest.raises(KeyboardInterrupt):
        Index.build(FakeMatcher(identity="colors-2", fail_after=0), photos, index.path)
    stray = Store(index.path / "store-2", 3)
    stray.add([row("a.png")], new=True)
    (index.path / "pending.json").unlink()
    other = FakeMatcher(identity="colors-3")
    again = Index.build(other, photos, index.path)
    assert len(other.encoded) == len(again) == 5
    shutil.copytree(index.path / "store-2", index.path / "store-7")
    Index.build(other, photos, index.path)
    assert not (index.path / "store-7").exists()


def test_rows_that_were_written_are_not_written_again_when_the_next_fail(
    index: Index, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(photos / "new.png", "black")
    paint(photos / "a.png", "yellow", size=(41, 30))  # changed: written after the new one
    add, calls = Store.add, []

    def full_once(store: Store, rows: Sequence[Mapping[str, Any]], *, new: bool) -> None:
        calls.append(new)
        if not new and calls.count(False) == 1:
            raise TwobranchError("store", "must be writable", remedy="Free space.")
        add(store, rows, new=new)

    monkeypatch.setattr(Store, "add", full_once)
    with pytest.raises(TwobranchError, match="must be writable"):
        Index.build(FakeMatcher(), photos, index.path)
    again = Index.build(FakeMatcher(), photos, index.path)
    found = again.snapshot().rows["id"].to_pylist()
    assert len(found) == len(set(found)) == 6


def test_a_search_goes_on_with_the_generation_that_takes_over(
    index: Index, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, taken_over = Index.open(index.path), []

    def too_late(*arguments: Any) -> Any:
        if not taken_over:
            taken_over.append(True)
            Index.build(FakeMatcher(identity="colors-2"), photos, index.path)
            raise FileNotFoundError("the files of the generation before")
        return load_snapshot(*arguments)

    monkeypatch.setattr("twobranch.search.derived.load_snapshot", too_late)
    assert opened.search("red", k=1).hits[0].id == "a.png"
    assert opened.matcher.identity == "colors-2"
