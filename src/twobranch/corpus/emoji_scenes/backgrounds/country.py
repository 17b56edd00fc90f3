"""Backgrounds of the countryside: meadow, garden, forest, savanna, desert, snow, night."""

from __future__ import annotations

import random

from twobranch.corpus.emoji_scenes.backgrounds.backdrop import Backdrop, Zone
from twobranch.corpus.emoji_scenes.backgrounds.drawing import (
    CANVAS,
    box,
    clouds,
    disc,
    edge,
    glow,
    hills,
    line,
    mountains,
    oval,
    polygon,
    specks,
    stars,
    tufts,
    wash,
)

WIDTH, HEIGHT = CANVAS


def meadow(rng: random.Random) -> Backdrop:
    """Grass and rolling hills, by day or at sunset."""
    horizon = rng.uniform(135, 165)
    sunset = rng.random() < 0.3
    sky = rng.choice(
        [["#f7a072", "#fbc78a", "#fde8b8"], ["#b58fd6", "#f2a6b3", "#fddcb0"]]
        if sunset
        else [["#5db8f0", "#a9dcf8", "#e2f4fd"], ["#7cc6ee", "#c4e8f7", "#f3fafd"], ["#8fd3e8", "#d7f0ee", "#f6f8e4"]]
    )
    grass = rng.choice([["#8fce55", "#5fae3c"], ["#a4d65e", "#74b843"], ["#7fc96b", "#4b9e4a"], ["#c2d95c", "#8db83f"]])
    far = rng.choice([["#9fcf9a", "#8cc47c"], ["#86bfa0", "#7db886"], ["#b4d49a", "#98c67c"]])
    sun_x = rng.uniform(60, WIDTH - 60)
    sun_y = horizon - 26 if sunset else rng.uniform(38, 60)
    pieces = (
        wash(0, horizon + 40, sky),
        glow(sun_x, sun_y, 75, "#fff3c4", 0.9),
        disc(sun_x, sun_y, 17, "#fff6d8"),
        clouds(rng, 36, horizon - 45, rng.randint(2, 4), "#fff4e8" if sunset else "#ffffff", 0.75),
        hills(rng, horizon + 6, 34, far, 2),
        hills(rng, horizon + 22, 22, grass, 3),
        tufts(rng, horizon + 34, HEIGHT, 36, grass[1]),
    )
    return Backdrop(
        pieces,
        (Zone("air", 26, horizon - 2, 0.9, 0.8, "air", 0.6), Zone("field", horizon + 30, HEIGHT - 34, 0.66, 1.08)),
        ("in a meadow at sunset", "in the country at sunset")
        if sunset
        else ("in a green meadow", "in a meadow", "in the country"),
        ("a meadow at sunset",) if sunset else ("a green meadow", "a sunny meadow"),
        {"air": ("in the evening sky", "above a meadow")}
        if sunset
        else {"air": ("above a meadow", "in the sky"), "ground": ("on the grass",)},
        tint=(1.0, 0.95, 0.9) if sunset else (1.0, 1.0, 1.0),
    )


def garden(rng: random.Random) -> Backdrop:
    """A lawn in front of a fence."""
    fence = rng.uniform(140, 160)
    sky = rng.choice([["#7ec8f2", "#d8f0fb"], ["#9fd8ee", "#eef8f2"], ["#a6c8f0", "#f4ecf4"]])
    lawn = rng.choice([["#93d065", "#63b046"], ["#a8d873", "#79bb4e"], ["#83c878", "#56a552"]])
    hedge = rng.choice(["#5ea457", "#4f9a63", "#74a94c"])
    wood, shade = rng.choice(
        [("#fdfdfb", "#d9dde2"), ("#d9a066", "#b98046"), ("#a8d0dc", "#7fb0c0"), ("#f2dfb8", "#d3b988")]
    )
    bushes = "".join(
        oval(x + rng.uniform(-8, 8), fence - 34, 38, rng.uniform(22, 38), hedge) for x in range(0, WIDTH + 40, 44)
    )
    posts = "".join(
        polygon([(x, fence), (x, fence - 44), (x + 6.5, fence - 51), (x + 13, fence - 44), (x + 13, fence)], wood)
        + line([(x + 13, fence - 43), (x + 13, fence)], shade, 1.2)
        for x in range(-4, WIDTH, 20)
    )
    pieces = (
        wash(0, fence, sky),
        clouds(rng, 30, 64, rng.randint(1, 3)),
        bushes,
        box(0, fence - 36, WIDTH, 34, hedge),
        box(0, fence - 36, WIDTH, 7, shade),
        box(0, fence - 15, WIDTH, 7, shade),
        posts,
        wash(fence - 3, HEIGHT, lawn),
        tufts(rng, fence + 8, HEIGHT, 44, lawn[1], 0.6),
    )
    return Backdrop(
        pieces,
        (Zone("air", 24, fence - 30, 0.85, 0.85, "air", 0.3), Zone("yard", fence + 12, HEIGHT - 32, 0.72, 1.1)),
        ("in a garden", "in the garden", "in a fenced garden"),
        ("a fenced garden", "a garden"),
        {"air": ("above a garden", "in the air above a lawn"), "ground": ("in front of a garden fence", "on the lawn")},
    )


