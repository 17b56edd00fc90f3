"""Annotations of any kind whose images are in a file of features: `--images FILE`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat
from tests.corpus.test_feature_files import write_hdf5, write_tsv

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError
from twobranch.features.extract import image_features
from twobranch.features.precomputed import Precomputed

ROWS = np.random.default_rng(1).normal(size=(3, 4, 6)).astype(np.float32)
SENTENCES = ("a dog", "two cats", "a red car")


def table(folder, names):
    lines = ["image,caption", *(f"{name},{text}" for name, text in zip(names, SENTENCES, strict=True))]
    (folder / "captions.csv").write_text("\n".join(lines) + "\n")
    return folder / "captions.csv"


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("butd.tsv", ("100", "101", "102")),
        ("butd.tsv", ("100.jpg", "101.jpg", "102.jpg")),
        ("butd.tsv", ("COCO_val2014_000000000100.jpg", "000000000101.jpg", "x/COCO_train2014_000000000102.jpg")),
        ("sets.h5", ("a.jpg", "b.jpg", "c")),
        ("ims.npy", ("0", "1", "2")),
    ],
)
def test_sets_of_features(tmp_path, file, names):
    write_tsv(tmp_path / "butd.tsv", list(ROWS), header=True)
    write_hdf5(tmp_path / "sets.h5", dict(zip("abc", ROWS, strict=True)))
    np.save(tmp_path / "ims.npy", ROWS)
    corpus = read_corpus(table(tmp_path, names), images=tmp_path / file)
    assert corpus.image_ids == list(names)
    assert corpus.existing()[1] == []
    found = image_features(Precomputed(dim=6), corpus.image_paths).features.array()
    np.testing.assert_allclose(found, ROWS.mean(1), rtol=1e-6)


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_rows_of_a_matrix_of_two_branch_networks(tmp_path, version):
    rows = ROWS[:, 0]
    if version == "5":
        savemat(tmp_path / "image_feature_test.mat", {"image_features": rows})
    else:
        write_hdf5(tmp_path / "image_feature_test.mat", {"image_features": rows.T})
    names = [f"image_features/{row}" for row in (2, 0, 1)]
    corpus = read_corpus(table(tmp_path, names), images=tmp_path / "image_feature_test.mat")
    found = image_features(Precomputed(dim=6), corpus.image_paths).features.array()
    np.testing.assert_array_equal(found, rows[[2, 0, 1]])


def test_an_image_that_the_file_does_not_hold_is_missing(tmp_path):
    write_tsv(tmp_path / "butd.tsv", list(ROWS))
    corpus = read_corpus(table(tmp_path, ("100", "77", "102")), images=tmp_path / "butd.tsv")
    assert corpus.existing()[1] == ["77"]


def test_a_folder_of_two_branch_networks_says_what_is_missing(tmp_path):
    savemat(tmp_path / "image_feature_train.mat", {"image_features": ROWS[:, 0]})
    with pytest.raises(TwobranchError, match=r"precomputed: files of two-branch networks hold no sentences"):
        read_corpus(tmp_path)
