"""Features inside NumPy, MATLAB, HDF5 and TSV files, by the path of a row."""

from __future__ import annotations

import base64
import io

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from twobranch.corpus.contents import content, file_size
from twobranch.errors import TwobranchError

ROWS = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)


def write_hdf5(path, values):
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file[name] = value


def write_tsv(path, sets, header=False):
    lines = ["image_id\timage_w\timage_h\tnum_boxes\tboxes\tfeatures"] if header else []
    for number, features in enumerate(sets):
        boxes = base64.b64encode(np.zeros((len(features), 4), np.float32).tobytes()).decode()
        lines.append(
            f"{100 + number}\t640\t480\t{len(features)}\t{boxes}\t{base64.b64encode(features.tobytes()).decode()}"
        )
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def files(tmp_path):
    """Each kind of file with the rows, and how row 3 is called."""
    np.save(tmp_path / "f.npy", ROWS)
    savemat(tmp_path / "old.mat", {"image_features": ROWS, "name": "text"})
    write_hdf5(tmp_path / "new.mat", {"image_features": ROWS.T})
    write_hdf5(tmp_path / "f.h5", {"features": ROWS, "images/7": ROWS[3], "text": b"abc"})
    write_tsv(tmp_path / "f.tsv", [ROWS[i : i + 1] for i in range(5)], header=True)
    names = ("f.npy/3", "old.mat/image_features/3", "new.mat/image_features/3", "f.h5/features/3", "f.h5/images/7")
    return [f"{tmp_path}/{name}" for name in names], f"{tmp_path}/f.tsv/103"


def test_all_kinds_give_the_same_row(files):
    rows, line = files
    for path in rows:
        np.testing.assert_array_equal(np.load(io.BytesIO(content(path))), ROWS[3])
        assert file_size(path) == len(content(path)) == 140
    assert len({content(path) for path in rows}) == 1  # equal rows are equal content, wherever they are
    np.testing.assert_array_equal(np.load(io.BytesIO(content(line))), ROWS[3:4])
    assert file_size(line) == len(content(line))


@pytest.mark.parametrize(
    "name",
    [
        *("f.npy/5", "f.npy/-1", "f.npy/03", "f.npy/x", "old.mat/name/0", "old.mat/other/0", "old.mat/3"),
        *("new.mat/image_features/9", "f.h5/features/5", "f.h5/text", "f.h5/none", "f.h5/../f.npy/0", "f.tsv/3"),
    ],
)
def test_what_is_not_there(files, tmp_path, name):
    assert file_size(f"{tmp_path}/{name}") == -1
    with pytest.raises(TwobranchError, match="none of this name"):
        content(f"{tmp_path}/{name}")


@pytest.mark.parametrize("name", ["a.npy", "a.mat", "a.h5", "a.tsv"])
@pytest.mark.parametrize("data", [b"", b"\x93NUMPY\x01\x00", b"\x89HDF\r\n\x1a\n", b"a\tb\n", bytes(200)])
def test_damaged_files_are_one_error_that_names_them(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    if name == "a.tsv" and not data:
        assert file_size(f"{tmp_path}/{name}/0") == -1
        return
    with pytest.raises(TwobranchError, match=name.replace(".", r"\.")):
        content(f"{tmp_path}/{name}/0/0")


def test_a_line_whose_features_are_broken(tmp_path):
    path = tmp_path / "f.tsv"
    write_tsv(path, [ROWS[:2]])
    path.write_text(path.read_text().replace("\t2\t", "\t4\t"))
    with pytest.raises(TwobranchError, match="features are 4 vectors, but found 6 values"):
        content(f"{path}/100")
    path.write_text("7\t1\t1\t2\tAAAA\t!!!!\n")
    with pytest.raises(TwobranchError, match="features are base64 of float32"):
        content(f"{path}/7")


def test_a_file_that_is_written_anew_is_read_anew(tmp_path):
    path = tmp_path / "f.npy"
    np.save(path, ROWS)
    before = content(f"{path}/0")
    np.save(path, np.concatenate([ROWS, ROWS]) + 1)
    assert content(f"{path}/0") != before
    assert file_size(f"{path}/9") == 140
