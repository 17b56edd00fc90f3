"""Approximate search: candidates with true scores, kept current with the store, and never trusted from the disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.search.fakes import FakeMatcher
from twobranch.search import Index, derived, following, ranking
from twobranch.search.approximate import ApproximateIndex
from twobranch.search.exact import best
from twobranch.search.folder import Description, now, write_description
from twobranch.search.matrix import Snapshot
from twobranch.search.probability import query_probabilities
from twobranch.search.ranking import rank
from twobranch.search.store import Store

COUNT, DIM = 3000, 24


def gallery(similarity: str, count: int = COUNT) -> np.ndarray:
    """Embeddings in clumps; of the unit length where they are compared by cosine."""
    generator = np.random.default_rng(0)
    clumps = generator.standard_normal((40, DIM))
    rows = clumps[generator.integers(40, size=count)] + 0.7 * generator.standard_normal((count, DIM))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if similarity == "dot":
        lengths = lengths / generator.lognormal(0, 0.5, (count, 1))
    return np.asarray(rows / lengths, np.float32)


def queries(count: int = 40) -> np.ndarray:
    generator = np.random.default_rng(1)
    near = gallery("cosine")[generator.integers(COUNT, size=count)] + 0.1 * generator.standard_normal((count, DIM))
    return np.asarray(near, np.float32)


def snapshot(matrix: np.ndarray, **fields: Any) -> Snapshot:
    total = len(matrix) + len(fields.get("tail", ()))
    rows = pa.table({"_rowid": pa.array(np.arange(total, dtype=np.uint64))})
    return Snapshot(matrix, rows, "", 0, **fields)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Galleries of a test are large enough."""
    monkeypatch.setattr(derived, "APPROXIMATE_FROM", 3)
    monkeypatch.setattr(following, "SMALL", 20)
    monkeypatch.setattr(ranking, "FEW", 300 * DIM)
    monkeypatch.setattr(ranking, "SHORTLIST", 100)
    monkeypatch.setattr("twobranch.search.approximate.LISTS", 8)


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_it_finds_what_exact_search_finds(similarity: str) -> None:
    matrix = gallery(similarity)
    exact, near = snapshot(matrix), snapshot(matrix, approximate=ApproximateIndex.build(matrix))
    shares = []
    for query in queries():
        found, truth = rank(near, query, None, 10), rank(exact, query, None, 10)
        shares.append(len(np.intersect1d(found.rows, truth.rows)) / 10)
        np.testing.assert_allclose(found.scores, matrix[found.rows] @ query, rtol=1e-5, atol=1e-6)
        assert (np.diff(found.scores) <= 0).all()
        assert (found.images, len(found.seen) < COUNT) == (COUNT, True)
    assert np.mean(shares) > 0.97


def test_only_rows_that_pass_are_found_whether_few_or_many() -> None:
    matrix = gallery("cosine")
    near = snapshot(matrix, approximate=ApproximateIndex.build(matrix))
    for share in (0.02, 0.3, 0.9):
        rows = np.flatnonzero(np.random.default_rng(2).random(COUNT) < share)
        hits = 0
        for query in queries():
            found = rank(near, query, rows, 10)
            truth = rows[best(matrix[rows] @ query, 10)]
            assert np.isin(found.rows, rows).all()
            assert found.images == len(rows)
            hits += len(np.intersect1d(found.rows, truth))
        assert hits / 400 > 0.97


def test_images_that_are_gone_are_not_found_and_those_that_came_are() -> None:
    matrix, tail = gallery("cosine"), gallery("cosine", COUNT + 50)[COUNT:]
    approximate = ApproximateIndex.build(matrix)
    query = tail[7]
    gone = np.sort(rank(snapshot(matrix, approximate=approximate), query, None, 20).rows)
    near = snapshot(matrix, tail=tail, gone=gone, approximate=approximate)
    assert len(near) == COUNT + 50 - 20
    found = rank(near, query, None, 30)
    assert found.rows[0] == COUNT + 7
    assert not np.isin(found.rows, gone).any()
    approximate.add(tail)
    again = rank(near, query, None, 30)
    assert len(np.intersect1d(found.rows, again.rows)) >= 25
    both = rank(near, query, np.array([5, COUNT + 7, COUNT + 9]), 3)
    assert both.rows[0] == COUNT + 7


