"""Backgrounds made by people: street, room, table."""

from __future__ import annotations

import random

from twobranch.corpus.emoji_scenes.backgrounds.backdrop import Backdrop, Zone
from twobranch.corpus.emoji_scenes.backgrounds.drawing import CANVAS, box, clouds, glow, line, oval, polygon, wash

WIDTH, HEIGHT = CANVAS


def street(rng: random.Random) -> Backdrop:
    """A row of buildings, a pavement and a road, by day or in the evening."""
    pavement = rng.uniform(150, 164)
    road = pavement + rng.uniform(40, 48)
    evening = rng.random() < 0.35
    sky = rng.choice(
        [["#56508f", "#c07a9c", "#f6bd92"], ["#34457f", "#7a78b4", "#e8a8a0"]]
        if evening
        else [["#79c3f0", "#dff1fb"], ["#a8d4ee", "#f6f2ea"]]
    )
    fronts = ["#e8b08a", "#d98f80", "#f0d3a0", "#a9c0cf", "#c8b4d0", "#b8cfae", "#e6c5bd", "#cdb69c"]
    pieces = [wash(0, pavement, sky), "" if evening else clouds(rng, 26, 60, 2, "#ffffff", 0.7)]
    x = -12.0
    while x < WIDTH:
        wide, tall = rng.uniform(52, 86), rng.uniform(66, 122)
        pieces.append(_building(rng, x, pavement, wide, tall, rng.choice(fronts), evening))
        x += wide
    stone, gutter = rng.choice([(["#d9d4cc", "#c6c0b6"], "#a9a49c"), (["#cfd3d6", "#bcc1c6"], "#9fa5ab")])
    pieces += [
        wash(pavement, road, stone),
        *(line([(at, pavement + 1), (at - 22, road - 1)], gutter, 1, 0.5) for at in range(10, WIDTH + 40, 46)),
        box(0, road - 4, WIDTH, 5, gutter),
        wash(road, HEIGHT, rng.choice([["#7a7d85", "#63666e"], ["#868487", "#6d6b70"]])),
        *(
            box(at, (road + HEIGHT) / 2 + 2, 38, 4, "#f6f2e4", 0.9, 2)
            for at in range(int(rng.uniform(-30, 10)), WIDTH, 74)
        ),
    ]
    return Backdrop(
        tuple(pieces),
        (
            Zone("air", 20, pavement - 60, 0.7, 0.7, "air", 0.25),
            Zone("town", pavement + 14, road - 8, 0.82, 0.9, weight=1.0),
            Zone("road", road + 24, HEIGHT - 30, 0.85, 1.08, weight=1.3),
        ),
        ("in the city in the evening", "in the city at dusk")
        if evening
        else ("in the city", "in town", "in a city street"),
        ("a street in the evening",) if evening else ("a city street", "a street of colorful buildings"),
        {"air": ("above a street", "over the city"), "ground": ("on a street", "in front of a row of buildings")},
        tint=(0.93, 0.9, 0.97) if evening else (1.0, 1.0, 1.0),
        shadow=0.4,
    )