def forest(rng: random.Random) -> Backdrop:
    """A clearing between tall trunks in haze."""
    ground = rng.uniform(150, 172)
    autumn = rng.random() < 0.4
    air, leaf, floor, trunk = rng.choice(
        [
            (["#f8e3b4", "#f3c98a"], "#d98a3d", ["#cf9a56", "#a8713a"], "#8a5a3a"),
            (["#fbe9cf", "#f0c4a0"], "#c8643c", ["#c78d5c", "#9c653f"], "#7d5342"),
        ]
        if autumn
        else [
            (["#d8f0c8", "#a8d8a0"], "#4f9a55", ["#8cc268", "#5c9a48"], "#7a6048"),
            (["#e4f4e0", "#9fd4bc"], "#3f8f70", ["#79b884", "#4d9264"], "#6c6452"),
        ]
    )
    trunks = []
    for layer, opacity in ((0, 0.28), (1, 0.5)):
        for at in range(9 - 2 * layer):
            x = WIDTH * (at + rng.uniform(0.1, 0.9)) / (9 - 2 * layer)
            half = rng.uniform(4, 6) * (1 + layer)
            foot = ground + 2 + 10 * layer
            trunks.append(
                polygon(
                    [(x - half * 0.7, -5), (x + half * 0.7, -5), (x + half * 1.3, foot), (x - half * 1.3, foot)],
                    trunk,
                    opacity,
                )
            )
    crowns = "".join(
        oval(rng.uniform(-10, WIDTH + 10), rng.uniform(-14, 22), rng.uniform(40, 70), rng.uniform(20, 34), leaf, 0.75)
        for _ in range(14)
    )
    pieces = (
        wash(0, ground + 30, air),
        glow(rng.uniform(120, 310), 90, 130, "#fffbe0", 0.8),
        "".join(trunks),
        crowns,
        hills(rng, ground + 10, 10, floor, 3),
        specks(rng, ground + 14, HEIGHT, 60, leaf, 0.45),
        tufts(rng, ground + 20, HEIGHT, 22, leaf, 0.5),
    )
    place = "an autumn forest" if autumn else "a forest"
    return Backdrop(
        pieces,
        (Zone("low-air", 58, ground - 4, 0.8, 0.8, "air", 0.25), Zone("wood", ground + 18, HEIGHT - 32, 0.85, 1.25)),
        (f"in {place}", "in the woods", "in a forest clearing"),
        (place, f"a clearing in {place}"),
        {"air": (f"in {place}", "among the trees")},
        tint=(1.0, 0.97, 0.92),
    )


def savanna(rng: random.Random) -> Backdrop:
    """Dry grassland under a hot sky."""
    horizon = rng.uniform(140, 162)
    sky = rng.choice(
        [["#f58f54", "#fbbd6c", "#fde6ae"], ["#f2b35e", "#f9dc96", "#fdf3cf"], ["#e8836b", "#f6b98a", "#fce3b6"]]
    )
    grass = rng.choice([["#e2bf62", "#c1953f"], ["#d9c36e", "#b09a48"], ["#e8b765", "#c98f42"]])
    sun_x = rng.uniform(70, WIDTH - 70)
    pieces = (
        wash(0, horizon + 40, sky),
        glow(sun_x, horizon - 44, 105, "#fff0b8", 0.9),
        disc(sun_x, horizon - 44, 27, "#fff4cc"),
        hills(rng, horizon + 4, 26, ["#b98a55", "#a67a48"], 2),
        hills(rng, horizon + 16, 10, grass, 3),
        tufts(rng, horizon + 24, HEIGHT, 60, grass[1], 0.75),
    )
    return Backdrop(
        pieces,
        (Zone("air", 26, horizon - 6, 0.8, 0.75, "air", 0.3), Zone("wild", horizon + 26, HEIGHT - 34, 0.66, 1.02)),
        ("on the savanna", "on the African savanna", "in dry grassland"),
        ("the savanna", "dry grassland"),
        {"air": ("above the savanna", "in the sky over dry grass"), "ground": ("in the dry grass of the savanna",)},
        tint=(1.0, 0.96, 0.9),
    )


