"""Looking at every picture file of a corpus once: its content, whether it decodes, what it shows, if its name fits."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from twobranch.corpus.containers.rows import NPY_MAGIC, from_npy
from twobranch.corpus.contents import MAX_BYTES, content, version
from twobranch.corpus.near_duplicates import SIDE
from twobranch.errors import TwobranchError

Defect = Literal["missing", "empty", "corrupt", "mislabeled", "zero"]
"""No file; no bytes; bytes that do not decode to the end; a picture of another format than its name says; features that
are all zero."""

ORIENTATION = 0x0112
"""The EXIF tag; its values 5 to 8 turn the picture by a quarter."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by its EXIF orientation."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen of one file.

    Attributes:
        digest: SHA-256 of the bytes; empty where there are none.
        size: width and height as shown, after the EXIF orientation; None where the file is no picture.
        defect: what is wrong with it, or None.
        message: the defect in words.
        thumbnail: RGB values of the whole picture squashed into `SIDE` x `SIDE`; empty where the file is no picture.
    """

    digest: bytes = b""
    size: tuple[int, int] | None = None
    defect: Defect | None = None
    message: str = ""
    thumbnail: bytes = b""

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The thumbnail as an array (SIDE, SIDE, 3); only of a picture."""
        return np.frombuffer(self.thumbnail, np.uint8).reshape(SIDE, SIDE, 3)

    @property
    def readable(self) -> bool:
        """Whether it can be trained on, whatever else is to be said of it."""
        return self.defect in (None, "mislabeled", "zero")


def examine_picture(path: str) -> Picture:
    """Read a file and decode it to the end.

    Example:
        >>> examine_picture("/no/such/file.jpg")
        Picture(digest=b'', size=None, defect='missing', message='there is no such file', thumbnail=b'')
    """
    if (found := version(path)) is None:
        return Picture(defect="missing", message="there is no such file")
    if found.bytes > MAX_BYTES:
        message = f"the file has {found.bytes:,} bytes, and a picture at most {MAX_BYTES:,}"
        return Picture(defect="corrupt", message=message)
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
        with open_picture(io.BytesIO(data)) as image:
            size, kind = shown_size(image), image.format or ""
            image.draft("RGB", (64, 64))  # a JPEG is still read to its end, but unfolded to an eighth of its size
            thumbnail = _thumbnail(image)
    except Exception as error:  # Pillow's decoders raise whatever their format's parser raises
        return Picture(digest, defect="corrupt", message=_reason(error))
    expected = Image.registered_extensions().get(os.path.splitext(path)[1].lower(), kind)
    if _family(kind) != _family(expected):
        return Picture(digest, size, "mislabeled", f"named like {expected}, but it is {kind}", thumbnail)
    return Picture(digest, size, thumbnail=thumbnail)


def _examine_features(digest: bytes, data: bytes) -> Picture:
    """Features in place of a picture: they have no size, and every number is finite."""
    try:
        found = from_npy(data, "features")
    except TwobranchError as error:
        return Picture(digest, defect="corrupt", message=_reason(error))
    if not np.isfinite(found).all():
        return Picture(digest, defect="corrupt", message="features with NaN or infinity")
    return Picture(digest) if found.any() else Picture(digest, defect="zero", message="every value is 0")


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
        with open_picture(io.BytesIO(data)) as image:
            return _family(image.format or "")
    except Exception:  # Pillow's plugins raise nearly anything on damaged input
        return ""


def open_picture(file: BinaryIO) -> Image.Image:
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


def _thumbnail(image: Image.Image) -> bytes:
    """What the picture shows, upright, on white, small; decodes it to the end."""
    image.load()
    turn = TURNS.get(orientation(image))
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _eight_bits(image)
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small).convert("RGB")
    return (small if turn is None else small.transpose(turn)).tobytes()


def _eight_bits(image: Image.Image) -> Image.Image:
    """Gray of 16 or 32 bits stretched over 8: Pillow's own conversion would cut values at 255."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))


def _family(kind: str) -> str:
    """MPO is a JPEG with further pictures behind it, as many cameras write it."""
    return "JPEG" if kind == "MPO" else kind


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "the bytes are not those of a picture"
    return str(error) or type(error).__name__
