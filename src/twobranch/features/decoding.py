"""Any picture file to 8-bit RGB, upright; a damaged one is an error that names the file."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, Union

import numpy as np
from PIL import Image, UnidentifiedImageError

from twobranch.corpus.containers.rows import NPY_MAGIC
from twobranch.corpus.contents import content, open_content
from twobranch.corpus.pictures import TURNS, open_picture, orientation, shown_size
from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ImageSource: TypeAlias = Union[str, Path, bytes, Image.Image, "NDArray[np.uint8]"]
"""A path, the bytes of a file, a Pillow image, or an array (H, W), (H, W, 3) or (H, W, 4) of uint8."""

MAX_PIXELS = 2 * 89_478_485
"""Pixels of the largest picture that is decoded: where Pillow too speaks of a decompression bomb."""

# Pillow warns of odd EXIF data, and from half of those pixels on; what matters is whether it decodes.
warnings.filterwarnings("ignore", module=r"PIL\.")

_HIGH_DEPTH = ("I", "F")  # and every "I;16.." mode


def decode_image(source: ImageSource, min_side: int | None = None) -> Image.Image:
    """Decode a picture to RGB: EXIF orientation applied, transparency on white, one frame, 8 bits a channel.

    CMYK, 16-bit, palette and gray pictures are converted; color profiles are not applied.

    Args:
        source: a path, the bytes of a file, a Pillow image, or an array of uint8.
        min_side: a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size as long as both sides stay at least
            this long, which is several times as fast; None decodes at full size.

    Raises:
        TwobranchError: if the file is missing, is no picture, is truncated or damaged, or has too many pixels.

    Example:
        >>> decode_image(np.zeros((2, 3), np.uint8)).size
        (3, 2)
    """
    where = str(source) if isinstance(source, str | Path) else "image"
    if isinstance(source, np.ndarray):
        return decode_image(_from_array(source, where))
    try:
        opened = source if isinstance(source, Image.Image) else open_picture(_file(source, where))
        if opened.width * opened.height > MAX_PIXELS:
            raise Image.DecompressionBombError(f"{opened.width} x {opened.height} pixels")
        if min_side is not None and opened.format in ("JPEG", "MPO") and not isinstance(source, Image.Image):
            opened.draft(None, (min_side, min_side))  # None keeps the mode
        picture = _rgb(_upright(opened))
        return picture.copy() if picture is source else picture
    except TwobranchError:
        raise
    except Image.DecompressionBombError as error:
        raise TwobranchError(
            where, f"a picture has at most {MAX_PIXELS:,} pixels", found=str(error), remedy="Scale the picture down."
        ) from None
    except UnidentifiedImageError:
        if isinstance(source, str | Path | bytes) and _file(source, where).read(len(NPY_MAGIC)) == NPY_MAGIC:
            raise TwobranchError(
                where,
                "must be a picture",
                found="precomputed features",
                remedy="Train with --recipe precomputed, or with --set model.image.encoder=precomputed.",
            ) from None
        raise TwobranchError(
            where,
            "must be a picture: JPEG, PNG, WebP, GIF, TIFF, BMP or another format that Pillow reads",
            found="something else",
            remedy="Replace the file, or leave it out.",
        ) from None
    except Exception as error:  # on damaged input Pillow's plugins raise nearly anything
        raise TwobranchError(
            where,
            "must be a whole, readable picture",
            found=f"{type(error).__name__}: {error}",
            remedy="Replace the file, or leave it out.",
        ) from None


def image_size(source: ImageSource) -> tuple[int, int]:
    """Width and height of what `decode_image` gives at full size, from the head of a file where that is enough.

    Raises:
        TwobranchError: if the file is missing or is no picture.

    Example:
        >>> image_size(np.zeros((2, 3), np.uint8))
        (3, 2)
    """
    if isinstance(source, np.ndarray):
        return source.shape[1], source.shape[0]
    if isinstance(source, Image.Image):
        return shown_size(source)
    try:
        if isinstance(source, bytes):
            with open_picture(io.BytesIO(source)) as opened:
                return shown_size(opened)
        with open_content(source) as file, open_picture(file) as opened:
            return shown_size(opened)
    except Exception:  # whatever is wrong, decoding says it better
        return decode_image(source).size


def _file(source: str | Path | bytes, where: str) -> io.BytesIO:
    """Read the whole file, so that no handle stays open however the decoding ends."""
    data = source if isinstance(source, bytes) else content(source)
    if not data:
        raise TwobranchError(where, "a picture has content", found="an empty file", remedy="Replace the file.")
    return io.BytesIO(data)


def _from_array(array: NDArray[np.uint8], where: str) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    known = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype != np.uint8 or not known or 0 in array.shape:
        raise TwobranchError(
            where,
            "an array of pixels has dtype uint8 and shape (H, W), (H, W, 3) or (H, W, 4)",
            found=f"{array.dtype} {array.shape}",
            remedy="Convert it: scale to 0..255, channels last.",
        )
    return Image.fromarray(np.ascontiguousarray(array))


def _upright(image: Image.Image) -> Image.Image:
    """The picture as it is shown; Pillow's own exif_transpose refuses a sound picture with damaged EXIF data."""
    image = _loaded(image)
    turn = TURNS.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in _HIGH_DEPTH or image.mode.startswith("I;16"):
        image = _eight_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        colors = image.convert("RGBA")
        white = Image.new("RGBA", colors.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, colors).convert("RGB")
    return image.convert("RGB") if image.mode != "RGB" else _loaded(image)


def _loaded(image: Image.Image) -> Image.Image:
    image.load()  # a truncated file shows here, not where the pixels are used
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Gray of 16 or 32 bits to 8; Pillow's own conversion clips at 255 instead of scaling."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < values.max() <= 65535 and values.min() >= 0):
        values = values / 257.0
    elif image.mode == "F" and values.min() >= 0 and values.max() <= 1:
        values = values * 255.0
    elif values.min() < 0 or values.max() > 255:  # no declared range: the picture's own
        values = (values - values.min()) * (255.0 / (values.max() - values.min()))
    return Image.fromarray(np.rint(values).astype(np.uint8))
