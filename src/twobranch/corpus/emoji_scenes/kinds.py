"""What a kind of object is. To add a kind, add one row to a table in `kind_tables.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

HABITATS: dict[str, str] = {
    "air": "in the sky by day",
    "dark": "in the sky at night",
    "field": "on grass, in the open",
    "yard": "in a garden",
    "wood": "in a forest",
    "wild": "on the savanna",
    "hot": "in the desert",
    "cold": "on snow",
    "shore": "on sand by the sea",
    "town": "on the pavement",
    "road": "on the road",
    "water": "on the water, of the sea or of a lake",
    "ocean": "on the water, of the sea only",
    "sea": "under water, swimming",
    "seabed": "on the bottom of the sea",
    "floor": "on the floor of a room",
    "low-air": "in the air close to the ground, or in a room",
    "table": "on a table",
}
"""Where a kind may be; a background's zones accept some of these."""

CATEGORIES: dict[str, tuple[str, str]] = {
    "animals": ("animal", "animals"),
    "vehicles": ("vehicle", "vehicles"),
    "people": ("person", "people"),
    "food": ("piece of food", "pieces of food"),
    "plants": ("plant", "plants"),
    "things": ("thing", "things"),
}
"""The type that a phrase gets -> the noun for one and for several of them."""


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    Attributes:
        name: the noun of the sentences, singular.
        emoji: English name of the emoji that draws it, as in the package `emoji`, without the colons.
        size: longest side in pixels in the foreground of a scene.
        habitats: keys of `HABITATS`.
        colors: color names (keys of `PAINTS`) it comes in; without `drawn`, the one color that it has as drawn.
        drawn: the color of the drawing that is repainted, a key of `DRAWN`; empty: it is never repainted.
        verb: what it does, third person.
        plural: the noun for several; empty: the name with an "s".
        family: kinds of one family are never in the same scene, since one noun could mean both; empty: the name.
        mirror: whether it may be drawn mirrored; not where it shows letters or a digit.
        drop: parts of the drawing to leave out (the water under a boat), each a piece of its `d` attribute.
        category: a key of `CATEGORIES`, set by the table the row is in.
    """

    name: str
    emoji: str
    size: float
    habitats: str
    colors: str = ""
    drawn: str = ""
    verb: str = "stands"
    plural: str = ""
    family: str = ""
    mirror: bool = True
    drop: tuple[str, ...] = ()
    category: str = "things"

    @property
    def nouns(self) -> str:
        """The noun for several."""
        return self.plural or f"{self.name}s"

    @property
    def group(self) -> str:
        """The family, or the name of a kind that has none."""
        return self.family or self.name

    @property
    def color_names(self) -> tuple[str, ...]:
        """The colors it comes in; empty for a drawing that has no one color."""
        return tuple(self.colors.split())

    def lives(self, habitats: frozenset[str]) -> bool:
        """Whether one of its habitats is among these.

        Example:
            >>> Kind("duck", "duck", 58, "field water").lives(frozenset({"water", "air"}))
            True
        """
        return not habitats.isdisjoint(self.habitats.split())


def table(category: str, rows: Sequence[Kind]) -> tuple[Kind, ...]:
    """The rows of one category, each marked with it."""
    return tuple(replace(row, category=category) for row in rows)
