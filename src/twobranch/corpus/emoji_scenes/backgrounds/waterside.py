"""Backgrounds with water: beach, sea, lake, and the sea from below."""

from __future__ import annotations

import random

from twobranch.corpus.emoji_scenes.backgrounds.backdrop import Backdrop, Zone
from twobranch.corpus.emoji_scenes.backgrounds.drawing import (
    CANVAS,
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
    tufts,
    wash,
    waves,
)

WIDTH, HEIGHT = CANVAS


def beach(rng: random.Random) -> Backdrop:
    """Sand in front of the sea, by day or at sunset."""
    horizon = rng.uniform(92, 112)
    shore = horizon + rng.uniform(50, 62)
    sunset = rng.random() < 0.3
    sky, sea = (
        (["#f08a72", "#f9b884", "#fde3ae"], ["#d99aa0", "#b98aa8"])
        if sunset
        else rng.choice(
            [(["#58b9f2", "#bfe6fa"], ["#2f9fd6", "#6fd0e4"]), (["#86cdf0", "#e8f6fb"], ["#36a8c8", "#86dcd8"])]
        )
    )
    sand = rng.choice([["#fae3ab", "#efc97e"], ["#f9dfb4", "#e8c28c"], ["#fdeac0", "#f2d394"]])
    sun_x = rng.uniform(60, WIDTH - 60)
    pieces = (
        wash(0, horizon + 1, sky),
        glow(sun_x, horizon - 18 if sunset else 38, 80, "#fff3c4", 0.95),
        disc(sun_x, horizon - 14 if sunset else 38, 18, "#fff7dc"),
        clouds(rng, 26, horizon - 26, rng.randint(1, 3), "#ffffff", 0.7),
        wash(horizon, shore + 12, sea),
        waves(rng, horizon, shore, 24),
        edge(rng, shore - 3, 4, "#ffffff", 0.75),
        edge(rng, shore + 2, 4, sand[1], 0.9),
        edge(rng, shore + 8, 4, sand[0]),
        specks(rng, shore + 18, HEIGHT, 48, "#c99c55", 0.3),
    )
    return Backdrop(
        pieces,
        (
            Zone("air", 22, horizon + 8, 0.75, 0.7, "air", 0.4),
            Zone("water ocean", horizon + 22, shore - 6, 0.5, 0.62, "water", 0.35),
            Zone("shore", shore + 24, HEIGHT - 32, 0.75, 1.1),
        ),
        ("at the beach at sunset", "by the sea at sunset")
        if sunset
        else ("at the beach", "at a sandy beach", "by the sea"),
        ("a beach at sunset",) if sunset else ("a sandy beach", "a sunny beach"),
        {
            "air": ("above a beach", "above the sea"),
            "water": ("on the sea", "off a beach"),
            "ground": ("on a beach", "on the sand"),
        },
        tint=(1.0, 0.95, 0.9) if sunset else (1.0, 1.0, 1.0),
    )


def sea(rng: random.Random) -> Backdrop:
    """Open water below a wide sky."""
    horizon = rng.uniform(132, 152)
    sky, water = rng.choice(
        [
            (["#54b6ee", "#c4e8fa"], ["#4ba8d8", "#1f78b4"]),
            (["#f3a683", "#fbd9a8", "#fdeed0"], ["#7fb0c4", "#3f7f9f"]),
            (["#8fb4d8", "#dce8f0"], ["#5f9cb4", "#34708c"]),
            (["#7ad0e8", "#e4f8f4"], ["#45c0c4", "#1f94a4"]),
        ]
    )
    coast = hills(rng, horizon + 2, 24, ["#8fb79c", "#8fb79c"], 2) if rng.random() < 0.5 else ""
    pieces = (
        wash(0, horizon + 2, sky),
        glow(rng.uniform(60, 370), 46, 90, "#fffbe0", 0.9),
        clouds(rng, 32, horizon - 40, rng.randint(2, 4), "#ffffff", 0.8),
        coast,
        wash(horizon, HEIGHT, water),
        waves(rng, horizon, HEIGHT, 60),
    )
    return Backdrop(
        pieces,
        (
            Zone("air", 24, horizon, 0.85, 0.8, "air", 0.8),
            Zone("water ocean", horizon + 26, HEIGHT - 34, 0.62, 1.1, "water", 1.2),
        ),
        ("at sea", "out at sea", "at the sea"),
        ("the sea", "the open sea"),
        {"air": ("above the sea", "in the sky over the sea"), "water": ("on the sea", "on the water", "in the sea")},
    )


