"""Finding the folder that image paths are relative to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from twobranch.corpus.containers import container_of, is_container
from twobranch.corpus.contents import file_size
from twobranch.corpus.records import ImageRecord
from twobranch.errors import TwobranchError

SUBFOLDERS = ("", "images", "Images", "Flicker8k_Dataset", "flickr30k-images", "flickr30k_images")
"""Where pictures are looked for, from the annotations' folder: beside the annotations first."""

SAMPLE = 200
"""How many records are looked up in each folder."""


def find_images_folder(
    base: Path, records: Iterable[ImageRecord], given: Path | None, subfolders: Sequence[str] = SUBFOLDERS
) -> tuple[Path, str]:
    """The images folder (which may be a tar), and a note that says which it is and why.

    The folder that holds most of the first images wins, an earlier one where they are equal. A folder that the user
    names is taken without a search.

    Args:
        base: the folder of the annotations.
        records: the rows; only the first `SAMPLE` are looked up.
        given: the folder of `--images`.
        subfolders: where to look, relative to `base`.

    Raises:
        TwobranchError: if the given folder is neither one nor a file that holds pictures.
    """
    records = list(islice(records, SAMPLE))
    if records and all(os.path.isabs(record.image) and container_of(record.image) for record in records):
        return base, "images are read in place, inside the data"
    if given is not None:
        return checked_folder(given), f"images are in {given}, named by --images"
    best, counts = best_subfolder(base, records, subfolders)
    place = f"in {best}/ beside the annotations" if best else "beside the annotations"
    return base / best, f"images are {place}: {counts}"


def checked_folder(given: Path) -> Path:
    """The folder of `--images`, or the file that holds the images.

    Raises:
        TwobranchError: if it is neither.
    """
    if not (given.is_dir() or is_container(given)):
        rule = "must be a folder, or a file that holds pictures or features"
        raise TwobranchError(f"--images {given}", rule, remedy="Check the path.")
    return given


def best_subfolder(base: Path, records: Iterable[ImageRecord], subfolders: Sequence[str]) -> tuple[str, str]:
    """The subfolder that holds most of the first images, and a note of how many."""
    names = [record.image.replace("\\", "/") for record in islice(records, SAMPLE)]
    found = {sub: sum(file_size(os.path.join(base, sub, name)) >= 0 for name in names) for sub in subfolders}
    best = max(subfolders, key=found.__getitem__)  # max keeps the first of equals
    return best, f"{found[best]} of the first {len(names)} named there exist"
