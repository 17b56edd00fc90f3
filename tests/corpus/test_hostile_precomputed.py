"""Damaged and malicious files of features: a corpus comes out, or an error of the project, and nothing else."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.io import savemat
from tests.corpus.test_feature_files import write_hdf5, write_tsv

from twobranch.corpus import read_corpus
from twobranch.corpus.contents import content, file_size
from twobranch.corpus.doctor import diagnose
from twobranch.corpus.read import read_options
from twobranch.errors import TwobranchError
from twobranch.features.extract import image_features
from twobranch.features.precomputed import Precomputed

pytestmark = pytest.mark.filterwarnings("ignore")  # NumPy warns of what it is given here
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ROWS = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
CAPTIONS = "".join(f"sentence {k} of image {i}\n" for i in range(4) for k in range(2)).encode()


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def made(write):
    """The bytes of a file that a function writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mat"
        write(path)
        return path.read_bytes()


NPY = npy(ROWS)
MATLAB = made(lambda path: savemat(path, {"image_features": ROWS, "names": np.array(["a", "b"], object)}))
MATLAB_PACKED = made(lambda path: savemat(path, {"image_features": ROWS}, do_compression=True))
HDF5 = made(lambda path: write_hdf5(path, {"image_features": ROWS.T, "36979": ROWS}))
TSV = made(lambda path: write_tsv(path, [ROWS[:2], ROWS[2:]], header=True))

EDITS = st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=16)), max_size=5)
LENGTH = st.none() | st.integers(0, max(map(len, (NPY, MATLAB, HDF5, TSV))))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def damage(data, edits, length):
    """Overwrite the bytes at some places, then cut off what is beyond `length`."""
    damaged = bytearray(data)
    for place, value in edits:
        damaged[place % len(data) : place % len(data) + len(value)] = value
    return bytes(damaged[:length])


def read_folder(**files):
    """Read, examine and encode a folder with these files; what is no `TwobranchError` fails the test."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "x_precomp"
        folder.mkdir()
        for name, data in files.items():
            (folder / name.replace("__", ".")).write_bytes(data)
        try:
            corpus = read_corpus(folder, skip_bad_rows=True)
            diagnose(folder, read_options(None, None, None, False))
        except TwobranchError:
            return None
        encoder = Precomputed()
        with contextlib.suppress(TwobranchError):
            encoder.fit(corpus.image_paths)
            found = image_features(encoder, corpus.image_paths)
            assert np.isfinite(found.features.array()).all()
        assert sorted(os.listdir(folder)) == sorted(name.replace("__", ".") for name in files)
        return corpus


def read_members(ending, data, members):
    """Ask a file for members; what is no `TwobranchError` fails the test."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / f"a{ending}"
        path.write_bytes(data)
        for member in members:
            with contextlib.suppress(TwobranchError):
                if file_size(f"{path}/{member}") >= 0:
                    assert len(content(f"{path}/{member}")) == file_size(f"{path}/{member}")
            with contextlib.suppress(TwobranchError):
                Precomputed(dim=6).read(f"{path}/{member}", ("image",))
        assert os.listdir(place) == [path.name]


@quick
@given(EDITS, LENGTH)
def test_a_damaged_npy(edits, length):
    read_folder(train_ims__npy=damage(NPY, edits, length), train_caps__txt=CAPTIONS)


@quick
@given(
    st.sampled_from([bool, object, complex, "S3", "U3", "<f2", ">f4", "<f8", "g", "i1", ">u8", "M8[s]", "f4,i4"]),
    st.lists(st.integers(0, 4), max_size=5),
    st.booleans(),
)
@example("<f8", [4, 0], False)
@example("<f8", [0, 4], False)
@example("<f4", [4, 36, 0], False)
@example("<f4", [4, 3], True)
def test_arrays_of_any_type_and_shape(dtype, shape, fortran):
    array = np.asarray(np.zeros(shape, dtype), order="F" if fortran else "C")
    read_folder(train_ims__npy=npy(array, allow_pickle=True), train_caps__txt=CAPTIONS)


