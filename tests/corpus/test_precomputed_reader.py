"""Folders of precomputed features, in the layouts that VSE++ and SCAN wrote, and the ways in which they break."""

from __future__ import annotations

import json

import numpy as np
import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError


def sentences(images, each=5):
    return [f"sentence {k} of image {i}" for i in range(images) for k in range(each)]


def write(folder, name, features, lines, ids=None):
    folder.mkdir(exist_ok=True)
    np.save(folder / f"{name}_ims.npy", features)
    (folder / f"{name}_caps.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if ids is not None:
        (folder / f"{name}_ids.txt").write_text("\n".join(ids) + "\n")


@pytest.fixture
def vectors():
    return np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def images_of(corpus):
    """The number of the image in each sentence's text must be that of its row's image."""
    return [int(text.split()[-1]) for text in corpus.sentence_texts], corpus.sentence_images.tolist()


@pytest.mark.parametrize("repeated", [False, True])
def test_a_row_per_image_and_a_row_per_sentence_are_the_same_corpus(tmp_path, vectors, repeated):
    features = np.repeat(vectors, 5, axis=0) if repeated else vectors
    write(tmp_path / "x_precomp", "train", features, sentences(6))
    corpus = read_corpus(tmp_path / "x_precomp")
    said, rows = images_of(corpus)
    assert said == rows
    assert corpus.images.num_rows == 6
    assert corpus.sentences.num_rows == 30
    step = 5 if repeated else 1
    assert corpus.image_ids == [f"train_ims.npy/{step * i}" for i in range(6)]
    layout = "a row per sentence, repeated" if repeated else "a row per image"
    assert any(f"train: 6 images, {layout}; vectors of 4 values" in note for note in corpus.notes)
    assert corpus.images.column("bytes").to_pylist() == [144] * 6


def test_splits_and_region_sets(tmp_path):
    for name in ("train", "dev", "test", "testall"):
        write(
            tmp_path / "coco_precomp", name, np.ones((3, 36, 8), np.float16) * np.arange(3)[:, None, None], sentences(3)
        )
    corpus = read_corpus(tmp_path / "coco_precomp")
    assert corpus.split_names == ["train", "val", "test"]
    assert corpus.split("test").image_ids[0] == "testall_ims.npy/0"
    assert any("testall is the split test" in note for note in corpus.notes)
    assert any("sets of 36 vectors, which are averaged of 8 values" in note for note in corpus.notes)


@pytest.mark.parametrize("per", ["image", "sentence"])
def test_ids_become_metadata(tmp_path, vectors, per):
    ids = [str(100 + i) for i in range(6) for _ in range(5 if per == "sentence" else 1)]
    write(tmp_path / "p", "train", vectors, sentences(6), ids)
    (tmp_path / "p" / "id_mapping.json").write_text(json.dumps({"100": "a.jpg", "101": "b.jpg"}))
    corpus = read_corpus(tmp_path / "p")
    assert corpus.images.column("image_id").to_pylist() == [str(100 + i) for i in range(6)]
    assert corpus.images.column("file_name").to_pylist() == ["a.jpg", "b.jpg", None, None, None, None]


def test_counts_that_do_not_fit(tmp_path, vectors):
    write(tmp_path / "p", "train", vectors, sentences(6)[:-1])
    with pytest.raises(TwobranchError, match=r"a row per sentence \(29\) or per image.*6 rows.*train_caps\.txt"):
        read_corpus(tmp_path / "p")
    write(tmp_path / "p", "train", vectors, sentences(6), ["1", "2"])
    with pytest.raises(TwobranchError, match=r"an id per image \(6\) or per sentence \(30\), but found 2 lines"):
        read_corpus(tmp_path / "p")


def test_an_empty_sentence_and_one_that_is_no_utf8(tmp_path, vectors):
    lines = sentences(6)
    lines[7] = " "
    write(tmp_path / "p", "train", vectors, lines)
    with pytest.raises(TwobranchError, match=r"train_caps\.txt, row 8"):
        read_corpus(tmp_path / "p")
    data = (tmp_path / "p" / "train_caps.txt").read_bytes().replace(b"sentence 0 of image 0", b"\xff\xfd", 1)
    (tmp_path / "p" / "train_caps.txt").write_bytes(data)
    corpus = read_corpus(tmp_path / "p", skip_bad_rows=True)
    said, rows = images_of(corpus)
    assert said == rows
    assert len(corpus.problems) == 2


@pytest.mark.parametrize("features", [np.array([{"a": 1}, None], object), np.zeros(6), np.array([["a"]])])
def test_objects_single_numbers_and_texts_are_no_features(tmp_path, features):
    (tmp_path / "p").mkdir()
    np.save(tmp_path / "p" / "train_ims.npy", features, allow_pickle=True)
    (tmp_path / "p" / "train_caps.txt").write_text("a dog\n")
    with pytest.raises(TwobranchError, match=r"train_ims\.npy"):
        read_corpus(tmp_path / "p")


def test_a_truncated_file(tmp_path, vectors):
    write(tmp_path / "p", "train", vectors, sentences(6))
    path = tmp_path / "p" / "train_ims.npy"
    whole = path.read_bytes()
    for length in (0, 5, 60, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(TwobranchError, match=r"must be a whole \.npy file of numbers"):
            read_corpus(tmp_path / "p")


def test_sentences_that_are_missing_are_named(tmp_path, vectors):
    write(tmp_path / "p", "train", vectors, sentences(6))
    (tmp_path / "p" / "train_caps.txt").unlink()
    with pytest.raises(TwobranchError, match=r"train_ims\.npy is there, but not train_caps\.txt"):
        read_corpus(tmp_path / "p")
