"""Writes small folders in the format of Flickr30k Entities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def marked(sentence: str, phrases: Sequence[tuple[int, int, str, tuple[str, ...]]]) -> str:
    """The sentence with marks around the spans of (start, end, chain, types), which do not overlap."""
    line, position = "", 0
    for start, end, chain, types in sorted(phrases):
        mark = "/".join([f"[/EN#{chain}", *types])
        line += f"{sentence[position:start]}{mark} {sentence[start:end]}]"
        position = end
    return line + sentence[position:]


def xml(size: tuple[int, int] | None = (32, 24), objects: str = "") -> str:
    """An annotation file."""
    width_height = "" if size is None else f"<size><width>{size[0]}</width><height>{size[1]}</height></size>"
    return f"<annotation><filename>x.jpg</filename>{width_height}{objects}</annotation>"


def boxed(names: str, x_min: object, y_min: object, x_max: object, y_max: object) -> str:
    """An object with a box; several names are separated by blanks."""
    sides = f"<xmin>{x_min}</xmin><ymin>{y_min}</ymin><xmax>{x_max}</xmax><ymax>{y_max}</ymax>"
    return f"<object>{_names(names)}<bndbox>{sides}</bndbox></object>"


def flagged(names: str, scene: int = 0, nobndbox: int = 1) -> str:
    """An object without a box."""
    return f"<object>{_names(names)}<scene>{scene}</scene><nobndbox>{nobndbox}</nobndbox></object>"


def _names(names: str) -> str:
    return "".join(f"<name>{name}</name>" for name in names.split())


def write_entities(folder: Path, pictures: dict[str, tuple[str, str | None]]) -> Path:
    """Write sentences and XML for each id; None leaves the XML file out."""
    for part in ("Sentences", "Annotations"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for id, (sentences, objects) in pictures.items():
        (folder / "Sentences" / f"{id}.txt").write_text(sentences, encoding="utf-8", newline="")
        if objects is not None:
            (folder / "Annotations" / f"{id}.xml").write_text(objects, encoding="utf-8")
    return folder
