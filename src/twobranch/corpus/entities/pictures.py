"""The picture files of Flickr30k Entities, which names pictures by a number."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from twobranch.corpus.contents import open_content
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.corpus.pictures import open_picture, shown_size
from twobranch.corpus.reading import BadRow
from twobranch.errors import TwobranchError

FOLDERS = ("images", "Images", "flickr30k-images", "flickr30k_images", "Flicker8k_Dataset")
"""Names of folders of pictures, beside the annotations or one folder above them."""

LEADING_ID = re.compile(r"[0-9]+")


class PictureFiles:
    """The picture files of one folder by the number that their names begin with.

    Args:
        folder: the images folder; one that is not there holds no pictures.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: dict[str, list[str]] = {}
        for name in sorted(os.listdir(folder)) if folder.is_dir() else []:
            leading = LEADING_ID.match(name)
            if leading and os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES:
                self._names.setdefault(leading[0], []).append(name)

    def __contains__(self, id: str) -> bool:
        return id in self._names

    def name(self, id: str, where: str) -> str:
        """The file of a picture: `<id>.jpg`, or else the only one that begins with the id and no further digit.

        A picture that is not there is called `<id>.jpg`, so that it is reported as missing under that name.

        Raises:
            BadRow: if several files could be it.
        """
        names = self._names.get(id, [])
        exact = [name for name in names if os.path.splitext(name)[0] == id]
        if len(exact or names) > 1:
            found = " and ".join((exact or names)[:3])
            raise BadRow(where, f"one picture file begins with {id}", found=found, remedy="Leave one of them")
        return (exact or names or [f"{id}.jpg"])[0]

    def size(self, name: str) -> tuple[int, int] | None:
        """Width and height as shown, from the head of the file; None where it is missing or no picture."""
        try:
            with open_content(self.folder / name) as file, open_picture(file) as picture:
                return shown_size(picture)
        except Exception:  # Pillow's plugins raise nearly anything; the doctor says what is wrong with the file
            return None


def find_pictures(base: Path, ids: Sequence[str], given: Path | None) -> tuple[PictureFiles, str]:
    """The folder that holds most of the pictures, and a note that says which it is and why.

    Args:
        base: the folder of the annotations.
        ids: the pictures' numbers.
        given: the folder of `--images`, taken without a search.

    Raises:
        TwobranchError: if the given folder is not one.
    """
    if given is not None:
        if not given.is_dir():
            raise TwobranchError(f"--images {given}", "must be a folder", remedy="Check the path.")
        return PictureFiles(given), f"images are in {given}, named by --images"
    candidates = [PictureFiles(folder) for folder in _near(base)]
    best = max(candidates, key=lambda pictures: sum(id in pictures for id in ids))  # the first of equals
    count = sum(id in best for id in ids)
    place = os.path.relpath(best.folder, base)
    place = "beside the annotations" if place == "." else f"in {Path(place).as_posix()}/, seen from the annotations"
    return best, f"images are {place}: {count:,} of the {len(ids):,} named there exist"


def _near(base: Path) -> Iterable[Path]:
    yield base
    for parent in (base, base.absolute().parent, base.absolute().parent.parent):
        for name in FOLDERS:
            if (parent / name).is_dir():
                yield parent / name
