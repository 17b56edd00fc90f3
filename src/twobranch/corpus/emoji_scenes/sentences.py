"""Five sentences for a scene. A new form is one function in a file `forms_*.py` and one line here."""

from __future__ import annotations

import random
from collections.abc import Callable

from twobranch.corpus.emoji_scenes import forms_listing as listing
from twobranch.corpus.emoji_scenes import forms_relations as relations
from twobranch.corpus.emoji_scenes.nouns import Describer
from twobranch.corpus.emoji_scenes.scene import Scene
from twobranch.corpus.emoji_scenes.wording import Sentence

PER_SCENE = 5

Form = Callable[[Describer], Sentence | None]

FORMS: dict[Form, float] = {
    listing.everything: 2.0,
    listing.some: 2.0,
    listing.single: 0.5,
    listing.counts: 0.8,
    listing.totals: 0.8,
    listing.query: 1.0,
    listing.biggest: 0.5,
    relations.sideways: 2.0,
    relations.stacked: 1.2,
    relations.beside: 1.2,
    relations.depth: 1.2,
    relations.middle: 1.0,
    relations.corners: 1.5,
    relations.twins: 1.0,
}
"""Sentence form -> how often it is tried. A form returns None where it has nothing true to say of a scene."""

REPEATABLE = {listing.some, relations.sideways, relations.corners}
"""Forms that one scene may use twice, on other objects."""


def describe(scene: Scene, seed: int = 0) -> tuple[Sentence, ...]:
    """Five different sentences that are true of a scene; no two of one form mention the same objects.

    Example:
        >>> from twobranch.corpus.emoji_scenes.composing import make_scene
        >>> len({sentence.text for sentence in describe(make_scene(1))})
        5
    """
    rng = random.Random(f"{seed}/sentences/{scene.number}")
    say = Describer(scene, rng)
    said: list[Sentence] = []
    seen: set[tuple[Form, frozenset[int]]] = set()
    used: set[Form] = set()
    forms, weights = list(FORMS), list(FORMS.values())
    tries = 0
    while len(said) < PER_SCENE:
        tries += 1
        form = rng.choices(forms, weights)[0]
        # A scene with little to say (three objects, no twins, far apart) repeats forms rather than never ending.
        if form in used and form not in REPEATABLE and tries < 200:
            continue
        made = form(say)
        if made is None or made.text in {other.text for other in said}:
            continue
        if (form, made.mentioned) in seen and tries < 200:
            continue
        said.append(made)
        seen.add((form, made.mentioned))
        used.add(form)
    return tuple(said)
