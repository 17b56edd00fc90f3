"""One JSON file in COCO's format of captions: a list of images, and a list of captions that name them by id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twobranch.corpus.checks import check_sentence
from twobranch.corpus.json_files import load_object, single_values
from twobranch.corpus.reading import BadRow, BadRows, shown
from twobranch.corpus.records import ImageRecord

Id = int | str


def read_captions_file(path: Path, split: str | None, bad_rows: BadRows) -> tuple[list[ImageRecord], list[str]]:
    """The images that have captions, with the split given and their single values as metadata; and notes.

    Args:
        path: the file.
        split: of all its images.
        bad_rows: takes the images and captions that break a rule.

    Raises:
        TwobranchError: if the file is no JSON object with the lists `images` and `annotations`.
    """
    lists = load_object(path, "images", "annotations")
    images = _images_by_id(lists["images"], path.name, bad_rows)
    captions = _captions_by_image(lists["annotations"], images, path.name, bad_rows)
    records = []
    for id, (number, image) in images.items():
        if captions[id]:
            where = f"{path.name}, image {number}"
            metadata = single_values(image, ("file_name",))
            records.append(ImageRecord(image["file_name"], tuple(captions[id]), where, split, metadata=metadata))
    said = f"in the split {split}, as its name says" if split else "in no split"
    notes = [f"{path.name}: {len(records):,} images with captions, {said}"]
    if without := len(images) - len(records):
        notes.append(f"left out: {without:,} of its images, which have no caption")
    return records, notes


def _images_by_id(values: list[Any], name: str, bad_rows: BadRows) -> dict[Id, tuple[int, dict[str, Any]]]:
    """The images and their numbers in the file, from 1, by id."""
    images: dict[Id, tuple[int, dict[str, Any]]] = {}
    for number, image in enumerate(values, start=1):
        try:
            where = f"{name}, image {number}"
            id = _id(image, "id", where)
            file = image.get("file_name")
            if not (isinstance(file, str) and file.strip()):
                raise BadRow(where, 'an image names its file under "file_name"', found=shown(file))
            if id in images:
                found = f"{id!r}, which image {images[id][0]} has"
                raise BadRow(where, 'an image has an "id" of its own', found=found)
            images[id] = number, image
        except BadRow as row:
            bad_rows.reject(row)
    return images


def _captions_by_image(
    values: list[Any], images: dict[Id, tuple[int, dict[str, Any]]], name: str, bad_rows: BadRows
) -> dict[Id, list[str]]:
    """The captions of each image, in the order of the file."""
    captions: dict[Id, list[str]] = {id: [] for id in images}
    for number, annotation in enumerate(values, start=1):
        try:
            where = f"{name}, annotation {number}"
            id = _id(annotation, "image_id", where)
            caption = annotation.get("caption")
            if not isinstance(caption, str):
                raise BadRow(where, 'an annotation has a text under "caption"', found=shown(caption))
            if id not in captions:
                raise BadRow(where, 'an annotation names one of the images under "image_id"', found=shown(id))
            check_sentence(caption, where)
            captions[id].append(caption.strip())
        except BadRow as row:
            bad_rows.reject(row)
    return captions


def _id(value: Any, key: str, where: str) -> Id:
    if not isinstance(value, dict):
        raise BadRow(where, "must be an object with keys", found=shown(value))
    id = value.get(key)
    if isinstance(id, bool) or not isinstance(id, int | str):
        raise BadRow(where, f'has a number or a text under "{key}"', found=shown(id))
    return id
