"""Features of bottom-up attention: a TSV with a line per image, whose boxes and features are base64 of float32.

    image_id <TAB> image_w <TAB> image_h <TAB> num_boxes <TAB> boxes <TAB> features        [methods.md 6.6]

A member is called by the image's id, /data/trainval_resnet101_faster_rcnn_genome.tsv/36979, or by the name of a file
that holds it: 36979.jpg, or as COCO calls its pictures. Its content is the array of features (R, F) as an .npy file.
The file is read once to find its lines; a feature is decoded when it is asked for.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import numpy as np

from twobranch.corpus.containers.latest import FileVersion, Latest
from twobranch.corpus.containers.rows import as_npy, names_of, npy_size
from twobranch.errors import TwobranchError

FIELDS = ("image_id", "image_w", "image_h", "num_boxes", "boxes", "features")
"""What the fields of a line are; a first line may name them."""

KEPT = 4
"""Files whose lines are remembered."""


@dataclass(frozen=True, slots=True)
class _Line:
    offset: int
    boxes: int
    encoded: int


def read(file: FileVersion, member: str) -> bytes | None:
    """The features (R, F) float32 of an image as an .npy file; None where the file has no such image."""
    line = _line(file, member)
    if line is None:
        return None
    with open(file.path, "rb") as opened:
        opened.seek(line.offset)
        fields = opened.readline().rstrip(b"\r\n").split(b"\t")
    return as_npy(_features(fields[5], line.boxes, f"{file.path}, image {member}"))


def size(file: FileVersion, member: str) -> int:
    """The bytes of what `read` gives; -1 where the file has no such image."""
    line = _line(file, member)
    if line is None:
        return -1
    values = line.encoded * 3 // 4 // 4  # base64 without its padding, float32
    return npy_size(np.dtype(np.float32), (line.boxes, values // max(line.boxes, 1)))


def _line(file: FileVersion, member: str) -> _Line | None:
    lines = _LINES.of(file)
    return next((lines[name] for name in names_of(member) if name in lines), None)


def _features(encoded: bytes, boxes: int, where: str) -> np.ndarray:
    try:
        values = np.frombuffer(base64.b64decode(encoded, validate=True), np.float32)
    except (binascii.Error, ValueError) as error:
        raise TwobranchError(
            where, "features are base64 of float32", found=error, remedy="Write the line anew."
        ) from None
    if boxes < 1 or not len(values) or len(values) % boxes:
        raise TwobranchError(
            where, f"features are {boxes} vectors", found=f"{len(values)} values", remedy="Write the line anew."
        )
    return values.reshape(boxes, -1)


def _lines(file: FileVersion) -> dict[str, _Line]:
    found: dict[str, _Line] = {}
    with open(file.path, "rb") as opened:
        offset = 0
        for number, line in enumerate(opened, start=1):
            fields = line.rstrip(b"\r\n").split(b"\t")
            if not (number == 1 and fields[0] == FIELDS[0].encode()):
                image, boxes, encoded = _fields(fields, f"{file.path}, row {number}")
                found[image] = _Line(offset, boxes, encoded)
            offset += len(line)
    return found


def _fields(fields: list[bytes], where: str) -> tuple[str, int, int]:
    """The id, the number of boxes, and the length of the features in base64, without its padding."""
    if len(fields) == len(FIELDS) and fields[3].isdigit() and len(fields[3]) < 10:
        try:
            return fields[0].decode(), int(fields[3]), len(fields[5].rstrip(b"="))
        except UnicodeDecodeError:
            pass
    raise TwobranchError(
        where,
        f"a line has the fields {', '.join(FIELDS)}",
        found=f"{len(fields)} fields",
        remedy="Write the line anew.",
    )


_LINES: Latest[FileVersion, dict[str, _Line]] = Latest(_lines, KEPT)
