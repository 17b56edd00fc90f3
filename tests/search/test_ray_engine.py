"""An index that a Ray cluster encodes is the one that this process encodes, whatever worker or driver is killed."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.corpus.container_files import picture, write_parquet, write_tar
from tests.search.fakes import FakeMatcher, paint
from tests.search.storage import storage_server, upload
from twobranch.errors import TwobranchError
from twobranch.search import Index
from twobranch.search.engines import Outcome, Work
from twobranch.search.ray_engine import RayEngine, _blocks, _outcome, _packed, _table, _telling, _unpacked
from twobranch.search.scan import scan_folder

ROOT = Path(__file__).parents[2]
MARK = "KILLED_WORKER_LEAVES"


class Mortal(FakeMatcher):
    """The first worker that gets a second batch dies in the middle of it, as of a lack of memory."""

    batches = 0

    def try_encode_images(self, images: Any, *, views: Any = None) -> tuple[np.ndarray, dict[int, str]]:
        self.batches += 1
        found = super().try_encode_images(images, views=views)
        if self.batches == 2 and not (mark := Path(os.environ[MARK])).exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return found


class Slow(FakeMatcher):
    """Takes a while for each picture."""

    def try_encode_images(self, images: Any, *, views: Any = None) -> tuple[np.ndarray, dict[int, str]]:
        time.sleep(0.05 * len(images))
        return super().try_encode_images(images, views=views)


class Deadly(FakeMatcher):
    """No worker survives a picture."""

    def try_encode_images(self, images: Any, *, views: Any = None) -> tuple[np.ndarray, dict[int, str]]:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Object storage, before the cluster starts: workers find it in their environment."""
    with pytest.MonkeyPatch.context() as patch, storage_server(patch) as address:
        yield address


