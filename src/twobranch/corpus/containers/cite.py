"""The HDF5 files of conditional image-text embedding networks (cite): which columns of them are features.

An image's matrix holds a row per box: visual values, then where the box is (5 values, or 8 for ReferIt), then the box
itself in pixels (4 values) [methods.md 6.8]. Only the visual values are features: numbers of pixels beside them would
drown them in a mean.
"""

from __future__ import annotations

from collections.abc import Container

PAIRS, PHRASES = "pairs", "phrases"
"""What such a file holds beside its images."""

PLACE, PLACE_REFERIT = 5 + 4, 8 + 4
"""Columns behind the visual ones."""

_VISUAL = 64
"""The number of visual values is a multiple of this, for every network that is used."""


def is_cite(names: Container[str]) -> bool:
    """Whether a file that holds these names is one of cite.

    Example:
        >>> is_cite({"pairs", "phrases", "36979"}), is_cite({"features"})
        (True, False)
    """
    return PAIRS in names and PHRASES in names


def visual_columns(columns: int) -> int:
    """How many columns of an image's matrix are visual.

    Example:
        >>> visual_columns(4096 + 5 + 4), visual_columns(2048 + 8 + 4), visual_columns(12)
        (4096, 2048, 3)
    """
    referit = columns - PLACE_REFERIT
    return referit if referit > 0 and referit % _VISUAL == 0 else max(columns - PLACE, 0)
