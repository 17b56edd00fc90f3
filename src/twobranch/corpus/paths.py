"""From an image path as a user's file writes it to an id and a file."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from twobranch.corpus.reading import BadRow

IMAGE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".ppm", ".pgm", ".jp2")
)
"""File name endings, in lower case, of what counts as a picture in a folder."""


def image_id(written: str, folder: str, where: str) -> str:
    """The id of an image: its path relative to the images folder, with forward slashes.

    A relative path may not leave the images folder. An absolute path that the user's own file writes is taken
    as it is; inside the images folder it becomes relative, elsewhere it is its own id.

    Args:
        written: the path in the user's file.
        folder: the images folder, absolute.
        where: the row, for the message.

    Raises:
        BadRow: for an empty path, a name that is not Unicode, a URL, or a relative path that leaves the folder.

    Example:
        >>> image_id("./a/../b.jpg", "/photos", "row 2"), image_id("/photos/c.jpg", "/photos", "row 3")
        ('b.jpg', 'c.jpg')
    """
    if not written.strip():
        raise BadRow(where, "a row names an image", found=repr(written), remedy="Write the image's path")
    if not is_unicode(written):
        raise BadRow(where, "the name of an image file is Unicode", found=ascii(written), remedy="Rename the file")
    if "://" in written:
        raise BadRow(
            where, "an image is a file, not an address", found=repr(written), remedy="Download it and write its path"
        )
    path = posixpath.normpath(written.strip().replace("\\", "/"))
    if os.path.isabs(path):
        inside = posixpath.relpath(path, Path(folder).as_posix())
        return path if inside.startswith("../") else inside
    if path == ".." or path.startswith("../"):
        raise BadRow(
            where,
            f"a relative image path stays inside the images folder {folder}",
            found=repr(written),
            remedy="Name a folder above it with --images, or write the absolute path",
        )
    return path


def is_unicode(text: str) -> bool:
    """Whether a text can be written down: file names that are not UTF-8, and JSON, hold halves of characters.

    Example:
        >>> is_unicode("café"), is_unicode("caf" + chr(0xDCE9))
        (True, False)
    """
    if text.isascii():  # quick, and so most texts are
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
