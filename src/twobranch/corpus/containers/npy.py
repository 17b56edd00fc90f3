"""NumPy files of features, a row per image: vectors (N, F), or sets of vectors (N, R, F).

A member is called by its row, from 0: /data/f30k_precomp/train_ims.npy/12. Its content is that row as an .npy file of
its own, so that it says its type and shape, and equal rows have equal content. The file is mapped, not read.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from twobranch.corpus.containers.latest import FileVersion, Latest
from twobranch.corpus.containers.rows import row_as_npy, row_size
from twobranch.errors import TwobranchError

OPEN_FILES = 16
"""Mapped files that are kept open."""


def rows(path: FileVersion) -> Any:
    """The rows of a file, (N, ...), mapped.

    Raises:
        TwobranchError: if the file is damaged, holds objects (they would have to be unpickled), or single numbers.
    """
    return _OPEN.of(path)


def read(file: FileVersion, member: str) -> bytes | None:
    """A row as an .npy file; None where there is no such row."""
    return row_as_npy(rows(file), member)


def size(file: FileVersion, member: str) -> int:
    """The bytes of a row as an .npy file; -1 where there is no such row."""
    return row_size(rows(file), member)


def _map(file: FileVersion) -> Any:
    try:
        found = np.load(file.path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy evaluates the header, and a damaged one fails in many ways
        raise TwobranchError(
            file.path, "must be a whole .npy file of numbers", found=error, remedy="Write it with numpy.save."
        ) from None
    if not isinstance(found, np.ndarray) or found.ndim < 2 or found.dtype.kind not in "fiu":
        shown = f"{found.dtype} {found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
        raise TwobranchError(
            file.path, "features are numbers of shape (N, F) or (N, R, F)", found=shown, remedy="Write a row per image."
        )
    return found


_OPEN: Latest[FileVersion, Any] = Latest(_map, OPEN_FILES)
