"""Identities: characters that occur in several pictures, and what sentences say of them, for person search.

A character is a figure with two things that it keeps: "a farmer with a red umbrella and a blue guitar". Other
characters share the figure, a thing or a color, so that no single word tells who is meant.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image

from twobranch.corpus.emoji_scenes.backgrounds.drawing import CANVAS
from twobranch.corpus.emoji_scenes.composing import VARIANTS, painted_background
from twobranch.corpus.emoji_scenes.kind_tables import KINDS
from twobranch.corpus.emoji_scenes.kinds import Kind
from twobranch.corpus.emoji_scenes.nouns import article
from twobranch.corpus.emoji_scenes.sprites import sprite

PORTRAIT = (128, 256)
"""Width and height of a picture, the shape of the crops of person search."""

FIGURES = ("runner", "skier", "farmer", "firefighter", "police officer", "chef", "princess", "astronaut")
"""Kinds that a character may be."""

BELONGINGS = ("umbrella", "backpack", "balloon", "bucket", "guitar", "gift", "book", "teddy bear", "kite", "bicycle")
"""Kinds that a character may have with it; each comes in several colors."""

PLACES = ("meadow", "garden", "forest", "savanna", "desert", "snow", "beach", "street", "room")
"""Keys of `BACKGROUNDS`."""

FORMS = (
    "{figure} with {first} and {second}.",
    "{figure} who has {first} and {second}.",
    "There is {figure}, and next to the person {second} and {first}.",
    "{figure} carries {first} and {second}.",
    "{figure} with {first}.",
    "Somebody with {second} and {first}.",
    "{figure} beside {second}.",
)
"""What a sentence says; like those of real data sets, some leave something out."""


@dataclass(frozen=True)
class Belonging:
    """A thing that a character has.

    Attributes:
        kind: what it is.
        color: its color.
    """

    kind: Kind
    color: str

    def words(self, with_color: bool) -> str:
        """The thing with its article, and its color or not."""
        return article(f"{self.color} {self.kind.name}" if with_color else self.kind.name)


@dataclass(frozen=True)
class Character:
    """An identity.

    Attributes:
        figure: what it is.
        first: what stands at its left, where it is not mirrored.
        second: what stands at its right.
    """

    figure: Kind
    first: Belonging
    second: Belonging


def characters(count: int, seed: int = 0) -> list[Character]:
    """Different characters in random order.

    Two characters have never the same figure with the same two things, wherever these stand.

    Example:
        >>> made = characters(50)
        >>> len({(one.figure.name, frozenset([one.first, one.second])) for one in made})
        50
    """
    rng = random.Random(f"{seed}/characters")
    owned = [Belonging(KINDS[name], color) for name in BELONGINGS for color in KINDS[name].color_names]
    found: dict[tuple[str, frozenset[Belonging]], Character] = {}
    while len(found) < count:
        first, second = rng.sample(owned, 2)
        figure = KINDS[rng.choice(FIGURES)]
        if first.kind != second.kind:
            found.setdefault((figure.name, frozenset([first, second])), Character(figure, first, second))
    return list(found.values())


def most_characters() -> int:
    """How many different characters there are."""
    colors = [len(KINDS[name].color_names) for name in BELONGINGS]
    pairs = (sum(colors) ** 2 - sum(number**2 for number in colors)) // 2
    return len(FIGURES) * pairs


def describe_character(character: Character, rng: random.Random) -> str:
    """A sentence that is true of a character, in random words."""
    first, second = (belonging.words(rng.random() < 0.85) for belonging in (character.first, character.second))
    if rng.random() < 0.5:
        first, second = second, first
    text = rng.choice(FORMS).format(figure=article(character.figure.name), first=first, second=second)
    return text[0].upper() + text[1:]


def paint_character(character: Character, rng: random.Random, seed: int = 0) -> Image.Image:
    """A picture of a character: another place, size and side each time, and other things around it."""
    picture = _background(rng, seed)
    width, height = PORTRAIT
    for _ in range(rng.randint(0, 2)):
        _bystander(picture, rng, character)
    tall = height * rng.uniform(0.36, 0.5)
    figure = sprite(character.figure, None, tall, character.figure.mirror and rng.random() < 0.5)
    x = (width - figure.width) / 2 + rng.uniform(-0.1, 0.1) * width
    y = height - figure.height - rng.uniform(0.02, 0.2) * height
    picture.paste(figure, (round(x), round(y)), figure)
    # Beside the figure and not before its face.
    sides = (0.08, 0.92) if rng.random() < 0.5 else (0.92, 0.08)
    for belonging, side in zip((character.first, character.second), sides, strict=True):
        image = sprite(belonging.kind, belonging.color, 0.44 * tall, belonging.kind.mirror and rng.random() < 0.5)
        middle = x + side * figure.width
        left = min(max(0.0, middle - image.width / 2), width - image.width)
        top = y + figure.height * rng.uniform(0.6, 0.9) - image.height / 2
        picture.paste(image, (round(left), round(min(top, height - image.height))), image)
    return picture


def _background(rng: random.Random, seed: int) -> Image.Image:
    """An upright part of a drawing, of which the figure covers most."""
    name = rng.choice(PLACES)
    drawn = painted_background(name, rng.randrange(VARIANTS), seed)
    tall = rng.randint(CANVAS[1] * 3 // 4, CANVAS[1])
    wide = tall * PORTRAIT[0] // PORTRAIT[1]
    x, y = rng.randint(0, CANVAS[0] - wide), rng.randint(0, CANVAS[1] - tall)
    return drawn.resize(PORTRAIT, Image.Resampling.BILINEAR, box=(x, y, x + wide, y + tall))


def _bystander(picture: Image.Image, rng: random.Random, character: Character) -> None:
    """Somebody else's thing at the border, partly cut; it is none of the kinds that the character has."""
    own = {character.figure.name, character.first.kind.name, character.second.kind.name}
    kind = KINDS[rng.choice([name for name in (*FIGURES, *BELONGINGS) if name not in own])]
    color = rng.choice(kind.color_names) if kind.drawn else None
    image = sprite(kind, color, rng.uniform(34, 56), False)
    left = -image.width // 2 if rng.random() < 0.5 else PORTRAIT[0] - image.width // 2
    picture.paste(image, (left, rng.randint(PORTRAIT[1] // 4, PORTRAIT[1] - image.height)), image)
