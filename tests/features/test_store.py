"""The store on disk: what was appended is found, by anyone, and damage is never read."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache, FeatureKey
from twobranch.features.row_table import RowTable
from twobranch.features.shards import FeatureRows, Shards
from twobranch.features.store import FeatureStore

KEY = FeatureKey("fake", "a" * 64, "image", "vector", (3,))


def digest(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def rows(*numbers: int) -> np.ndarray:
    return np.array([[number, number + 0.5, -number] for number in numbers], np.float32)


def filled(folder: Path, *shards: tuple[int, ...]) -> FeatureStore:
    store = FeatureCache(folder).get(KEY)
    for numbers in shards:
        store.append([digest(number) for number in numbers], rows(*numbers))
    return store


def files(store: FeatureStore, kind: str) -> list[Path]:
    return sorted(store.folder.glob(f"*.{kind}.npy"))


def test_rows_are_found_by_digest_across_shards_and_processes(tmp_path: Path) -> None:
    for store in (filled(tmp_path, (1, 2, 3), (4,), (5, 6)), FeatureCache(tmp_path).get(KEY)):
        positions = store.lookup([digest(5), digest(9), digest(1), digest(4)])
        assert positions[1] == -1
        np.testing.assert_array_equal(store.gather(positions), [*rows(5), [0, 0, 0], *rows(1, 4)])
        assert store.gather(positions).dtype == np.float32
        assert len(store) == 6
    assert np.load(files(store, "rows")[0], allow_pickle=False).dtype == np.float16


def test_a_digest_may_end_in_zeros() -> None:
    table = RowTable((3,))
    ends = [b"\x01" + bytes(31), b"\x01" * 31 + b"\0", bytes(32)]
    table.append(ends, rows(1, 2, 3))
    np.testing.assert_array_equal(table.lookup([*ends, b"\x01" * 32]), [0, 1, 2, -1])


def test_what_is_there_already_is_not_added_again(tmp_path: Path) -> None:
    store = filled(tmp_path, (1, 2), (2, 3))
    np.testing.assert_array_equal(store.gather(store.lookup([digest(k) for k in (1, 2, 3)])), rows(1, 2, 3))
    assert len(store) == 3
    store.append([digest(1)], rows(1))
    assert len(files(store, "rows")) == 2


def test_rows_are_memory_mapped_and_survive_later_appends(tmp_path: Path) -> None:
    store = filled(tmp_path, (1, 2))
    before = FeatureRows([(store.shards, store.lookup([digest(2), digest(1)]))], (3,))
    store.append([digest(3)], rows(3))
    np.testing.assert_array_equal(before[np.array([1, 0])], rows(1, 2))
    assert isinstance(store.shards._arrays[0], np.memmap)


def test_feature_rows_are_the_mean_over_sources() -> None:
    first, second = Shards([rows(1, 2)], (3,)), Shards([rows(5), rows(7)], (3,))
    features = FeatureRows([(first, np.array([0, 1, -1])), (second, np.array([1, 0, -1]))], (3,))
    assert features.shape == (3, 3)
    np.testing.assert_allclose(features[np.array([1, 0])], [rows(2, 5).mean(0), rows(1, 7).mean(0)])
    np.testing.assert_allclose(features.array()[2], 0)
    np.testing.assert_allclose(features.take(np.array([1])).array(), features[np.array([1])])


@pytest.mark.parametrize("kind", ["rows", "ids"])
def test_a_damaged_shard_is_dropped_said_and_replaced(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = filled(tmp_path, (1, 2), (3,))
    named = [shard["name"] for shard in store._manifest()]
    damaged = store._file(named[0], kind)
    damaged.write_bytes(damaged.read_bytes()[:-2])
    with caplog.at_level(logging.WARNING, "twobranch"):
        again = FeatureCache(tmp_path).get(KEY)
    assert "is damaged" in caplog.text
    np.testing.assert_array_equal(again.lookup([digest(1), digest(2), digest(3)]), [-1, -1, 0])
    again.append([digest(1), digest(2)], rows(1, 2))
    assert not damaged.exists()
    caplog.clear()
    mended = FeatureCache(tmp_path).get(KEY)
    np.testing.assert_array_equal(mended.gather(mended.lookup([digest(k) for k in (1, 2, 3)])), rows(1, 2, 3))
    assert not caplog.records


def test_what_a_killed_writer_left_is_not_read_and_goes_away(tmp_path: Path) -> None:
    store = filled(tmp_path, (1,))
    orphan = store.folder / ("0" * 32 + ".rows.npy")
    half = store.folder / ".x.rows.npy.1234.tmp"
    orphan.write_bytes(files(store, "rows")[0].read_bytes())
    half.write_bytes(b"half")
    assert len(FeatureCache(tmp_path).get(KEY)) == 1
    store.append([digest(2)], rows(2))
    assert not orphan.exists()
    assert not half.exists()


WRITER = """
import sys, hashlib, numpy as np
from pathlib import Path
from twobranch.features.cache import FeatureCache, FeatureKey
store = FeatureCache(Path(sys.argv[1])).get(FeatureKey("fake", "a" * 64, "image", "vector", (3,)))
for start in range(int(sys.argv[2]), int(sys.argv[2]) + 120, 4):
    numbers = range(start, start + 4)
    store.append([hashlib.sha256(str(k).encode()).digest() for k in numbers],
                 np.array([[k, k + 0.5, -k] for k in numbers], np.float32))
