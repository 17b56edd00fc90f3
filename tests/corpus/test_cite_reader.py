"""Region features with phrases and boxes, as cite keeps them in HDF5."""

from __future__ import annotations

import contextlib
import io

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from twobranch.corpus import read_corpus
from twobranch.corpus.contents import content, file_size
from twobranch.errors import TwobranchError
from twobranch.features.extract import image_features
from twobranch.features.precomputed import Precomputed

VISUAL = 128
MENTIONS = (
    ("36979", "man", "1_1", "1", (10, 20, 110, 220)),
    ("36979", "long+hair", "1_2", "1", (30, 20, 60, 50.5)),
    ("36979", "man", "2_1", "0", (0, 0, 5, 5)),
    ("65567", "unk", "1_1", "1", (0, 0, 5, 5)),
    ("65567", "two+dogs", "1_2", "1", (1, 1, 50, 40)),
)


def regions(seed, place=5, boxes=3):
    random = np.random.default_rng(seed)
    visual = random.normal(size=(boxes, VISUAL)).astype(np.float32)
    return np.concatenate([visual, np.full((boxes, place), 0.5), np.full((boxes, 4), 400.0)], axis=1).astype(np.float32)


def write_cite(path, mentions=MENTIONS, *, columns=4, transposed=False, place=5, fixed=False):
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    kind = "S16" if fixed else h5py.string_dtype()
    with h5py.File(path, "w") as file:
        pairs = np.array([[str(part) for part in mention[:columns]] for mention in mentions], dtype=object)
        table = pairs.T if transposed else pairs
        file["pairs"] = table.astype(kind)
        file["phrases"] = np.array(sorted({mention[1] for mention in mentions}), dtype=object).astype(kind)
        for number, image in enumerate(dict.fromkeys(mention[0] for mention in mentions)):
            file[image] = regions(number, place)
        for image, phrase, mention, _, box in mentions:
            file[f"{image}_{phrase}_{mention}"] = np.array([0.1, 0.9, 0.0, *box])
    return path


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("ending", ["_features.h5", "_imfeats.h5"])
def test_phrases_boxes_and_features(tmp_path, ending, transposed, fixed):
    for split in ("train", "val"):
        write_cite(tmp_path / "d" / f"{split}{ending}", transposed=transposed, fixed=fixed)
    corpus = read_corpus(tmp_path / "d")
    train = corpus.split("train")
    assert corpus.split_names == ["train", "val"]
    assert train.image_ids == [f"train{ending}/36979", f"train{ending}/65567"]
    assert train.sentence_texts == ["man", "long hair", "two dogs"]
    assert train.phrases.column("text").to_pylist() == train.sentence_texts
    assert train.regions.column("y1").to_pylist() == [220, 50.5, 40]
    assert any("3 phrases with a box" in n and "1 unknown, 1 not annotated" in n for n in corpus.notes)


@pytest.mark.parametrize("place", [5, 8])
def test_the_feature_is_the_mean_of_the_visual_columns(tmp_path, place):
    path = write_cite(tmp_path / "d" / "train_features.h5", place=place)
    corpus = read_corpus(path)
    encoder = Precomputed()
    encoder.fit(corpus.image_paths)
    found = image_features(encoder, corpus.image_paths).features.array()
    np.testing.assert_allclose(found, [regions(n)[:, :VISUAL].mean(0) for n in (0, 1)], rtol=1e-5)
    row = np.load(io.BytesIO(content(corpus.image_paths[0])))
    assert row.shape == (3, VISUAL)
    assert file_size(corpus.image_paths[0]) == len(content(corpus.image_paths[0]))


def test_all_mentions_are_taken_where_none_says_whether_it_is_annotated(tmp_path):
    corpus = read_corpus(write_cite(tmp_path / "d" / "test_features.h5", columns=3))
    assert corpus.sentence_texts == ["man", "long hair", "man", "two dogs"]
    assert corpus.split_names == ["test"]


def test_a_mention_without_its_box(tmp_path):
    path = write_cite(tmp_path / "d" / "train_features.h5")
    with h5py.File(path, "a") as file:
        del file["36979_long+hair_1_2"]
        del file["36979_man_1_1"]
        file["36979_man_1_1"] = np.array([0.1, 5.0, 5.0, 4.0, 9.0])
    with pytest.raises(TwobranchError, match=r"train_features\.h5, pairs, row 2: .*under '36979_long\+hair_1_2'"):
        read_corpus(path)
    corpus = read_corpus(path, skip_bad_rows=True)
    assert corpus.sentence_texts == ["two dogs"]
    assert "a box [x0, y0, x1, y1] has" in corpus.problems[1]


def test_files_of_another_kind_are_told(tmp_path):
    (tmp_path / "train_features.h5").write_bytes(b"nothing")
    with pytest.raises(TwobranchError, match=r"train_features\.h5: must be a whole HDF5 file"):
        read_corpus(tmp_path)
    (tmp_path / "train_features.h5").unlink()
    with h5py.File(tmp_path / "train_features.h5", "w") as file:
        file["36979"] = np.ones((3, 9))
    with pytest.raises(TwobranchError, match=r"cite: train_features\.h5 is there, but without pairs and phrases"):
        read_corpus(tmp_path)
    (tmp_path / "train_features.h5").unlink()  # the library does not write a file that it has open
    with h5py.File(tmp_path / "train_features.h5", "w") as file:
        file["phrases"], file["pairs"] = [b"a"], np.array([[b"1", b"2"]])
    with pytest.raises(TwobranchError, match=r"a row per mention: image, phrase, number.*1 rows of 2"):
        read_corpus(tmp_path)


WORDS = st.text(max_size=6) | st.sampled_from(["", "unk", "36979", "..", "a/b", "+", "0", "\0", "pairs"])


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), max_size=5), st.booleans())
@example([("..", "../../x", "1", "1")], False)
@example([("pairs", "man", "1", "1")], True)
def test_pairs_of_any_kind(tmp_path, rows, transposed):
    path = write_cite(tmp_path / "d" / "train_features.h5")
    with h5py.File(path, "a") as file:
        del file["pairs"]
        table = np.array([list(map(str.encode, row)) for row in rows] or np.zeros((0, 4)), dtype="S24")
        file["pairs"] = table.T if transposed else table
    with contextlib.suppress(TwobranchError):
        for image in read_corpus(path, skip_bad_rows=True).image_paths:
            assert image.startswith(f"{tmp_path}/d/")
            with contextlib.suppress(TwobranchError):
                content(image)
