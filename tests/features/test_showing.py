"""Pictures of features, which have none."""

import numpy as np
import pytest

from tests.valid_files import npy
from twobranch.errors import TwobranchError
from twobranch.features.showing import shown_image


def test_a_feature_is_shown_as_cells(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(np.arange(12, dtype=np.float32)))
    cells, size = shown_image(str(tmp_path / "a.npy"), min_side=64)
    assert size == cells.size == (4, 4)
    assert cells.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [
        b"\x93NUMPYdo",
        npy(np.ones(3))[:-1],
        npy(np.array("a")),
        npy(np.array(1.0)),
        npy(np.ones((0, 3))),
    ],
)
def test_what_is_no_feature_is_one_error(tmp_path, data):
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(TwobranchError, match="must be a whole"):
        shown_image(str(tmp_path / "a.npy"), min_side=64)


def test_numbers_beyond_all_bounds_are_shown(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(np.array([[1e308, -1e308, np.nan, np.inf]] * 2)))
    assert shown_image(str(tmp_path / "a.npy"), min_side=64)[1] == (2, 2)