def lake(rng: random.Random) -> Backdrop:
    """A lake between mountains and a near bank of grass."""
    horizon = rng.uniform(108, 124)
    bank = horizon + rng.uniform(70, 80)
    sky = rng.choice([["#6fbdee", "#d8eefa"], ["#a8c4f0", "#fbe8ee"], ["#9fd4e4", "#f4f8ea"]])
    water = rng.choice([["#a8d8ec", "#5aa8cc"], ["#9fdcd8", "#4fb0b4"], ["#b4cdea", "#6f9cc8"]])
    rock, shade = rng.choice([("#8fa4bc", "#73899f"), ("#9aa88f", "#7f8f76"), ("#a59fb8", "#877f9f")])
    grass = rng.choice([["#96cf62", "#64ab42"], ["#abd66a", "#7cb84a"], ["#86c470", "#569a4f"]])
    pieces = (
        wash(0, horizon + 4, sky),
        clouds(rng, 22, 52, rng.randint(1, 3), "#ffffff", 0.75),
        mountains(rng, horizon + 2, 82, rock, shade, "#f7fbfe", rng.randint(3, 5)),
        hills(rng, horizon + 2, 15, ["#7fb183", "#6ba273"], 3),
        wash(horizon, bank + 20, water),
        waves(rng, horizon, bank, 34),
        edge(rng, bank + 2, 6, "#d9c79a"),
        edge(rng, bank + 6, 6, grass[0]),
        wash(bank + 30, HEIGHT, grass),
        tufts(rng, bank + 18, HEIGHT, 36, grass[1], 0.7),
    )
    return Backdrop(
        pieces,
        (
            Zone("air", 22, horizon, 0.75, 0.7, "air", 0.4),
            Zone("water", horizon + 26, bank - 8, 0.62, 0.8, "water", 0.8),
            Zone("field", bank + 26, HEIGHT - 32, 0.8, 1.0),
        ),
        ("by a lake", "at a mountain lake", "at a lake in the mountains"),
        ("a lake in the mountains", "a mountain lake"),
        {
            "air": ("above a lake",),
            "water": ("on a lake", "on a mountain lake"),
            "ground": ("on the shore of a lake", "on a green lakeside"),
        },
    )


def underwater(rng: random.Random) -> Backdrop:
    """The sea from below: light from above, sand at the bottom."""
    floor = rng.uniform(246, 264)
    water = rng.choice(
        [["#7fdcec", "#3fa8d4", "#2374ac"], ["#9fe8d8", "#4fb8b8", "#2c7f94"], ["#8fc8f4", "#5590d8", "#3a60a8"]]
    )
    rays = []
    for _ in range(6):
        x, half, lean = rng.uniform(-20, WIDTH), rng.uniform(9, 24), rng.uniform(-70, 70)
        rays.append(
            polygon(
                [(x - half, -5), (x + half, -5), (x + lean + half * 2.4, HEIGHT), (x + lean - half * 2.4, HEIGHT)],
                "#ffffff",
                0.09,
            )
        )
    weeds = []
    for _ in range(9):
        x, tall, green = rng.uniform(0, WIDTH), rng.uniform(26, 70), rng.choice(["#2f8f6f", "#3fa070", "#5f9f4f"])
        sway = rng.uniform(-7, 7)
        stem = [
            (x, HEIGHT - 20.0),
            (x + sway, HEIGHT - 20 - tall / 3),
            (x - sway, HEIGHT - 20 - tall * 2 / 3),
            (x + sway, HEIGHT - 20 - tall),
        ]
        weeds.append(line(stem, green, rng.uniform(3.5, 6), 0.6))
    bubbles = [
        disc(rng.uniform(0, WIDTH), rng.uniform(10, floor), rng.uniform(1.5, 5), "#ffffff", 0.3) for _ in range(26)
    ]
    pieces = (
        wash(0, HEIGHT, water),
        *rays,
        hills(rng, floor - 6, 26, ["#5fa8b8", "#4f90a8"], 2),
        *weeds,
        hills(rng, floor + 8, 14, ["#f0dcae", "#cfae78"], 3),
        specks(rng, floor + 8, HEIGHT, 30, "#a8854f", 0.4),
        *(
            oval(
                rng.uniform(0, WIDTH),
                HEIGHT - rng.uniform(8, 20),
                rng.uniform(5, 12),
                rng.uniform(3, 6),
                "#9a9488",
                0.8,
            )
            for _ in range(5)
        ),
        *bubbles,
    )
    return Backdrop(
        pieces,
        (Zone("sea", 22, floor - 8, 0.8, 1.0, "air", 1.4), Zone("seabed", floor + 4, HEIGHT - 32, 0.85, 1.0)),
        ("under water", "under the sea", "deep in the sea"),
        ("the sea from below", "an underwater world"),
        {"ground": ("at the bottom of the sea", "on the sea floor")},
        tint=(0.9, 0.97, 1.0),
    )
