"""From a scene number to a scene, and from a scene to its picture."""

from __future__ import annotations

import functools
import random

from PIL import Image, ImageDraw, ImageFilter

from twobranch.corpus.emoji_scenes.backgrounds import BACKGROUNDS, Backdrop
from twobranch.corpus.emoji_scenes.backgrounds.drawing import CANVAS, document
from twobranch.corpus.emoji_scenes.held_out import any_held_out
from twobranch.corpus.emoji_scenes.layout import lay_out
from twobranch.corpus.emoji_scenes.planning import SPLITS, plan
from twobranch.corpus.emoji_scenes.scene import PICTURE, Scene, Thing
from twobranch.corpus.emoji_scenes.sprites import render, sprite

VARIANTS = 8
"""Drawings made of each background; windows and mirroring make many more views of them."""


@functools.cache
def _backdrop(background: str, variant: int, seed: int) -> Backdrop:
    return BACKGROUNDS[background](random.Random(f"{seed}/{background}/{variant}"))


@functools.cache
def painted_background(background: str, variant: int, seed: int) -> Image.Image:
    """The drawing of a background, RGB; it is made once, so whoever gets it does not draw on it."""
    return render(document(_backdrop(background, variant, seed).pieces), CANVAS[0]).convert("RGB")


def make_scene(number: int, seed: int = 0) -> Scene:
    """Scene `number` of the corpus of a seed; no other scene needs to be made for it.

    Example:
        >>> scene = make_scene(0)
        >>> scene.split, 3 <= len(scene.things) <= 7, scene == make_scene(0)
        ('train', True, True)
    """
    rng = random.Random(f"{seed}/scene/{number}")
    background = rng.choice(list(BACKGROUNDS))
    while True:
        variant, flipped = rng.randrange(VARIANTS), rng.random() < 0.5
        window = rng.randint(0, CANVAS[0] - PICTURE[0]), rng.randint(0, CANVAS[1] - PICTURE[1])
        backdrop = _backdrop(background, variant, seed).shifted(window[1])
        wanted = plan(rng, backdrop, number)
        things = lay_out(rng, backdrop, wanted)
        if things is not None:
            break
    return Scene(
        number=number,
        split=SPLITS[number % len(SPLITS)],
        background=background,
        variant=variant,
        window=window,
        flipped=flipped,
        things=things,
        twin=wanted.twin,
        held_out=any_held_out({thing.kind for thing in things}),
        backdrop=backdrop,
    )


def paint(scene: Scene, seed: int = 0) -> Image.Image:
    """The picture of a scene, RGB."""
    drawn = painted_background(scene.background, scene.variant, seed)
    x, y = scene.window
    picture = drawn.crop((x, y, x + PICTURE[0], y + PICTURE[1]))
    if scene.flipped:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for thing in scene.things:
        if thing.rest == "ground":
            _shade(picture, thing, scene.backdrop.shadow)
    for thing in scene.things:
        image = _lit(sprite(thing.kind, thing.paint, thing.longest, thing.mirrored), scene.backdrop.tint)
        picture.paste(image, thing.box[:2], image)
        if thing.rest == "water":
            _ripple(picture, thing)
    return picture


def _lit(image: Image.Image, tint: tuple[float, float, float]) -> Image.Image:
    """A sprite in the light of the place."""
    return image if tint == (1.0, 1.0, 1.0) else image.point(_tint_table(tint))


@functools.cache
def _tint_table(tint: tuple[float, float, float]) -> list[int]:
    """The lookup table of `Image.point` for RGBA: three tinted bands and an unchanged one."""
    return [round(level * factor) for factor in (*tint, 1.0) for level in range(256)]


@functools.cache
def _soft_disc(opacity: float) -> Image.Image:
    """A blurred disc of that brightness on black: the mask of shadows and ripples, stretched to where they fall."""
    mask = Image.new("L", (96, 96), 0)
    ImageDraw.Draw(mask).ellipse((16, 16, 80, 80), fill=round(255 * opacity))
    return mask.filter(ImageFilter.GaussianBlur(11))


def _shade(picture: Image.Image, thing: Thing, opacity: float) -> None:
    """A flat soft shadow around the foot of an object."""
    x0, _, x1, foot = thing.box
    wide = round((x1 - x0) * 1.25) + 6
    tall = max(8, round(wide * 0.2))
    _stamp(picture, (x0 + x1) // 2, foot - 2, wide, tall, (28, 30, 48), opacity)


def _ripple(picture: Image.Image, thing: Thing) -> None:
    """Foam along the waterline of an object; thin, so that the object stays visible down to its box."""
    x0, _, x1, foot = thing.box
    _stamp(picture, (x0 + x1) // 2, foot, round((x1 - x0) * 1.2), 7, (255, 255, 255), 0.75)


def _stamp(
    picture: Image.Image, x: int, y: int, wide: int, tall: int, color: tuple[int, int, int], opacity: float
) -> None:
    mask = _soft_disc(opacity).resize((wide, tall), Image.Resampling.BILINEAR)
    picture.paste(color, (x - wide // 2, y - tall // 2), mask)
