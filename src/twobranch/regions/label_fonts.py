"""Fonts for labels in any script: DejaVu Sans, which matplotlib brings, or a font of the system that has more of it."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont


def label_font(text: str, size: int) -> FreeTypeFont:
    """A font that can write a text.

    Args:
        text: what is to be written.
        size: in pixels.

    Returns:
        DejaVu Sans, which has Latin, Greek, Cyrillic, Arabic and Hebrew letters; where it lacks some of the text, the
        font of the system that has the most of it. If none has more, what is lacking becomes boxes.

    Example:
        >>> label_font("a dog, ein Hund, собака", 20).getname()
        ('DejaVu Sans', 'Book')
    """
    import matplotlib  # a second; only where a picture is drawn
    from PIL import ImageFont

    own = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    needed = frozenset(ord(character) for character in text if not character.isspace())
    if not needed <= _characters(own):
        for path in _system_fonts(needed, own):
            try:
                return ImageFont.truetype(path, size)
            except OSError:  # fonts of pictures only, as those of emoji, have no outlines of this size
                continue
    return ImageFont.truetype(own, size)


@lru_cache(maxsize=64)
def _system_fonts(needed: frozenset[int], own: str) -> list[str]:
    """Files of the fonts that have more of the characters than a font has, those with the most first."""
    from matplotlib import font_manager

    least = len(needed & _characters(own))
    fonts = font_manager.fontManager.ttflist
    # The last resort, which matplotlib brings, too, has a box with a frame for every character there is.
    files = sorted({font.fname for font in fonts if font.style == "normal" and "LastResort" not in font.fname})
    counts = {path: len(needed & _characters(path)) for path in files}
    return sorted((path for path in files if counts[path] > least), key=lambda path: -counts[path])


@cache
def _characters(path: str) -> frozenset[int]:
    """The code points that a font file has a glyph for; none where it cannot be read."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()