@quick
@given(st.text("(){}'descrfotanhp: ,<f4-_0123456789TrueFls", max_size=80))
@example("{'descr': '<f4', 'fortran_order': False, 'shape': (4, -1)}")
@example("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999)}")
@example("{'descr': '|O', 'fortran_order': False, 'shape': (4, 6)}")
@example("{'descr': [('f', '<f4', (6,))], 'fortran_order': False, 'shape': (4,)}")
@example("(" * 5000)
def test_a_head_of_any_kind(head):
    text = head.encode() + b"\n"
    data = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + ROWS.tobytes()
    read_folder(train_ims__npy=data, train_caps__txt=CAPTIONS)


@quick
@given(st.binary(max_size=60), st.binary(max_size=40), st.binary(max_size=40))
@example(CAPTIONS.replace(b"0", b"\xe9"), b"1\n2\n3\n4\n", b"{}")
@example(CAPTIONS, b"\xff\n2\n3\n4\n", b"\xff\xfe{\x00}\x00")
@example(CAPTIONS.replace(b"\n", b"\r\n"), b"\n\n\n", b"[" * 100_000)
@example(b"\n" * 8, b"", b"[]")
@example(b"\xef\xbb\xbf" + CAPTIONS, b"1\n1\n1\n1\n", b'{"1": {}}')
@example(b"a\0b\n" * 8, b"\0\n" * 4, b'{"\\ud800": "\\ud800"}')
def test_sentences_ids_and_mapping_of_any_bytes(captions, ids, mapping):
    files = {"train_ids__txt": ids, "id_mapping__json": mapping}
    read_folder(train_ims__npy=NPY, train_caps__txt=captions, **files)


@quick
@given(VALUES)
@example({"1": "../../etc/passwd", "2": "\ud800"})
def test_a_mapping_of_any_kind(document):
    ids = b"1\n2\n3\n4\n"
    mapping = json.dumps(document).encode()
    read_folder(train_ims__npy=NPY, train_caps__txt=CAPTIONS, train_ids__txt=ids, id_mapping__json=mapping)


@quick
@given(st.integers(0, 9), st.integers(0, 20))
def test_counts_that_fit_or_not(rows, sentences):
    captions = "".join(f"sentence {number}\n" for number in range(sentences)).encode()
    corpus = read_folder(train_ims__npy=npy(np.eye(rows, 6) + 1), train_caps__txt=captions)
    fits = 0 < rows <= 6 and sentences > 0 and sentences % rows == 0
    if fits:
        assert corpus is not None
        assert corpus.sentences.num_rows == sentences
    elif rows == 0 or sentences == 0 or sentences % rows:
        assert corpus is None


@quick
@given(st.lists(st.sampled_from([np.nan, np.inf, -np.inf, 3e38, -3e38, 0.0, 1e-45]), min_size=24, max_size=24))
def test_numbers_that_are_none_or_too_large(values):
    rows = np.array(values, np.float32).reshape(4, 6)
    corpus = read_folder(train_ims__npy=npy(rows), train_caps__txt=CAPTIONS)
    assert corpus is not None
    sets = np.repeat(rows[:, None], 3, axis=1)  # the sum of three may pass what float32 holds
    assert read_folder(train_ims__npy=npy(sets), train_caps__txt=CAPTIONS) is not None
    read_folder(train_ims__npy=npy(rows.astype(np.float64) * 1e300), train_caps__txt=CAPTIONS)


