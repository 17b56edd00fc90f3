"""Looking at every picture file of a corpus once: its content, whether it decodes, whether its name fits."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from twobranch.corpus.containers.rows import NPY_MAGIC
from twobranch.corpus.contents import content, version
from twobranch.errors import TwobranchError

Defect = Literal["missing", "empty", "corrupt", "mislabeled", "zero"]
"""No file; no bytes; bytes that do not decode to the end; a picture of another format than its name says; features that
are all zero."""

ORIENTATION = 0x0112
"""The EXIF tag; its values 5 to 8 turn the picture by a quarter."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen of one file.

    Attributes:
        digest: SHA-256 of the bytes; empty where there are none.
        size: width and height as shown, after the EXIF orientation; None where the file is no picture.
        defect: what is wrong with it, or None.
        message: the defect in words.
    """

    digest: bytes = b""
    size: tuple[int, int] | None = None
    defect: Defect | None = None
    message: str = ""

    @property
    def readable(self) -> bool:
        """Whether it can be trained on, whatever else is to be said of it."""
        return self.defect in (None, "mislabeled", "zero")


def examine_picture(path: str) -> Picture:
    """Read a file and decode it to the end.

    Example:
        >>> examine_picture("/no/such/file.jpg")
        Picture(digest=b'', size=None, defect='missing', message='there is no such file')
    """
    if version(path) is None:
        return Picture(defect="missing", message="there is no such file")
    try:
        data = content(path)
    except TwobranchError as error:
        return Picture(defect="corrupt", message=str(error.found))
    if not data:
        return Picture(defect="empty", message="the file has no bytes")
    digest = hashlib.sha256(data).digest()
    if data.startswith(NPY_MAGIC):
        return _examine_features(digest, data)
    try:
        with Image.open(io.BytesIO(data)) as image:
            size, kind = shown_size(image), image.format or ""
            image.draft("RGB", (64, 64))  # a JPEG is still read to its end, but unfolded to an eighth of its size
            image.load()
    except Exception as error:  # Pillow's decoders raise whatever their format's parser raises
        return Picture(digest, defect="corrupt", message=_reason(error))
    expected = Image.registered_extensions().get(os.path.splitext(path)[1].lower(), kind)
    if _family(kind) != _family(expected):
        return Picture(digest, size, "mislabeled", f"named like {expected}, but it is {kind}")
    return Picture(digest, size)


def _examine_features(digest: bytes, data: bytes) -> Picture:
    """Features in place of a picture: they have no size, and every number is finite."""
    try:
        found = np.load(io.BytesIO(data), allow_pickle=False)
        finite, zero = bool(np.isfinite(found).all()), not found.any()
    except Exception as error:  # NumPy evaluates the header, and a damaged one fails in many ways
        return Picture(digest, defect="corrupt", message=_reason(error))
    if not finite:
        return Picture(digest, defect="corrupt", message="features with NaN or infinity")
    return Picture(digest, defect="zero", message="every value is 0") if zero else Picture(digest)


def examine_pictures(
    paths: Sequence[str], advance: Callable[[int], None] = lambda count: None, threads: int | None = None
) -> list[Picture]:
    """Examine all files, in parallel: decoding leaves Python's lock alone.

    Args:
        paths: the files.
        advance: called with 1 after each file.
        threads: how many at a time; one per processor if None.
    """
    pictures = []
    with warnings.catch_warnings(), ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        warnings.simplefilter("ignore")  # Pillow warns of odd EXIF data; what matters is whether it decodes
        for picture in pool.map(examine_picture, paths):
            pictures.append(picture)
            advance(1)
    return pictures


def picture_format(data: bytes) -> str:
    """The format that the head of a file shows, as Pillow calls it; empty where it shows none.

    Example:
        >>> picture_format(b"")
        ''
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            return _family(image.format or "")
    except Exception:  # Pillow's plugins raise nearly anything on damaged input
        return ""


def shown_size(image: Image.Image) -> tuple[int, int]:
    """Width and height after the EXIF orientation, without decoding the picture."""
    width, height = image.size
    return (height, width) if image.getexif().get(ORIENTATION) in (5, 6, 7, 8) else (width, height)


def _family(kind: str) -> str:
    """MPO is a JPEG with further pictures behind it, as many cameras write it."""
    return "JPEG" if kind == "MPO" else kind


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "the bytes are not those of a picture"
    return str(error) or type(error).__name__