def test_pages_behind_the_candidates_follow_in_the_exact_order() -> None:
    matrix = gallery("cosine")
    near = snapshot(matrix, approximate=ApproximateIndex.build(matrix))
    query = queries()[0]
    whole = rank(near, query, None, COUNT)
    assert sorted(whole.rows.tolist()) == list(range(COUNT))
    for count in (1, 10, 99, 100, 101, 500):
        np.testing.assert_array_equal(rank(near, query, None, count).rows, whole.rows[:count])
    assert (np.diff(whole.scores[100:]) <= 0).all()


def test_any_match_is_near_that_of_all_scores() -> None:
    generator = np.random.default_rng(0)
    matrix = generator.standard_normal((6000, 3)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    near = snapshot(matrix, approximate=ApproximateIndex.build(matrix))
    calibration = FakeMatcher().calibration
    for query in matrix[:5]:
        found = rank(near, query, None, 10)
        assert found.weights is not None
        assert found.weights.sum() == pytest.approx(6000, rel=1e-5)
        _, estimate = query_probabilities(calibration, "t2i", found.seen, query, found.weights)
        _, truth = query_probabilities(calibration, "t2i", matrix @ query, query)
        assert estimate == pytest.approx(truth, abs=0.05)


def test_it_is_saved_and_read_and_a_changed_file_never_reaches_faiss(tmp_path: Path) -> None:
    matrix = gallery("dot")
    built = ApproximateIndex.build(matrix)
    built.save(tmp_path)
    opened = ApproximateIndex.open(tmp_path)
    for query in queries(5):
        np.testing.assert_array_equal(opened.search(query, 50), built.search(query, 50))
    file = tmp_path / "approximate.faiss"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ValueError, match="was changed"):
        ApproximateIndex.open(tmp_path)


def test_it_is_far_smaller_than_the_embeddings(tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).standard_normal((4000, 512)).astype(np.float32)
    ApproximateIndex.build(matrix).save(tmp_path)
    assert sum(file.stat().st_size for file in ApproximateIndex.files(tmp_path)) < 0.2 * matrix.nbytes


@pytest.mark.parametrize("count", [1, 2, 9])
def test_tiny_galleries(count: int) -> None:
    matrix = np.zeros((count, 3), np.float32)
    matrix[0] = 1
    near = snapshot(matrix, approximate=ApproximateIndex.build(matrix))
    assert rank(near, np.ones(3, np.float32), None, 1).rows.tolist() == [0]


def facts(names: list[str], embeddings: np.ndarray) -> list[dict[str, Any]]:
    fixed = {"bytes": 1, "mtime_ns": 1, "width": 4, "height": 3, "thumbnail": b"jpeg"}
    return [
        {"id": name, "path": name, "sha256": name, "embedding": row, **fixed}
        for name, row in zip(names, embeddings, strict=True)
    ]


@pytest.fixture
def large(tmp_path: Path) -> tuple[Path, Store, np.ndarray]:
    """An index of 200 images on a circle in three dimensions, and its store."""
    angles = np.arange(260) * 0.024
    points = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1).astype(np.float32)
    path = tmp_path / "i"
    path.mkdir()
    matcher = FakeMatcher()
    matcher.save(path / "matcher")
    told = {"matcher_identity": matcher.identity, "similarity": "cosine", "dim": 3, "views": ("image",)}
    write_description(path, Description(**told, images=str(tmp_path), created=now()))
    store = Store(path / "store", 3)
    store.add(facts([f"{number:03d}" for number in range(200)], points[:200]), new=True)
    return path, store, points


def derived_file(path: Path, name: str) -> Path:
    (file,) = (path / "derived").glob(f"*/{name}")
    return file