class Executed:
    """Leaves a trace when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, (f"{tempfile.gettempdir()}/twobranch-was-unpickled",)


def test_nothing_is_unpickled(tmp_path):
    trace = Path(tempfile.gettempdir()) / "twobranch-was-unpickled"
    objects = np.array([[Executed(), Executed()]], object)
    for data in (npy(objects, allow_pickle=True), pickle.dumps(Executed()), NPY[:80] + pickle.dumps(Executed())):
        assert read_folder(train_ims__npy=data, train_caps__txt=CAPTIONS) is None
        for ending in (".npy", ".mat", ".h5", ".tsv"):
            read_members(ending, data, ["0", "image_features/0"])
    assert not trace.exists()


@quick
@given(EDITS, LENGTH, st.text(max_size=8))
def test_a_damaged_tsv(edits, length, member):
    read_members(".tsv", damage(TSV, edits, length), ["100", "101", member])


ODD_LINES = (
    *("7\t1\t1\t-1\tAA\tAA", "7\t1\t1\t²\tAA\tAA", "7\t1\t1\t0\tAA\t", "7\t1\t1\t1\tAA\tAAA=", "7" * 70000),
    *("\t1\t1\t1\tAA\tAAAAAA==", "7\t1\t1\t1\t\tAAAAAA==", "7\t1\t1\t2\t\tAAAAAAAAAAA=", "7\t1\t1\t1\tAA\tA"),
)


@pytest.mark.parametrize("line", ODD_LINES)
def test_odd_lines_of_a_tsv(line):
    read_members(".tsv", line.encode(), ["7", "", "1"])


@quick
@given(EDITS, LENGTH, st.sampled_from([MATLAB, MATLAB_PACKED]))
def test_a_damaged_matlab_file(edits, length, whole):
    read_members(".mat", damage(whole, edits, length), ["image_features/0", "names/0", "image_features", "0"])


@quick
@given(EDITS, LENGTH)
def test_a_damaged_hdf5_file(edits, length):
    data = damage(HDF5, edits, length)
    read_members(".h5", data, ["36979", "36979/1", "image_features", "none", "36979/1/2", "/", "."])
    read_members(".mat", data, ["image_features/0", "36979/0"])


@pytest.mark.parametrize(
    "matrix",
    [sparse.eye(4, 6).tocsc(), np.zeros((4, 6), complex), np.zeros((4, 0)), np.zeros((0, 6)), "text", {"a": 1},
     np.array([[ROWS]], object), np.zeros((2, 3, 4)), np.array(1.0)],
)  # fmt: skip
def test_matlab_values_that_are_no_features(matrix):
    read_members(".mat", made(lambda path: savemat(path, {"image_features": matrix})), ["image_features/0"])


def test_hdf5_files_do_not_lead_elsewhere(tmp_path):
    (tmp_path / "secret.bin").write_bytes(ROWS.tobytes())
    write_hdf5(tmp_path / "other.h5", {"x": ROWS})
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["link"] = h5py.ExternalLink(f"{tmp_path}/other.h5", "/x")
        file["folder"] = h5py.ExternalLink(f"{tmp_path}/other.h5", "/")
        file["loop"] = h5py.SoftLink("/loop")
        file["nowhere"] = h5py.SoftLink("/nothing")
        file.create_dataset("raw", (4, 6), "f4", external=[(f"{tmp_path}/secret.bin", 0, ROWS.nbytes)])
        layout = h5py.VirtualLayout((4, 6), "f4")
        layout[:] = h5py.VirtualSource(f"{tmp_path}/other.h5", "x", (4, 6))
        file.create_virtual_dataset("virtual", layout)
        file["here"] = ROWS
        file["soft"] = h5py.SoftLink("/folder/x")
    for member in ("link", "link/0", "folder/x", "loop", "nowhere", "raw", "raw/0", "virtual", "virtual/0", "soft"):
        assert file_size(f"{tmp_path}/a.h5/{member}") == -1
        with pytest.raises(TwobranchError):
            content(f"{tmp_path}/a.h5/{member}")
    assert np.array_equal(np.load(io.BytesIO(content(f"{tmp_path}/a.h5/here"))), ROWS)


def test_a_dataset_that_claims_to_be_endless_is_refused_at_once(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024))
        file.create_dataset("y", (4, 1 << 36), "f4", chunks=(1, 1024))
    for member in ("x", "y/1"):
        with pytest.raises(TwobranchError, match=r"a feature of [\d,]+ bytes, where 268,435,456 are the most"):
            content(f"{tmp_path}/a.h5/{member}")
    assert (tmp_path / "a.h5").stat().st_size < 100_000
