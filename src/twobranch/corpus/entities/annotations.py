"""The boxes of one picture of Flickr30k Entities, from its XML file (methods.md 6.4).

An object names one or several chains and has either a box or a flag that says why it has none: `scene` for the whole
picture, `nobndbox` for what cannot be boxed. A chain may have several objects, one for each of "two dogs".
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from twobranch.corpus.reading import BadRow
from twobranch.corpus.records import Box

SIDES = ("xmin", "ymin", "xmax", "ymax")


@dataclass
class Annotations:
    """What an XML file says.

    Attributes:
        size: width and height of the picture in which the boxes were drawn; None where the file does not say.
        boxes: the boxes of each chain, 0-based and end-exclusive, in pixels of that picture.
        unboxed: chains with an object that is flagged to have no box.
    """

    size: tuple[int, int] | None = None
    boxes: dict[str, list[Box]] = field(default_factory=dict)
    unboxed: set[str] = field(default_factory=set)


def read_annotations(path: Path, where: str) -> Annotations:
    """Read an XML file.

    A box is written with the first and the last pixel, counted from 1: x0 = xmin - 1, x1 = xmax.

    Args:
        path: the file.
        where: its name, for messages.

    Raises:
        BadRow: if it is no XML, or a size, a box or a flag does not keep the format.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        row, column = error.position
        raise BadRow(
            f"{where}, row {row}, character {column}", "must be XML", found=str(error), remedy="Download the file again"
        ) from None
    except (OSError, ValueError, LookupError) as error:  # an unknown encoding is a LookupError
        raise BadRow(
            where, "must be readable XML", found=str(error), remedy="Check the file's permissions and encoding"
        ) from None
    found = Annotations(_size(root, where))
    for number, item in enumerate(root.iter("object"), start=1):
        _add_object(item, found, f"{where}, object {number}")
    return found


def _size(root: ElementTree.Element, where: str) -> tuple[int, int] | None:
    element = root.find("size")
    if element is None:
        return None
    width, height = (_number(element, name, f"{where}, size") for name in ("width", "height"))
    if width < 1 or height < 1:
        raise BadRow(
            f"{where}, size",
            "a picture has at least one pixel",
            found=f"{width:g} x {height:g}",
            remedy="Correct width and height, or leave the size out",
        )
    return int(width), int(height)


def _add_object(item: ElementTree.Element, found: Annotations, where: str) -> None:
    chains = [(name.text or "").strip() for name in item.findall("name")]
    if not chains or not all(chain.isdecimal() and len(chain) < 19 for chain in chains):
        raise BadRow(
            where, "an object names the numbers of its chains", found=repr(chains), remedy="Write <name>NUMBER</name>"
        )
    chains = [str(int(chain)) for chain in chains]
    boxes = [_box(element, where) for element in item.findall("bndbox")]
    if boxes:
        for chain in dict.fromkeys(chains):
            found.boxes.setdefault(chain, []).extend(boxes)
    elif any((item.findtext(flag) or "").strip() == "1" for flag in ("scene", "nobndbox")):
        found.unboxed.update(chains)
    else:
        raise BadRow(
            where,
            "an object has a bndbox, or scene or nobndbox is 1",
            found="neither",
            remedy="Add its bndbox or a flag, or remove the object",
        )


def _box(element: ElementTree.Element, where: str) -> Box:
    x_min, y_min, x_max, y_max = (_number(element, side, f"{where}, bndbox") for side in SIDES)
    if x_max < x_min or y_max < y_min:
        found = f"({x_min:g}, {y_min:g}) and ({x_max:g}, {y_max:g})"
        raise BadRow(
            f"{where}, bndbox",
            "the last pixel of a box is not before its first",
            found=found,
            remedy="Exchange the numbers",
        )
    return x_min - 1, y_min - 1, x_max, y_max


def _number(element: ElementTree.Element, name: str, where: str) -> float:
    text = element.findtext(name)
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:  # NaN too
        raise BadRow(f"{where}, {name}", "must be a number", found=repr(text), remedy="Write the pixel's number")
    return value