def _building(rng: random.Random, x: float, foot: float, wide: float, tall: float, color: str, lit: bool) -> str:
    """One house front with a flat or a gabled roof and rows of windows, some lit in the evening."""
    top = foot - tall
    roof = rng.choice(["#8d6b63", "#7d7f8c", "#a5736a"])
    pieces = [box(x, top, wide + 0.6, tall, color)]
    if rng.random() < 0.4:
        pieces.append(polygon([(x - 2, top), (x + wide / 2, top - rng.uniform(12, 24)), (x + wide + 2, top)], roof))
    else:
        pieces.append(box(x - 1, top - 4, wide + 2, 6, roof))
    columns = max(2, int(wide // 20))
    for row in range(int((tall - 26) // 23)):
        for column in range(columns):
            left = x + wide * (column + 0.5) / columns - 5
            glass = rng.choice(["#ffe9a0", "#ffe9a0", "#5f6385"]) if lit else rng.choice(["#cfe6f2", "#b9d6e6"])
            pieces.append(box(left, top + 9 + 23 * row, 10, 13, glass, 0.95, 1))
    pieces.append(box(x + wide / 2 - 7, foot - 20, 14, 20, roof, 1, 2))
    if lit:
        pieces.append(box(x, top - 4, wide, tall + 4, "#3a3560", 0.28))
    return "".join(pieces)


def room(rng: random.Random) -> Backdrop:
    """A wall with a window or a picture, a floor and a rug."""
    floor = rng.uniform(168, 186)
    wall = rng.choice(
        [
            ["#f7e3c8", "#f2d5b0"],
            ["#d6e8dc", "#c2dccb"],
            ["#d9e3f2", "#c5d4ea"],
            ["#f3d9d9", "#eac6c6"],
            ["#e8def0", "#d8cae6"],
            ["#f6eeb8", "#eee09a"],
        ]
    )
    boards = rng.choice(
        [["#d6a26c", "#b98350"], ["#c9b18f", "#a99070"], ["#b98f6f", "#966f52"], ["#dcc6a4", "#c2a680"]]
    )
    rug = rng.choice(["#c8786f", "#7f9fc0", "#8fae84", "#b591bd", "#d8b25f"])
    pieces = [wash(0, floor, wall)]
    if rng.random() < 0.5:
        pieces += [box(at, 0, 16, floor, "#ffffff", 0.22) for at in range(int(rng.uniform(0, 30)), WIDTH, 40)]
    pieces.append(_window(rng.uniform(60, 300), rng.uniform(36, 48)) if rng.random() < 0.65 else _frames(rng))
    pieces += [
        box(0, floor - 9, WIDTH, 9, "#fffaf2", 0.9),
        wash(floor, HEIGHT, boards),
        *(
            line([(WIDTH / 2 + at, floor), (WIDTH / 2 + at * 2.1, HEIGHT)], boards[1], 1.4, 0.7)
            for at in range(-260, 261, 40)
        ),
        oval(WIDTH / 2 + rng.uniform(-40, 40), (floor + HEIGHT) / 2 + 14, rng.uniform(120, 150), 36, rug, 0.85),
    ]
    return Backdrop(
        tuple(pieces),
        (Zone("low-air", 24, floor - 20, 0.85, 0.85, "air", 0.25), Zone("floor", floor + 12, HEIGHT - 32, 0.8, 1.05)),
        ("in a room", "indoors", "inside a house"),
        ("a room", "the inside of a room"),
        {"air": ("in a room", "in the air of a room"), "ground": ("on the floor of a room", "on a wooden floor")},
    )


def _window(x: float, y: float) -> str:
    frame = "#fffaf2"
    return "".join(
        [
            box(x - 4, y - 4, 96, 90, frame, 1, 3),
            box(x, y, 88, 82, "#a9dcf4", 1, 1),
            glow(x + 66, y + 20, 44, "#ffffff", 0.7),
            polygon(
                [(x, y + 82), (x, y + 62), (x + 30, y + 54), (x + 60, y + 64), (x + 88, y + 56), (x + 88, y + 82)],
                "#9ccf8c",
            ),
            box(x + 42, y, 4, 82, frame),
            box(x, y + 38, 88, 4, frame),
            box(x - 10, y + 84, 108, 7, frame, 1, 2),
        ]
    )


def _frames(rng: random.Random) -> str:
    """Two abstract pictures on the wall."""
    pieces = []
    for x in (rng.uniform(50, 130), rng.uniform(240, 320)):
        y, wide, tall = rng.uniform(38, 60), rng.uniform(50, 72), rng.uniform(44, 66)
        light, dark = rng.choice([("#f3c9a0", "#c98a6a"), ("#a9cfc4", "#6f9f94"), ("#c8c0e4", "#8f84bc")])
        pieces += [
            box(x - 4, y - 4, wide + 8, tall + 8, "#8a6a50", 1, 2),
            box(x, y, wide, tall, "#fdf8ee"),
            polygon([(x, y + tall), (x + wide * 0.4, y + tall * 0.4), (x + wide * 0.75, y + tall)], light),
            polygon([(x + wide * 0.3, y + tall), (x + wide * 0.7, y + tall * 0.55), (x + wide, y + tall)], dark),
        ]
    return "".join(pieces)


def table(rng: random.Random) -> Backdrop:
    """A table top in front of a tiled or plain wall."""
    top = rng.uniform(112, 130)
    wall = rng.choice(
        [
            ["#cfe8e4", "#b4d8d2"],
            ["#f6dcc4", "#efcaa8"],
            ["#d8def4", "#c0c9ea"],
            ["#f4d0d4", "#e8b8c0"],
            ["#f0e8c4", "#e4d8a0"],
        ]
    )
    wood = rng.choice(
        [
            ["#e0b078", "#bf8748"],
            ["#f4efe6", "#dcd3c4"],
            ["#b98a62", "#94683f"],
            ["#c9d6dc", "#a5b6bf"],
            ["#ecc6a0", "#d3a070"],
        ]
    )
    pieces = [wash(0, top, wall)]
    if rng.random() < 0.6:
        size = rng.choice([30, 36, 44])
        pieces += [box(0, at, WIDTH, 1.6, "#ffffff", 0.6) for at in range(size // 2, int(top), size)]
        pieces += [box(at, 0, 1.6, top, "#ffffff", 0.6) for at in range(size // 2, WIDTH, size)]
    else:
        pieces.append(glow(rng.uniform(100, 330), 10, 150, "#fffbe6", 0.7))
    pieces += [
        wash(top, HEIGHT, wood),
        box(0, top, WIDTH, 3, "#ffffff", 0.4),
        *(
            line([(-10, y), (WIDTH + 10, y + rng.uniform(-5, 5))], wood[1], rng.uniform(0.8, 2), 0.5)
            for y in (top + 24, top + 58, top + 104, top + 150)
        ),
    ]
    if rng.random() < 0.5:
        cloth = rng.choice(["#e88f86", "#86b0d8", "#9cc48c", "#e8c878"])
        pieces.append(
            oval(WIDTH / 2 + rng.uniform(-50, 50), (top + HEIGHT) / 2 + 20, rng.uniform(130, 165), 62, cloth, 0.55)
        )
    return Backdrop(
        tuple(pieces),
        (Zone("table", top + 26, HEIGHT - 30, 0.85, 1.3),),
        ("on a table", "on the table", "on a kitchen table"),
        ("a table", "a kitchen table"),
    )
