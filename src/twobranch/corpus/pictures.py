"""Looking at every picture file of a corpus once: its content, whether it decodes, whether its name fits."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from PIL import Image, UnidentifiedImageError

from twobranch.corpus.paths import file_size

Defect = Literal["missing", "empty", "corrupt", "mislabeled"]
"""No file; no bytes; bytes that do not decode to the end; a picture of another format than its name says."""

MAX_BYTES = 1 << 31
"""Size of the largest picture file that is read: as large as the largest picture may be without compression."""

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


def examine_picture(path: str) -> Picture:
    """Read a file and decode it to the end.

    Example:
        >>> examine_picture("/no/such/file.jpg")
        Picture(digest=b'', size=None, defect='missing', message='there is no such file')
    """
    if (count := file_size(path)) < 0:
        return Picture(defect="missing", message="there is no such file")
    if count > MAX_BYTES:
        return Picture(defect="corrupt", message=f"the file has {count:,} bytes, and a picture at most {MAX_BYTES:,}")
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        return Picture(defect="corrupt", message=error.strerror or str(error))
    if not content:
        return Picture(defect="empty", message="the file has no bytes")
    digest = hashlib.sha256(content).digest()
    try:
        with open_picture(io.BytesIO(content)) as image:
            size, kind = shown_size(image), image.format or ""
            image.draft("RGB", (64, 64))  # a JPEG is still read to its end, but unfolded to an eighth of its size
            image.load()
    except Exception as error:  # Pillow's decoders raise whatever their format's parser raises
        return Picture(digest, defect="corrupt", message=_reason(error))
    expected = Image.registered_extensions().get(os.path.splitext(path)[1].lower(), kind)
    if _family(kind) != _family(expected):
        return Picture(digest, size, "mislabeled", f"named like {expected}, but it is {kind}")
    return Picture(digest, size)


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


def open_picture(file: str | Path | BinaryIO) -> Image.Image:
    """Open a picture without decoding it.

    EPS is none here: it is a program, and Pillow has Ghostscript run it.

    Raises:
        UnidentifiedImageError: if it is no picture; and whatever else Pillow raises on damaged files.
    """
    opened = Image.open(file)
    if opened.format == "EPS":
        opened.close()
        raise UnidentifiedImageError("EPS is a program")
    return opened


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none, or where the EXIF data is damaged: the picture is not."""
    try:
        value = image.getexif().get(ORIENTATION)
    except Exception:  # the parser of EXIF data raises nearly anything
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def shown_size(image: Image.Image) -> tuple[int, int]:
    """Width and height after the EXIF orientation, without decoding the picture."""
    width, height = image.size
    return (height, width) if orientation(image) >= 5 else (width, height)


def _family(kind: str) -> str:
    """MPO is a JPEG with further pictures behind it, as many cameras write it."""
    return "JPEG" if kind == "MPO" else kind


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "the bytes are not those of a picture"
    return str(error) or type(error).__name__
