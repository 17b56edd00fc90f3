from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from twobranch.corpus.emoji_scenes.composing import make_scene, paint
from twobranch.corpus.emoji_scenes.held_out import held_out
from twobranch.corpus.emoji_scenes.kind_tables import KINDS
from twobranch.corpus.emoji_scenes.scene import Scene, Thing


def naive_overlap(a: Thing, b: Thing) -> float:
    """Common area by the smaller area, counted pixel by pixel."""
    grid = np.zeros((2, 288, 384), bool)
    for layer, thing in enumerate((a, b)):
        x0, y0, x1, y1 = thing.box
        grid[layer, y0:y1, x0:x1] = True
    return float(grid.all(axis=0).sum() / min(grid[0].sum(), grid[1].sum()))


def test_three_to_seven_objects_of_bounded_size_inside_the_picture(scenes: list[Scene]) -> None:
    assert {len(scene.things) for scene in scenes} == {3, 4, 5, 6, 7}
    for scene in scenes:
        for thing in scene.things:
            x0, y0, x1, y1 = thing.box
            assert 0 <= x0 < x1 <= 384
            assert 0 <= y0 < y1 <= 288
            assert 0.08 <= (x1 - x0) / 384 <= 0.40
            assert 0.08 <= (y1 - y0) / 288 <= 0.40


def test_no_object_is_hidden(scenes: list[Scene]) -> None:
    for scene in scenes[:60]:
        for a, b in itertools.combinations(scene.things, 2):
            assert naive_overlap(a, b) <= 0.15


def test_boxes_are_tight_around_what_is_painted() -> None:
    for number in range(6):
        scene = make_scene(number)
        empty = np.asarray(paint(replace(scene, things=())), int)
        for thing in scene.things:
            # "air": alone, without shadow or ripple, whatever differs from the empty scene is the object.
            alone = paint(replace(scene, things=(replace(thing, rest="air"),)))
            rows, columns = np.nonzero(np.abs(np.asarray(alone, int) - empty).max(axis=2) > 2)
            painted = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert np.abs(np.subtract(painted, thing.box)).max() <= 1, (number, thing.kind.name)


def test_a_third_of_the_scenes_have_twins_that_one_thing_tells_apart(scenes: list[Scene]) -> None:
    twins = [scene for scene in scenes if scene.twin != "none"]
    assert len(twins) >= 0.3 * len(scenes)
    assert {scene.twin for scene in twins} == {"color", "size", "place"}
    for scene in scenes:
        most = Counter(thing.kind.name for thing in scene.things).most_common(1)[0]
        assert (most[1] > 1) == (scene.twin != "none")
        same = [thing for thing in scene.things if thing.kind.name == most[0]]
        if scene.twin == "color":
            assert len({thing.color for thing in same}) == len(same)
        elif scene.twin == "size":
            small, big = sorted(same, key=lambda thing: thing.extent)
            assert big.extent >= 1.5 * small.extent
            assert big.color == small.color
        elif scene.twin == "place":
            assert len({thing.color for thing in same}) == 1


def test_one_noun_never_means_two_kinds_of_a_scene(scenes: list[Scene]) -> None:
    for scene in scenes:
        kinds = {thing.kind for thing in scene.things}
        assert len({kind.group for kind in kinds}) == len(kinds)


def test_held_out_pairs_are_in_test_scenes_only(scenes: list[Scene]) -> None:
    counts = Counter()
    for scene in scenes:
        names = {thing.kind.name for thing in scene.things}
        pairs = any(held_out(KINDS[a], KINDS[b]) for a, b in itertools.combinations(names, 2))
        assert pairs == scene.held_out
        counts[scene.split, pairs] += 1
    assert counts["train", True] == counts["val", True] == 0
    assert counts["test", True] >= counts["test", False]


def test_splits_are_three_quarters_and_twice_an_eighth(scenes: list[Scene]) -> None:
    assert Counter(scene.split for scene in scenes) == {"train": 300, "val": 50, "test": 50}


def test_equal_seeds_give_equal_scenes_and_others_do_not() -> None:
    assert make_scene(5, 1) == make_scene(5, 1)
    assert make_scene(5, 1) != make_scene(5, 2)
    assert paint(make_scene(5, 1), 1).tobytes() == paint(make_scene(5, 1), 1).tobytes()


@pytest.mark.slow
def test_every_kind_and_color_is_in_train() -> None:
    train = [thing for number in range(3200) if number % 8 < 6 for thing in make_scene(number).things]
    seen = Counter((thing.kind.name, thing.color) for thing in train)
    wanted = {(kind.name, color) for kind in KINDS.values() for color in kind.color_names or (None,)}
    assert wanted <= set(seen)
