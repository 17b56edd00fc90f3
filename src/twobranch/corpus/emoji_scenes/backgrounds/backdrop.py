"""What a background is: a drawing, the zones where objects may be, and the words for the place."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Zone:
    """A part of a background where objects of some habitats may be.

    Attributes:
        habitats: what may be here, words of `kinds.HABITATS` with spaces between.
        top: smallest y in the drawing; of an object's foot where it stands, of its whole box where it is in the air.
        bottom: largest y.
        far: how large an object is at `top`, relative to its `Kind.size`.
        near: how large it is at `bottom`.
        rest: "ground" (stands, has a shadow), "water" (floats, has a ripple) or "air" (neither).
        weight: how often a zone is chosen beside the others.
    """

    habitats: str
    top: float
    bottom: float
    far: float = 0.75
    near: float = 1.05
    rest: str = "ground"
    weight: float = 1.0

    @property
    def accepts(self) -> frozenset[str]:
        """The habitats as a set."""
        return frozenset(self.habitats.split())

    def scale(self, y: float) -> float:
        """How large an object at `y` is, relative to its `Kind.size`.

        Example:
            >>> Zone("field", 100, 200, far=0.5, near=1.0).scale(150)
            0.75
        """
        part = (y - self.top) / max(1e-6, self.bottom - self.top)
        return self.far + (self.near - self.far) * min(1.0, max(0.0, part))


@dataclass(frozen=True)
class Backdrop:
    """One drawing of a background.

    Attributes:
        pieces: SVG, back to front.
        zones: where objects may be, in pixels of the drawing.
        places: phrases such as "at the beach", true of whatever is in this drawing.
        sceneries: noun phrases such as "a beach at sunset".
        special: more exact phrases for objects that all rest alike, by `Zone.rest`: in the air, "above the beach".
        tint: factors on red, green and blue of the objects, so that they share the light of the place.
        shadow: opacity of the shadows.
    """

    pieces: tuple[str, ...]
    zones: tuple[Zone, ...]
    places: tuple[str, ...]
    sceneries: tuple[str, ...]
    special: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    shadow: float = 0.3

    def shifted(self, dy: float) -> Backdrop:
        """The same with all zones moved up by `dy`, for a window that starts lower."""
        zones = tuple(replace(zone, top=zone.top - dy, bottom=zone.bottom - dy) for zone in self.zones)
        return replace(self, zones=zones)


Painter = Callable[[random.Random], Backdrop]
"""A background: draws one of its endless variants from random numbers."""
