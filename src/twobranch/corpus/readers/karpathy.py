"""Karpathy's JSON: Flickr8k, Flickr30k and COCO with the splits that most papers use (Karpathy and Fei-Fei 2015).

    dataset_flickr30k.json    {"dataset": "flickr30k", "images": [{"filename": "1000092795.jpg", "imgid": 0,
                                 "split": "train", "sentids": [0, 1], "sentences": [{"raw": "Two men.",
                                 "tokens": ["two", "men"], "sentid": 0, "imgid": 0}, ...]}, ...]}
    dataset_coco.json         the same, with "filepath": "val2014", the picture's folder, and "cocoid"

COCO's split `restval` belongs to train, as the papers have it. Tokens are read only where a sentence has no raw text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twobranch.corpus.checks import check_sentence
from twobranch.corpus.images_folder import SUBFOLDERS, find_images_folder
from twobranch.corpus.json_files import annotation_files, lacking, load_object, single_values
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition, shown
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.splits import TRAIN

KEYS = ("images", "filename", "sentences")
OWN_KEYS = frozenset(("filename", "filepath", "split", "sentences", "sentids"))
"""Keys of an image that are no metadata."""

REST_OF_VAL = "restval"
IMAGE_FOLDERS = (*SUBFOLDERS, "../images", "..")
"""The last two are for a JSON file in a folder of its own, such as `annotations/`, beside the pictures' folder."""


def recognize(source: Path, options: ReadOptions) -> Recognition:
    """Fits a JSON file with images that have a file name and sentences, or a folder that holds exactly one."""
    files = annotation_files(source, KEYS)
    if not files:
        return lacking(source, KEYS)
    if options.columns:
        return Recognition(False, "--columns is for tables", near=3)
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        return Recognition(False, f"it holds several such files ({names}): name one of them as the data", near=3)
    return Recognition(True, f"{files[0].name} has images with filename and sentences")


def read(source: Path, options: ReadOptions) -> Reading:
    """Read the images in the order of the file.

    Raises:
        BadRow: at the first broken image or sentence, unless `options.skip_bad_rows`.
        TwobranchError: if the file is no such JSON.
    """
    files = annotation_files(source, KEYS)
    if not files:
        raise ValueError(f"recognize({str(source)!r}) must hold before read")
    dataset = _Dataset(files[0].name, BadRows(options.skip_bad_rows))
    records = list(dataset.records(load_object(files[0], "images")["images"]))
    folder, note = find_images_folder(files[0].parent, records, options.images, IMAGE_FOLDERS)
    return Reading(records, folder, dataset.bad_rows, [*dataset.notes(), note])


@dataclass
class _Dataset:
    """Reads image after image, and counts what is worth a note."""

    name: str
    bad_rows: BadRows
    counts: Counter[str] = field(default_factory=Counter)

    def records(self, images: list[Any]) -> Iterator[ImageRecord]:
        for number, image in enumerate(images, start=1):
            try:
                yield self._record(image, f"{self.name}, image {number}")
            except BadRow as row:
                self.bad_rows.reject(row)

    def notes(self) -> Iterator[str]:
        yield f"images and sentences are in {self.name}"
        if count := self.counts[REST_OF_VAL]:
            yield f"{count:,} images of the split {REST_OF_VAL} are train, as the papers have it"
        if count := self.counts["tokens"]:
            yield f"{count:,} sentences have no raw text: their tokens are joined by spaces"

    def _record(self, image: Any, where: str) -> ImageRecord:
        if not isinstance(image, dict):
            raise BadRow(where, "an image is an object with keys", found=shown(image))
        name, folder, split = (image.get(key) for key in ("filename", "filepath", "split"))
        if not (isinstance(name, str) and name.strip()):
            raise BadRow(where, 'an image names its file under "filename"', found=shown(name))
        if not isinstance(folder, str | None):
            raise BadRow(where, '"filepath" is the folder of the file', found=shown(folder))
        if not isinstance(split, str | None):
            raise BadRow(where, '"split" is a name', found=shown(split))
        self.counts[REST_OF_VAL] += split == REST_OF_VAL
        return ImageRecord(
            image=f"{folder}/{name}" if folder else name,
            sentences=self._sentences(image.get("sentences"), where),
            where=where,
            split=TRAIN if split == REST_OF_VAL else split,
            metadata=single_values(image, OWN_KEYS),
        )

    def _sentences(self, values: Any, where: str) -> tuple[str, ...]:
        if not (isinstance(values, list) and values):
            raise BadRow(where, 'an image has a list of objects under "sentences"', found=shown(values))
        sentences = []
        for number, value in enumerate(values):
            try:
                sentences.append(self._sentence(value, f"{where}, sentence {number}"))
            except BadRow as row:
                self.bad_rows.reject(row)
        if not sentences:
            raise BadRow(where, "an image has at least one sentence", found="only broken ones")
        return tuple(sentences)

    def _sentence(self, value: Any, where: str) -> str:
        text, tokens = (value.get(key) for key in ("raw", "tokens")) if isinstance(value, dict) else (None, None)
        if text is None and isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
            self.counts["tokens"] += 1
            text = " ".join(tokens)
        if not isinstance(text, str):
            raise BadRow(where, 'a sentence has its text under "raw", or a list "tokens"', found=shown(value))
        check_sentence(text, where)
        return text.strip()
