"""Brushes for backgrounds: each returns a piece of SVG. A background is a list of such pieces, back to front."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

CANVAS = (432, 312)
"""Width and height a background is drawn at; a scene shows a window of it, so that few drawings give many views."""

Color = str


def document(pieces: Sequence[str]) -> str:
    """The SVG document of a background."""
    width, height = CANVAS
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{"".join(pieces)}</svg>'


def wash(top: float, bottom: float, colors: Sequence[Color]) -> str:
    """A band over the whole width with a soft vertical gradient, for skies, water and ground.

    Example:
        >>> wash(0, 10, ["#fff", "#000"]).count("stop-color")
        2
    """
    name = f"w{round(top)}-{round(bottom)}-{''.join(colors).replace('#', '')}"
    return (
        f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1">{_stops(colors)}</linearGradient>'
        f'<rect y="{top:.1f}" width="{CANVAS[0]}" height="{bottom - top:.1f}" fill="url(#{name})"/>'
    )


def _stops(colors: Sequence[Color]) -> str:
    last = max(1, len(colors) - 1)
    return "".join(f'<stop offset="{at / last:.3f}" stop-color="{color}"/>' for at, color in enumerate(colors))


def glow(x: float, y: float, radius: float, color: Color, strength: float = 0.8) -> str:
    """A round light that fades to nothing, for the sun's halo and lamps."""
    name = f"g{round(x)}-{round(y)}-{round(radius)}-{color.replace('#', '')}"
    return (
        f'<radialGradient id="{name}"><stop offset="0" stop-color="{color}" stop-opacity="{strength}"/>'
        f'<stop offset="1" stop-color="{color}" stop-opacity="0"/></radialGradient>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="url(#{name})"/>'
    )


def disc(x: float, y: float, radius: float, color: Color, opacity: float = 1.0) -> str:
    """A filled circle."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{color}" opacity="{opacity:.2f}"/>'


def oval(x: float, y: float, rx: float, ry: float, color: Color, opacity: float = 1.0) -> str:
    """A filled ellipse."""
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{color}" opacity="{opacity:.2f}"/>'


def box(
    x: float, y: float, width: float, height: float, color: Color, opacity: float = 1.0, round_by: float = 0
) -> str:
    """A filled rectangle, with rounded corners where `round_by` is not 0."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round_by}" '
        f'fill="{color}" opacity="{opacity:.2f}"/>'
    )


def polygon(points: Sequence[tuple[float, float]], color: Color, opacity: float = 1.0) -> str:
    """A filled polygon."""
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{corners}" fill="{color}" opacity="{opacity:.2f}"/>'


def line(points: Sequence[tuple[float, float]], color: Color, width: float, opacity: float = 1.0) -> str:
    """A line with round ends through points."""
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{corners}" fill="none" stroke="{color}" stroke-width="{width:.1f}" '
        f'stroke-linecap="round" stroke-linejoin="round" opacity="{opacity:.2f}"/>'
    )


def hills(rng: random.Random, y: float, height: float, colors: Sequence[Color], bumps: int = 3) -> str:
    """A smooth rolling band from about `y` down to the bottom edge, its color fading downwards."""
    width, bottom = CANVAS
    step = width / bumps
    start = y - rng.uniform(0, height)
    path = f"M-10,{bottom} L-10,{start:.1f}"
    x, turn = -10.0, rng.uniform(-step / 2, 0)
    for _ in range(bumps + 1):
        end = turn + step
        top = y - rng.uniform(0, height)
        path += f" C{x + step * 0.45:.1f},{start:.1f} {end - step * 0.45:.1f},{top:.1f} {end:.1f},{top:.1f}"
        x, start, turn = end, top, end
    name = f"h{round(y)}-{round(height)}-{''.join(colors).replace('#', '')}"
    return (
        f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="0" y1="{y - height:.1f}" x2="0" y2="{bottom}">'
        f'{_stops(colors)}</linearGradient><path d="{path} L{x:.1f},{bottom} Z" fill="url(#{name})"/>'
    )


def mountains(
    rng: random.Random, y: float, height: float, color: Color, shade: Color, snow: Color, count: int = 4
) -> str:
    """A chain of mountains with a lit and a shaded side and snow on the tops; `y` is the foot of the chain."""
    pieces = []
    width = CANVAS[0]
    for at in sorted(range(count), key=lambda _: rng.random()):
        middle = width * (at + rng.uniform(0.2, 0.8)) / count
        tall = height * rng.uniform(0.55, 1.0)
        half = tall * rng.uniform(1.0, 1.4)
        peak = (middle, y - tall)
        pieces.append(polygon([(middle - half, y), peak, (middle + half, y)], color))
        pieces.append(polygon([peak, (middle + half, y), (middle + half * 0.15, y)], shade))
        cap = 0.3
        left, right = (middle - half * cap, y - tall * (1 - cap)), (middle + half * cap, y - tall * (1 - cap))
        ragged = [
            (middle + half * cap * 0.4, y - tall * 0.62),
            (middle, y - tall * 0.74),
            (middle - half * cap * 0.45, y - tall * 0.64),
        ]
        pieces.append(polygon([peak, right, *ragged, left], snow))
    return "".join(pieces)