"""


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    """Two processes append 120 rows each, of which 60 are the same, in 30 shards each."""
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), start]) for start in ("0", "60")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    store = FeatureCache(tmp_path).get(KEY)
    assert len(store) == 180
    np.testing.assert_array_equal(store.gather(store.lookup([digest(k) for k in range(180)])), rows(*range(180)))


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FeatureCache(tmp_path / "file").get(KEY)  # a folder cannot be made below a file
    with pytest.raises(TwobranchError, match=r"--cache DIR or the variable TWOBRANCH_CACHE"):
        store.append([digest(1)], rows(1))


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path, (1,))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", full)
        with pytest.raises(TwobranchError, match="No space left"):
            store.append([digest(2)], rows(2))
    store.append([digest(2)], rows(2))  # nothing half-written stands in the way
    assert len(FeatureCache(tmp_path).get(KEY)) == 2


def test_entries_and_clear(tmp_path: Path) -> None:
    store = filled(tmp_path, (1, 2))
    (tmp_path / "features" / "not-ours").mkdir()
    (tmp_path / "features" / "not-ours" / "thesis.txt").write_text("keep")
    cache = FeatureCache(tmp_path)
    (entry,) = cache.entries()
    assert (entry.encoder, entry.view, entry.rows) == ("fake", "image", 2)
    assert entry.bytes == sum(file.stat().st_size for file in store.folder.iterdir())
    assert cache.clear("other") == 0
    assert cache.clear() == entry.bytes
    assert cache.entries() == []
    assert (tmp_path / "features" / "not-ours" / "thesis.txt").exists()


def test_keys_do_not_mix(tmp_path: Path) -> None:
    filled(tmp_path, (1,))
    for other in (
        FeatureKey("fake", "b" * 64, "image", "vector", (3,)),
        FeatureKey("fake", "a" * 64, "mirror", "vector", (3,)),
        FeatureKey("fake", "a" * 64, "image", "grid", (3,)),
    ):
        assert FeatureCache(tmp_path).get(other).lookup([digest(1)])[0] == -1


def test_the_folder_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOBRANCH_CACHE", str(tmp_path / "there"))
    assert FeatureCache().folder == tmp_path / "there"
    assert FeatureCache(tmp_path / "chosen").folder == tmp_path / "chosen"
    monkeypatch.delenv("TWOBRANCH_CACHE")
    assert FeatureCache().folder.name == "twobranch"