def test_the_index_follows_the_store_without_reading_all_of_it(
    large: tuple[Path, Store, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, store, points = large
    index = Index.open(path)
    assert index.snapshot().approximate is not None
    matrix = derived_file(path, "matrix.npy").stat().st_ino
    monkeypatch.setattr(Store, "embeddings", lambda _: pytest.fail("read all embeddings"))
    store.add(facts(["200", "201"], points[200:202]), new=True)
    assert (len(index), index.search(like="201", k=2).hits[0].id) == (202, "201")
    store.delete(["201", "050"])
    assert len(index) == 200
    assert not {"201", "050"} & {hit.id for hit in index.search(like="049", k=200).hits}
    store.add([{**facts(["049"], points[240:241])[0], "sha256": "other"}], new=False)
    assert index.facts("049")["sha256"] == "other"
    np.testing.assert_array_equal(index.snapshot().embedding_of("049"), points[240])
    assert len(index) == 200
    assert derived_file(path, "matrix.npy").stat().st_ino == matrix
    fresh = Index.open(path)
    assert fresh.search(like="049", k=5).to_json() == index.search(like="049", k=5).to_json()
    assert index.thumbnail("049") == b"jpeg"


def test_rows_that_were_joined_anew_are_known_by_their_content(
    large: tuple[Path, Store, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, store, points = large
    store.add(facts(["200"], points[200:201]), new=True)
    index = Index.open(path)
    before = index.snapshot()
    store.delete(["003"])
    store._table.optimize()
    monkeypatch.setattr(Store, "embeddings", lambda _: pytest.fail("read all embeddings"))
    after = index.snapshot()
    assert not set(before.row_ids.tolist()) & set(after.row_ids.tolist())
    assert (len(after), after.gone.tolist()) == (200, [3])
    assert index.search(like="200", where="id >= '199'", k=9).hits[0].id == "200"


def test_many_changes_make_it_anew(large: tuple[Path, Store, np.ndarray]) -> None:
    path, store, points = large
    index = Index.open(path)
    assert len(index) == 200
    store.add(facts([str(number) for number in range(200, 260)], points[200:]), new=True)
    after = index.snapshot()
    assert (len(after.matrix), len(after.tail), len(after.gone)) == (260, 0, 0)
    assert after.approximate is not None
    assert len(after.approximate) == 260


def test_new_images_join_the_approximate_index_when_there_are_many(
    large: tuple[Path, Store, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_EXACT_TAIL", 4)
    path, store, points = large
    index = Index.open(path)
    lengths = [len(index.snapshot().matrix)]
    for start in range(200, 212, 3):
        store.add(facts([str(number) for number in range(start, start + 3)], points[start : start + 3]), new=True)
        snapshot = index.snapshot()
        assert snapshot.approximate is not None
        lengths.append(len(snapshot.approximate))
        assert index.search(like=str(start + 2), k=1).hits[0].id == str(start + 2)
    assert lengths == [200, 200, 206, 206, 212]


DAMAGES = {
    "approximate.faiss": lambda content: content[:-5],
    "approximate.json": lambda content: b"{}",
    "gone.npy": lambda content: content[:-3] + b"\xff" * 3,
    "tail.npy": lambda content: b"",
    "tail.arrow": lambda content: content[:50],
    "derived.json": lambda content: json.dumps({"version": -4}).encode(),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_made_anew(large: tuple[Path, Store, np.ndarray], name: str) -> None:
    path, store, points = large
    Index.open(path).snapshot()
    store.add(facts(["200"], points[200:201]), new=True)
    store.delete(["007"])
    before = Index.open(path).search(like="200").to_json()
    file = derived_file(path, name)
    file.write_bytes(DAMAGES[name](file.read_bytes()))
    again = Index.open(path)
    assert again.search(like="200").to_json() == before
    assert again.snapshot().folder is not None
    assert {hit.id for hit in again.search(like="200", k=300).hits} == {hit["id"] for hit in before["results"]} | {
        f"{number:03d}" for number in range(200) if number != 7
    }
