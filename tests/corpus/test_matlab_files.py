"""Matrices in MATLAB files of version 5 to 7.2, compared with what SciPy reads."""

from __future__ import annotations

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.io import loadmat, savemat
from tests.corpus.test_feature_files import write_hdf5

from twobranch.corpus.containers.latest import version_of
from twobranch.corpus.containers.matlab import matrices, matrix
from twobranch.corpus.containers.matlab5 import matrices as found_in
from twobranch.errors import TwobranchError

RANDOM = np.random.default_rng(0)
VALUES = {
    "single": RANDOM.normal(size=(5, 3)).astype(np.float32),
    "double": RANDOM.normal(size=(2, 7)),
    "bytes": RANDOM.integers(0, 255, (4, 4)).astype(np.uint8),
    "long": RANDOM.integers(-9, 9, (3, 2)),
    "one": np.array([[1]], np.uint8),  # so short that it stands in the tag of its element
    "row": np.arange(6.0)[None],
    "none": np.zeros((0, 3)),
    "a_name_that_is_rather_long": np.ones((2, 2)),
}
OTHERS = {
    "text": "a dog",
    "cell": np.array([1, "a"], object),
    "struct": {"a": np.ones((2, 2))},
    "complex": np.ones((2, 2), complex),
    "cube": np.ones((2, 2, 2)),
}


@pytest.mark.parametrize("compressed", [False, True])
def test_matrices_are_those_that_scipy_reads(tmp_path, compressed):
    savemat(tmp_path / "a.mat", {**VALUES, **OTHERS}, do_compression=compressed)
    file = version_of(str(tmp_path / "a.mat"))
    assert matrices(file) == list(VALUES)
    told = loadmat(tmp_path / "a.mat")
    for name in VALUES:
        np.testing.assert_array_equal(matrix(file, name), told[name])
    assert matrix(file, "text") is None


def test_numbers_of_the_other_order_of_bytes_and_in_a_narrower_type(tmp_path):
    numbers = np.array([[1, 2, 3], [4, 5, 6]], ">i2")
    parts = [(6, struct.pack(">II", 6, 0)), (5, struct.pack(">ii", 2, 3)), (1, b"x"), (3, numbers.tobytes("F"))]
    body = b"".join(struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8) for kind, data in parts)
    head = b"MATLAB 5.0".ljust(124) + b"\x01\x00MI"
    (tmp_path / "a.mat").write_bytes(head + struct.pack(">II", 14, len(body)) + body)
    found = matrix(version_of(str(tmp_path / "a.mat")), "x")
    np.testing.assert_array_equal(found, numbers)
    np.testing.assert_array_equal(loadmat(tmp_path / "a.mat")["x"], numbers)


def test_a_matrix_that_lies_in_the_file_as_it_is_is_mapped(tmp_path):
    savemat(tmp_path / "a.mat", VALUES)
    assert isinstance(matrix(version_of(str(tmp_path / "a.mat")), "single"), np.memmap)


@pytest.mark.parametrize("compressed", [False, True])
def test_every_place_at_which_a_file_is_cut_off(tmp_path, compressed):
    savemat(tmp_path / "whole.mat", {"x": VALUES["single"]}, do_compression=compressed)
    whole = (tmp_path / "whole.mat").read_bytes()
    for length in range(len(whole)):
        path = tmp_path / f"{length}.mat"
        path.write_bytes(whole[:length])
        try:
            found = matrix(version_of(str(path)), "x")
        except TwobranchError:
            continue
        assert found is None or np.array_equal(found, VALUES["single"])


def test_few_bytes_that_claim_to_be_many_are_refused(tmp_path):
    savemat(tmp_path / "a.mat", {"x": np.zeros((100, 100))}, do_compression=True)
    whole = (tmp_path / "a.mat").read_bytes()
    with (tmp_path / "a.mat").open("rb") as file:
        (begin, length) = found_in(file)["x"].compressed
    body = zlib.decompress(whole[begin : begin + length])
    huge = zlib.compress(body.replace(struct.pack("<ii", 100, 100), struct.pack("<ii", 1 << 30, 1 << 30)))
    (tmp_path / "b.mat").write_bytes(whole[: begin - 8] + struct.pack("<II", 15, len(huge)) + huge)
    with pytest.raises(TwobranchError, match=r"b\.mat: must be a whole MATLAB file, but found \d+ compressed bytes"):
        matrix(version_of(str(tmp_path / "b.mat")), "x")


def test_what_is_no_such_file():
    with pytest.raises(ValueError, match="no head of a MATLAB file"):
        found_in(io.BytesIO(b"MATLAB"))


def test_version_7_3_is_read_in_blocks_in_any_order(tmp_path, monkeypatch):
    monkeypatch.setattr("twobranch.corpus.containers.hdf5.TOGETHER", 3 * 4 * 2)  # two rows of three float32
    write_hdf5(tmp_path / "a.mat", {"x": VALUES["single"].T})
    found = matrix(version_of(str(tmp_path / "a.mat")), "x")
    assert found.shape == (5, 3)
    order = [4, 0, 1, 3, 2, 2, 4]
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda row: found[row], order * 20))
    np.testing.assert_array_equal(rows, VALUES["single"][order * 20])
