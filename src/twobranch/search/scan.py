"""Find the pictures in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from twobranch.corpus.contents import version
from twobranch.corpus.paths import IMAGE_SUFFIXES


@dataclass(frozen=True)
class FoundImage:
    """An image file as the file system shows it.

    Attributes:
        id: path relative to the images folder, with forward slashes.
        path: absolute path.
        bytes: size of the file.
        mtime_ns: time of the last change, in nanoseconds.
    """

    id: str
    path: str
    bytes: int
    mtime_ns: int


@dataclass
class Scan:
    """The pictures of a folder, by id, and what was passed over."""

    images: dict[str, FoundImage] = field(default_factory=dict)
    links_outside: int = 0
    other_files: int = 0
    unreadable: list[str] = field(default_factory=list)


def scan_folder(root: Path) -> Scan:
    """Walk a folder and its sub-folders for files whose names end like a picture's.

    Hidden files and folders are skipped. A symbolic link to a file is followed only where it stays inside the
    folder; links to folders are not followed (what they lead to inside the folder is walked anyway).

    Args:
        root: the images folder; resolved, so that it may itself be a link.
    """
    root = root.resolve()
    scan = Scan()
    for entry, relative in _walk(root, root, scan):
        if os.path.splitext(entry.name)[1].lower() not in IMAGE_SUFFIXES:
            scan.other_files += 1
        elif entry.is_symlink() and not _stays_inside(root, entry.path):
            scan.links_outside += 1
        elif (found := look_at(relative, entry.path)) is None:
            scan.unreadable.append(relative)
        else:
            scan.images[relative] = found
    return scan


def look_at(image_id: str, path: str) -> FoundImage | None:
    """Size and time of an image; None where there is no regular file or member of that name, or it is not text."""
    try:
        image_id.encode(), path.encode()
    except ValueError:
        return None
    found = version(path)
    return None if found is None else FoundImage(image_id, path, found.bytes, found.mtime_ns)


def _walk(root: Path, folder: Path, scan: Scan) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Files with their paths relative to the root, sorted by name; a folder that cannot be listed is noted."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        scan.unreadable.append(folder.relative_to(root).as_posix())
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, Path(entry.path), scan)
        elif not entry.is_dir():
            yield entry, Path(entry.path).relative_to(root).as_posix()
        elif not _stays_inside(root, entry.path):
            scan.links_outside += 1


def _stays_inside(root: Path, path: str) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(root)