@pytest.fixture(scope="module")
def cluster(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Ray with room for two workers; yields the mark that the first killed worker leaves."""
    mark = tmp_path_factory.mktemp("marks") / "killed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *sys.path]))
        patch.setenv(MARK, str(mark))
        patch.setenv("RAY_BACKEND_LOG_LEVEL", "fatal")
        ray = pytest.importorskip("ray", reason="the extra scale is not installed")
        ray.init(
            address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR,
            object_store_memory=200 << 20, _node_ip_address="127.0.0.1",
        )  # fmt: skip
        try:
            yield mark
        finally:
            ray.shutdown()


def load_with(patch: pytest.MonkeyPatch, matcher: type[FakeMatcher]) -> None:
    patch.setattr("twobranch.search.index.load_matcher", matcher.load)


def rows_of(index: Index) -> list[tuple[str, str, bytes, int, bytes]]:
    """Id, digest, embedding, width and thumbnail of every row of the store, those that stand there twice twice."""
    snapshot = index.snapshot()
    table = index.store_of(snapshot).take(list(snapshot.row_ids))
    return sorted(
        (row["id"], row["sha256"], np.float32(row["embedding"]).tobytes(), row["width"], row["thumbnail"])
        for row in table.to_pylist()
    )


def painted(folder: Path, count: int) -> Path:
    for number in range(count):
        paint(folder / f"{number}.png", (number * 4 % 256, number * 7 % 256, number * 11 % 256))
    return folder


ENGINE = RayEngine(workers=2, threads=1)


def test_object_storage_to_object_storage_with_a_worker_killed_midway(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one test of a cluster among the fast ones: everything at once."""
    photos = painted(tmp_path / "photos", 40)
    (photos / "broken.jpg").write_bytes(b"no picture")
    write_tar(photos / "t" / "0.tar", {"a.jpg": picture(1), "cut.jpg": picture(3)[:80]})
    write_parquet(photos / "1.parquet", [{"bytes": picture(n), "path": None} for n in (4, 5)])
    upload(photos, "s3://pictures/photos")
    cluster.unlink(missing_ok=True)
    monkeypatch.setenv("TWOBRANCH_CACHE", str(tmp_path / "cache"))
    load_with(monkeypatch, Mortal)
    there = Index.build(FakeMatcher(), "s3://pictures/photos", "s3://pictures/ray.index", engine=ENGINE)
    assert cluster.exists()
    load_with(monkeypatch, FakeMatcher)
    here = Index.build(FakeMatcher(), "s3://pictures/photos", tmp_path / "here")
    assert rows_of(there) == rows_of(here)
    assert len(rows_of(there)) == 43
    assert there.report is not None
    assert here.report is not None
    assert there.report.failures == here.report.failures
    assert sorted(there.report.failures) == ["broken.jpg", "t/0.tar/cut.jpg"]
    assert (there.report.added, here.report.added) == (43, 43)


@pytest.mark.slow
def test_a_folder_follows_changes(cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_with(monkeypatch, FakeMatcher)
    photos = painted(tmp_path / "photos", 12)
    write_tar(photos / "unread.tar", {"a.jpg": picture(1)})
    Index.build(FakeMatcher(), photos, tmp_path / "i", engine=ENGINE)
    paint(photos / "new.png", "white")  # 0.png was black
    paint(photos / "0.png", "yellow", size=(41, 30))
    (photos / "1.png").rename(photos / "renamed.png")
    (photos / "2.png").unlink()
    os.utime(photos / "3.png", ns=(1, 1))
    (photos / "4.png").write_bytes(b"overwritten")
    (tmp_path / "m.csv").write_text("image,price\nnew.png,5\n5.png,6\n")
    index = Index.build(FakeMatcher(), photos, tmp_path / "i", engine=ENGINE, metadata=tmp_path / "m.csv")
    report = index.report
    assert report is not None
    figures = (report.added, report.changed, report.moved, report.removed, report.unchanged, report.updated)
    assert figures == (1, 1, 1, 2, 6, 2)  # 5.png has other metadata
    assert list(report.failures) == ["4.png"]
    assert rows_of(index) == rows_of(Index.build(FakeMatcher(), photos, tmp_path / "here"))
    assert index.search("white", k=1, where="price = 5").hits[0].id == "new.png"


@pytest.mark.slow
def test_tars_of_this_machine(cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_with(monkeypatch, FakeMatcher)
    for shard in range(3):
        write_tar(tmp_path / "shards" / f"{shard}.tar", {f"{n}.jpg": picture(10 * shard + n) for n in range(7)})
    index = Index.build(FakeMatcher(), tmp_path / "shards", tmp_path / "i", engine=ENGINE)
    assert len(index) == 21
    assert rows_of(index) == rows_of(Index.build(FakeMatcher(), tmp_path / "shards", tmp_path / "here"))


@pytest.mark.slow
def test_a_picture_that_no_worker_survives_ends_the_run_in_one_line(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_with(monkeypatch, Deadly)
    with pytest.raises(TwobranchError, match="every batch must be computed by some worker") as raised:
        Index.build(FakeMatcher(), painted(tmp_path / "photos", 2), tmp_path / "i", engine=ENGINE)
    assert "\n" not in str(raised.value)
    load_with(monkeypatch, FakeMatcher)
    assert len(Index.build(FakeMatcher(), tmp_path / "photos", tmp_path / "i")) == 2


DRIVER = """
import sys
from tests.search.fakes import FakeMatcher
from tests.search.test_ray_engine import Slow
from twobranch.search import Index, building, index
from twobranch.search.ray_engine import RayEngine

if __name__ == "__main__":
    index.load_matcher = Slow.load
    building.COMMIT_ROWS = building._ENCODE_ROWS = 4
    Index.build(FakeMatcher(), sys.argv[1], sys.argv[2], engine=RayEngine(workers=2, threads=1))
"""


@pytest.mark.slow
def test_a_killed_driver_loses_and_doubles_nothing(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_with(monkeypatch, FakeMatcher)
    photos, committed = painted(tmp_path / "photos", 80), 0
    (tmp_path / "driver.py").write_text(DRIVER)
    ray = pytest.importorskip("ray")
    environment = {**os.environ, "RAY_ADDRESS": ray.get_runtime_context().gcs_address}
    command = [sys.executable, str(tmp_path / "driver.py"), str(photos), str(tmp_path / "i")]
    driver = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        ends = time.monotonic() + 120
        while driver.poll() is None and time.monotonic() < ends:
            time.sleep(0.2)
            if (tmp_path / "i" / "store").is_dir() and (committed := len(Index.open(tmp_path / "i"))) >= 8:
                break
    finally:
        driver.kill()
        _, said = driver.communicate()
    assert 8 <= committed < 80, said.decode()
    again = Index.build(FakeMatcher(), photos, tmp_path / "i", engine=ENGINE)
    assert again.report is not None
    assert again.report.unchanged >= committed
    assert again.report.added + again.report.unchanged == 80
    assert rows_of(again) == rows_of(Index.build(FakeMatcher(), photos, tmp_path / "here"))


@pytest.mark.slow
def test_workers_load_a_trained_matcher(
    cluster: Path, run: Path, scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Embeddings have the same bits, whatever process computes them."""
    from twobranch.matcher import Matcher

    monkeypatch.setattr("twobranch.search.index.load_matcher", Matcher.load)
    matcher = Matcher.load(run / "model", threads=1, cache=tmp_path / "cache")
    engine = RayEngine(workers=2, threads=1, device="cpu", cache=tmp_path / "workers")
    there = Index.build(matcher, scenes, tmp_path / "there", engine=engine)
    assert rows_of(there) == rows_of(Index.build(matcher, scenes, tmp_path / "here"))


def test_an_engine_that_answers_twice_or_not_at_all(photos: Path, tmp_path: Path) -> None:
    from twobranch.search.local_engine import LocalEngine

    class Twice:
        def compute(self, work: Work) -> Iterator[Outcome]:
            for outcome in list(LocalEngine().compute(work)):
                yield outcome
                yield outcome

    class Lazy:
        def compute(self, work: Work) -> Iterator[Outcome]:
            yield Outcome(failures={"a.png": "no time"})

    index = Index.build(FakeMatcher(), photos, tmp_path / "i", engine=Twice())
    assert len(index) == len(rows_of(index)) == 5
    assert index.report is not None
    assert index.report.added == 5
    with pytest.raises(TwobranchError, match="no answer for 4 of them"):
        Index.build(FakeMatcher(), photos, tmp_path / "other", engine=Lazy())


def test_an_outcome_travels_as_a_table() -> None:
    row = {"sha256": "ab", "width": 4, "height": 3, "embedding": np.float32([1, 2, 3]), "thumbnail": b"jpeg"}
    outcome = Outcome(known={"k.png": "cd"}, rows={"n.png": row}, failures={"f.png": "broken"})
    back = _outcome(_table(outcome, 3))
    assert (back.known, back.failures) == (outcome.known, outcome.failures)
    assert {**back.rows["n.png"], "embedding": None} == {**row, "embedding": None}
    assert back.rows["n.png"]["embedding"] == [1, 2, 3]


def test_each_worker_gets_several_batches(photos: Path) -> None:
    images = list(scan_folder(photos).images.values())
    work = Work(images, FakeMatcher(), ("image",), frozenset(), batch=256)  # type: ignore[arg-type]
    blocks = list(_blocks(work, workers=1))
    assert [len(block) for block in blocks] == [2, 2, 1]
    assert pa.concat_tables(blocks)["id"].to_pylist() == [image.id for image in images]


def test_a_matcher_travels_as_bytes(tmp_path: Path) -> None:
    folder = _unpacked(_packed(FakeMatcher(identity="other")), tmp_path / "m")  # type: ignore[arg-type]
    assert FakeMatcher.load(folder).identity == "other"


def test_without_ray_the_extra_is_named(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(TwobranchError, match=r'pip install "twobranch\[scale\]"'):
        Index.build(FakeMatcher(), photos, tmp_path / "i", engine=ENGINE)


def test_what_ray_wraps_is_told() -> None:
    class FakeRay:
        class exceptions:
            RayError = OSError

    with pytest.raises(TwobranchError, match="the cache must be writable"), _telling(FakeRay):
        raise OSError("task failed") from TwobranchError("cache", "the cache must be writable", remedy="Free space.")
    with pytest.raises(TwobranchError, match="found out of memory"), _telling(FakeRay):
        raise OSError("task failed\nof many lines") from MemoryError("worker:\nout of memory")