def cloud(rng: random.Random, x: float, y: float, size: float, color: Color = "#ffffff", opacity: float = 0.9) -> str:
    """A puffy cloud with a flat base, `size` wide."""
    puffs = [
        oval(x + size * dx, y - size * dy, size * r, size * r * 0.85, color)
        for dx, dy, r in ((-0.26, 0.06, 0.16), (-0.05, 0.16, 0.22), (0.2, 0.09, 0.18))
    ]
    spread = rng.uniform(0.9, 1.15)
    base = box(x - size * 0.48 * spread, y - size * 0.1, size * 0.96 * spread, size * 0.14, color, round_by=size * 0.07)
    return f'<g opacity="{opacity:.2f}">{base}{"".join(puffs)}</g>'


def clouds(
    rng: random.Random, top: float, bottom: float, count: int, color: Color = "#ffffff", opacity: float = 0.85
) -> str:
    """Clouds spread over a band of the sky, the higher the larger."""
    pieces = []
    for at in range(count):
        x = CANVAS[0] * (at + rng.uniform(0.15, 0.85)) / count
        y = rng.uniform(top, bottom)
        nearness = 1 - (y - top) / max(1.0, bottom - top)
        pieces.append(cloud(rng, x, y, 45 + 50 * nearness * rng.uniform(0.7, 1.1), color, opacity))
    return "".join(pieces)


def stars(rng: random.Random, bottom: float, count: int) -> str:
    """Small stars of different brightness above `bottom`."""
    return "".join(
        disc(rng.uniform(0, CANVAS[0]), rng.uniform(0, bottom), rng.uniform(0.5, 1.5), "#ffffff", rng.uniform(0.35, 1))
        for _ in range(count)
    )


def tufts(rng: random.Random, top: float, bottom: float, count: int, color: Color, opacity: float = 0.55) -> str:
    """Tufts of grass, larger towards the viewer."""
    pieces = []
    for _ in range(count):
        x, y = rng.uniform(0, CANVAS[0]), rng.uniform(top, bottom)
        size = 3 + 6 * (y - top) / (bottom - top)
        blades = ((-0.7, 0.8), (0.0, 1.1), (0.7, 0.75))
        pieces += [line([(x, y), (x + dx * size * 0.6, y - dy * size)], color, size / 5, opacity) for dx, dy in blades]
    return "".join(pieces)


def specks(rng: random.Random, top: float, bottom: float, count: int, color: Color, opacity: float = 0.35) -> str:
    """Flat little spots, for pebbles, ripples of sand and dents in snow."""
    pieces = []
    for _ in range(count):
        y = rng.uniform(top, bottom)
        size = 1.2 + 3.2 * (y - top) / (bottom - top)
        pieces.append(oval(rng.uniform(0, CANVAS[0]), y, size * rng.uniform(1, 2.4), size * 0.45, color, opacity))
    return "".join(pieces)


def waves(
    rng: random.Random, top: float, bottom: float, count: int, color: Color = "#ffffff", opacity: float = 0.4
) -> str:
    """Short crests of waves, closer and smaller towards the horizon."""
    pieces = []
    for _ in range(count):
        depth = rng.random() ** 1.5
        x, y = rng.uniform(-10, CANVAS[0]), top + 3 + (bottom - top - 6) * depth
        length, rise = 10 + 26 * depth, 1 + 2.2 * depth
        path = f"M{x:.1f},{y:.1f} q{length / 4:.1f},{-2 * rise:.1f} {length / 2:.1f},0 t{length / 2:.1f},0"
        pieces.append(
            f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{0.8 + 1.2 * depth:.1f}" '
            f'stroke-linecap="round" opacity="{opacity:.2f}"/>'
        )
    return "".join(pieces)


def edge(rng: random.Random, y: float, swing: float, color: Color, opacity: float = 1.0) -> str:
    """Everything below a softly wavy line: the edge of a shore."""
    width, bottom = CANVAS
    phase, turns = rng.uniform(0, 6.28), rng.uniform(1.2, 2.2)
    points = [(float(x), y + swing * math.sin(phase + turns * 6.28 * x / width)) for x in range(0, width + 12, 12)]
    return polygon([*points, (width + 12.0, float(bottom)), (0.0, float(bottom))], color, opacity)
