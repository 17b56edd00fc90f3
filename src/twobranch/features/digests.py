"""Content digests: what the cache knows an input by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from twobranch.corpus.contents import open_content
from twobranch.errors import TwobranchError
from twobranch.features.decoding import ImageSource
from twobranch.features.runtime import cpu_count
from twobranch.progress import counted


def content_digest(path: str | Path) -> bytes:
    """Compute the SHA-256 of a picture's bytes: 32 bytes, the same wherever it lies and whatever its name.

    Raises:
        TwobranchError: if the file cannot be read.
    """
    with open_content(path) as file:
        return hashlib.file_digest(file, "sha256").digest()


def image_digest(image: ImageSource) -> bytes:
    """Compute the digest of anything that can be decoded; for a file it is `content_digest`.

    Raises:
        TwobranchError: if a file cannot be read.

    Example:
        >>> image_digest(b"") == hashlib.sha256(b"").digest()
        True
    """
    if isinstance(image, str | Path):
        return content_digest(image)
    if isinstance(image, bytes):
        return hashlib.sha256(image).digest()
    if isinstance(image, Image.Image):
        try:
            head, pixels = f"{image.mode} {image.size} {image.getexif().get(0x0112)}", image.tobytes()
        except Exception as error:  # Pillow's plugins raise nearly anything on damaged input
            raise TwobranchError("image", "must be readable", found=error, remedy="Leave it out.") from None
    else:
        head, pixels = f"{image.dtype} {image.shape}", np.ascontiguousarray(image).tobytes()
    return hashlib.sha256(head.encode() + b"\0" + pixels).digest()


def image_digests(images: Sequence[ImageSource]) -> list[bytes | TwobranchError]:
    """Compute the digests of many images with a pool of threads; an unreadable one gives its error instead."""

    def one(image: ImageSource) -> bytes | TwobranchError:
        try:
            return image_digest(image)
        except TwobranchError as error:
            return error

    # More threads than processors: reading waits for the disk.
    with ThreadPoolExecutor(max_workers=4 * cpu_count()) as pool:
        return list(counted("reading files", pool.map(one, images), len(images)))


def sentence_digest(sentence: str) -> bytes:
    """Compute the SHA-256 of a sentence in UTF-8."""
    return hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).digest()