def desert(rng: random.Random) -> Backdrop:
    """Dunes of sand."""
    horizon = rng.uniform(142, 165)
    sky = rng.choice(
        [["#58b4ec", "#aadcf4", "#fbeccb"], ["#7cc4e4", "#d4ecec", "#fdf2d6"], ["#f0a58c", "#f8cfa4", "#fdeecd"]]
    )
    sand = rng.choice([["#f4d08a", "#e0ad5c"], ["#f7dc9f", "#e6bd72"], ["#efbf85", "#d9965a"]])
    pieces = (
        wash(0, horizon + 40, sky),
        glow(rng.uniform(60, 370), 48, 80, "#fffbe0", 0.95),
        hills(rng, horizon + 4, 36, [sand[1], sand[0]], 2),
        hills(rng, horizon + 22, 28, sand, 2),
        hills(rng, horizon + 74, 22, [sand[0], sand[1]], 2),
        specks(rng, horizon + 36, HEIGHT, 34, "#b9813f", 0.28),
    )
    return Backdrop(
        pieces,
        (Zone("air", 26, horizon - 10, 0.85, 0.75, "air", 0.5), Zone("hot", horizon + 34, HEIGHT - 34, 0.68, 1.05)),
        ("in the desert", "in a sandy desert", "among sand dunes"),
        ("a desert", "a landscape of sand dunes"),
        {"air": ("above the desert", "in the desert sky"), "ground": ("on the desert sand", "in the desert")},
    )


def snow(rng: random.Random) -> Backdrop:
    """Snow in front of mountains."""
    horizon = rng.uniform(146, 166)
    sky = rng.choice([["#8cc4ee", "#d8ecfa"], ["#a9b8e8", "#f0e0f0"], ["#b4d0e4", "#eef4f8"]])
    rock, shade = rng.choice([("#8ea6c4", "#7189ab"), ("#a5a9c9", "#868cb0"), ("#93b3c2", "#7497a8")])
    flakes = "".join(
        disc(rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(0.8, 2.1), "#ffffff", 0.85)
        for _ in range(rng.choice([0, 70, 110]))
    )
    pieces = (
        wash(0, horizon + 40, sky),
        mountains(rng, horizon + 8, 96, rock, shade, "#fbfdff", rng.randint(3, 5)),
        hills(rng, horizon + 16, 16, ["#f4f9fe", "#dbe8f5"], 3),
        hills(rng, horizon + 70, 16, ["#ffffff", "#d6e4f3"], 2),
        specks(rng, horizon + 28, HEIGHT, 34, "#a9c3de", 0.45),
        flakes,
    )
    return Backdrop(
        pieces,
        (Zone("air", 24, horizon - 40, 0.8, 0.75, "air", 0.3), Zone("cold", horizon + 28, HEIGHT - 32, 0.7, 1.08)),
        ("in a snowy landscape", "in front of snowy mountains", "in winter"),
        ("a snowy landscape", "a winter landscape"),
        {"air": ("above the snow", "in front of snowy mountains"), "ground": ("in the snow", "on a snowy slope")},
        shadow=0.22,
    )


def night(rng: random.Random) -> Backdrop:
    """Dark hills under stars and the moon."""
    horizon = rng.uniform(170, 192)
    sky = rng.choice(
        [["#27346f", "#4a569c", "#8a7fb8"], ["#1f4068", "#34689a", "#78a5b8"], ["#3a2f6b", "#664f93", "#b07ba6"]]
    )
    land = rng.choice([["#4a6b6a", "#365452"], ["#566a8c", "#3d4f70"], ["#5d6f5a", "#435640"]])
    x, y, radius = rng.uniform(50, WIDTH - 50), rng.uniform(46, 74), rng.uniform(17, 23)
    pieces = (
        wash(0, horizon + 40, sky),
        stars(rng, horizon - 10, 85),
        glow(x, y, 80, "#fff5cf", 0.55),
        disc(x, y, radius, "#fff3c9"),
        disc(x + radius * 0.3, y - radius * 0.2, radius * 0.2, "#efdca4"),
        disc(x - radius * 0.35, y + radius * 0.3, radius * 0.15, "#efdca4"),
        hills(rng, horizon + 4, 36, [land[1], land[0]], 2),
        edge(rng, horizon + 28, 6, land[0]),
        tufts(rng, horizon + 36, HEIGHT, 30, land[1], 0.8),
    )
    return Backdrop(
        pieces,
        (Zone("dark", 24, horizon - 4, 0.85, 0.85, "air", 1.3), Zone("field", horizon + 34, HEIGHT - 32, 0.72, 1.0)),
        ("at night", "under a starry sky", "in the moonlight"),
        ("a starry night", "a moonlit night"),
        {"air": ("in the night sky", "among the stars"), "ground": ("under a starry sky", "on a dark hill")},
        tint=(0.86, 0.88, 0.97),
        shadow=0.4,
    )
