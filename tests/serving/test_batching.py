"""The micro-batcher: what waits together is encoded together, and every row is that of its item alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.search.fakes import FakeMatcher
from twobranch.matcher import Matcher
from twobranch.search.query_encoder import OneByOne
from twobranch.serving.batching import BatchedEncoder, Batcher


class Recorder:
    """Encodes a number as itself; the first batch waits until the gate is opened."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate, self.begun = threading.Event(), threading.Event()

    def __call__(self, items: Sequence[int]) -> np.ndarray:
        self.batches.append(list(items))
        self.begun.set()
        self.gate.wait(10)
        if 13 in items:
            raise ValueError("13")
        return np.array([[item] for item in items], np.float32)


def together(batcher: Batcher[int], recorder: Recorder, first: int, others: Sequence[int]) -> list[object]:
    """Ask for one item, for the others while it is being encoded, and only then let it end."""

    def row(item: int) -> object:
        try:
            return batcher.rows([item])[0].tolist()
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(len(others) + 1) as pool:
        futures = [pool.submit(row, first)]
        assert recorder.begun.wait(10)
        futures += [pool.submit(row, item) for item in others]
        while len(batcher._waiting) < len(others):
            pass
        recorder.gate.set()
        return [future.result(10) for future in futures]


def test_what_waits_is_encoded_in_one_call() -> None:
    recorder, sizes = Recorder(), []
    batcher = Batcher(recorder, observe=sizes.append)
    assert together(batcher, recorder, 1, [2, 3, 4, 5]) == [[1], [2], [3], [4], [5]]
    assert [sorted(batch) for batch in recorder.batches] == [[1], [2, 3, 4, 5]]
    assert sizes == [1, 4]


def test_a_batch_has_a_largest_size() -> None:
    recorder = Recorder()
    assert together(Batcher(recorder, most=2), recorder, 1, [2, 3, 4]) == [[1], [2], [3], [4]]
    assert [len(batch) for batch in recorder.batches] == [1, 2, 1]


def test_one_bad_item_spoils_no_other() -> None:
    recorder = Recorder()
    assert together(Batcher(recorder), recorder, 1, [2, 13, 4]) == [[1], [2], "13", [4]]


def test_many_threads_get_their_own_rows() -> None:
    batcher = Batcher(lambda items: np.array([[item] for item in items], np.float32), most=4)
    with ThreadPoolExecutor(16) as pool:
        rows = list(pool.map(lambda item: batcher.rows([item, item + 1]), range(500)))
    assert [[row.tolist() for row in pair] for pair in rows] == [[[item], [item + 1]] for item in range(500)]


def test_another_matcher_has_batches_of_its_own() -> None:
    encoder = BatchedEncoder()
    first, second = FakeMatcher(), FakeMatcher(dim=3, identity="colors-2")
    second.encode_queries = lambda sentences: np.zeros((len(sentences), 3), np.float32)  # type: ignore[method-assign]
    assert encoder.sentence(first, "red").any()
    with encoder.ahead(first, ["blue"]):
        assert not encoder.sentence(second, "blue").any()
    assert encoder.sentence(first, "red").any()


SENTENCES = ["a dog", "two small cats beside a red car", "the sun", "a dog", "nine trees and a house on a hill"]


def test_a_trained_matcher_gives_the_same_bits(run: Path) -> None:
    matcher = Matcher.load(run / "model")
    alone = np.stack([OneByOne().sentence(matcher, sentence) for sentence in SENTENCES])
    np.testing.assert_array_equal(matcher.encode_queries(SENTENCES), alone)
    pictures = [np.full((40, 50, 3), value, np.uint8) for value in (10, 120, 250)]
    one_by_one = np.stack([OneByOne().picture(matcher, picture, matcher.views) for picture in pictures])
    np.testing.assert_array_equal(matcher.encode_images(pictures, views=matcher.views), one_by_one)


@pytest.mark.parametrize("count", [0, 1])
def test_few_sentences(run: Path, count: int) -> None:
    matcher = Matcher.load(run / "model")
    assert matcher.encode_queries(SENTENCES[:count]).shape == (count, matcher.dim)
