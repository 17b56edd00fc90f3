"""Which rows, sentences and splits belong together in folders of precomputed features."""

from __future__ import annotations

import numpy as np
import pytest
from tests.corpus.test_precomputed_reader import images_of, sentences, write

from twobranch.corpus import read_corpus
from twobranch.corpus.repeated_rows import begins_image

SET = np.random.default_rng(3).normal(size=(4, 36, 8)).astype(np.float16)


def naive(features):
    return [row == 0 or features[row].tobytes() != features[row - 1].tobytes() for row in range(len(features))]


@pytest.mark.parametrize("block", [1, 100, 1 << 20])
def test_rows_that_begin_an_image(monkeypatch, block):
    monkeypatch.setattr("twobranch.corpus.repeated_rows.BLOCK_BYTES", block)
    rows = np.random.default_rng(0).integers(0, 2, (40, 3)).astype(np.float32)
    rows[7:9] = np.nan
    assert begins_image(rows).tolist() == naive(rows)
    sets = np.repeat(SET, 3, axis=0)
    assert begins_image(sets).tolist() == naive(sets)
    assert begins_image(np.zeros((0, 3))).tolist() == []


def test_a_set_that_differs_in_its_last_vector_is_another_image():
    sets = np.repeat(SET[:1], 2, axis=0)
    sets[1, -1, 0] += 1
    assert begins_image(sets).tolist() == [True, True]


def test_images_with_different_numbers_of_sentences(tmp_path):
    counts, vectors = [1, 4, 2, 3], np.eye(4, dtype=np.float32)
    texts = [f"a view of image {i}" for i, count in enumerate(counts) for _ in range(count)]
    write(tmp_path / "p", "train", np.repeat(vectors, counts, axis=0), texts)
    said, rows = images_of(read_corpus(tmp_path / "p"))
    assert said == rows
    assert len(set(rows)) == 4


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n", "\n \n\n"])
def test_blank_lines_at_the_end_are_no_sentences(tmp_path, end):
    write(tmp_path / "p", "train", np.eye(6, dtype=np.float32), sentences(6))
    (tmp_path / "p" / "train_caps.txt").write_bytes(("\n".join(sentences(6)) + end).encode())
    assert read_corpus(tmp_path / "p").sentences.num_rows == 30


@pytest.mark.parametrize("broken", [b"", b" ", b"\xff"])
def test_a_last_sentence_that_is_none_keeps_its_place(tmp_path, broken):
    write(tmp_path / "p", "train", np.eye(6, dtype=np.float32), sentences(6))
    lines = [line.encode() for line in sentences(6)[:-1]] + [broken]
    (tmp_path / "p" / "train_caps.txt").write_bytes(b"\n".join(lines) + b"\n")
    corpus = read_corpus(tmp_path / "p", skip_bad_rows=True)
    said, rows = images_of(corpus)
    assert said == rows
    assert corpus.sentences.num_rows == 29
    assert len(corpus.problems) == 1


def test_test_is_read_beside_a_testall_that_does_not_hold_it(tmp_path):
    folder = tmp_path / "p"
    write(folder, "testall", np.eye(3, dtype=np.float32), sentences(3))
    write(folder, "test", np.eye(2, dtype=np.float32), ["other " + text for text in sentences(2)])
    write(folder, "train", np.eye(2, dtype=np.float32), sentences(2))
    corpus = read_corpus(folder)
    assert corpus.split_names == ["train", "test", "testall"]
    assert corpus.split("test").images.num_rows == 2
    assert "testall is a split of its own, for test has sentences that it has not" in corpus.notes


def test_testall_alone_is_test(tmp_path):
    write(tmp_path / "p", "testall", np.eye(3, dtype=np.float32), sentences(3))
    corpus = read_corpus(tmp_path / "p")
    assert corpus.split_names == ["test"]
    assert "testall is the split test" in corpus.notes
