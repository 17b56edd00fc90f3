"""Are the sentences true? They are read back with regular expressions and held against the boxes."""

from __future__ import annotations

import random
import re

import pytest

from twobranch.corpus.emoji_scenes.kind_tables import KINDS
from twobranch.corpus.emoji_scenes.kinds import CATEGORIES
from twobranch.corpus.emoji_scenes.nouns import Describer
from twobranch.corpus.emoji_scenes.palette import PAINTS
from twobranch.corpus.emoji_scenes.scene import Scene, Thing
from twobranch.corpus.emoji_scenes.sentences import FORMS, describe
from twobranch.corpus.emoji_scenes.wording import Sentence, Span

NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
NOUNS = {noun: kind for kind in KINDS.values() for noun in (kind.name, kind.nouns)}
Said = list[tuple[Scene, Sentence]]


@pytest.fixture(scope="module")
def said(scenes: list[Scene]) -> Said:
    return [(scene, sentence) for scene in scenes for sentence in describe(scene)]


def phrase(sentence: Sentence, span: Span) -> str:
    return sentence.text[span.start : span.end]


def spans(said: Said) -> list[tuple[Scene, Span, str]]:
    """Every phrase, in lower case."""
    return [(scene, span, phrase(sentence, span).lower()) for scene, sentence in said for span in sentence.spans]


def named(words: str, scene: Scene) -> list[int]:
    """The objects that a noun with an optional color before it, singular or plural, can mean."""
    words = words.replace("ufo", "UFO")
    color = next((color for color in PAINTS if words.startswith(f"{color} ")), None)
    kind = NOUNS[words.removeprefix(f"{color} ") if color else words]
    return [n for n, thing in enumerate(scene.things) if thing.kind == kind and color in (None, thing.color)]


def between_phrases(said: Said, pattern: str) -> list[tuple[Thing, Thing]]:
    """First and second object of sentences in which the pattern stands between two phrases of one object each."""
    found = []
    for scene, sentence in said:
        for a, b in zip(sentence.spans, sentence.spans[1:], strict=False):
            if len(a.things) == len(b.things) == 1 and re.fullmatch(pattern, sentence.text[a.end : b.start]):
                found.append((scene.things[a.things[0]], scene.things[b.things[0]]))
    return found


def test_five_different_sentences_each(scenes: list[Scene]) -> None:
    for scene in scenes:
        texts = [sentence.text for sentence in describe(scene)]
        assert len(set(texts)) == 5
        assert all(text == text.strip() and "  " not in text and text[0].isupper() for text in texts)


def test_sentences_of_a_scene_mention_different_objects(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert len({sentence.mentioned for sentence in describe(scene)}) >= 2


def test_spans_are_in_order_and_hold_whole_noun_phrases(said: Said) -> None:
    for _, sentence in said:
        ends = [0]
        for span in sentence.spans:
            assert ends[-1] <= span.start < span.end <= len(sentence.text)
            ends.append(span.end)
            assert sentence.text[span.end : span.end + 1] in ("", " ", ".", ",")
            assert span.start == 0 or sentence.text[span.start - 1] == " "


def test_counts_are_exact(said: Said) -> None:
    checked = 0
    totals = {plural: category for category, (_, plural) in CATEGORIES.items()}
    for scene, span, text in spans(said):
        match = re.fullmatch(rf"(?:the )?({'|'.join(NUMBERS)}) (.*)", text)
        if not match:
            continue
        number, noun = match.groups()
        if noun in totals:
            meant = [n for n, thing in enumerate(scene.things) if thing.kind.category == totals[noun]]
        else:
            meant = named(noun, scene)
        assert sorted(span.things) == meant, text
        assert len(meant) == NUMBERS[number], text
        checked += 1
    assert checked > 100


def test_a_phrase_without_further_words_denotes_the_only_such_object(said: Said) -> None:
    checked = 0
    for scene, span, text in spans(said):
        noun = re.sub(r"^(an?|the) ", "", text)
        further = re.match(r"(small|big|larg|left|right|upper |lower )", noun) or re.search(
            r" next to the | on the ", noun
        )
        if len(span.things) == 1 and not further:
            assert named(noun, scene) == list(span.things), text
            checked += 1
    assert checked > 1000


def test_size_words_are_true_and_tell_apart(said: Said) -> None:
    checked = 0
    for scene, span, text in spans(said):
        match = re.fullmatch(r"(?:an? |the )?(small|big|smaller|bigger|larger|smallest|biggest) (.*)", text)
        if not match or len(span.things) != 1:
            continue
        checked += 1
        word, noun = match.groups()
        rivals = [scene.things[n].extent for n in named(noun, scene) if n not in span.things]
        mine = scene.things[span.things[0]].extent
        if rivals:
            assert mine * 1.4 < min(rivals) if word.startswith("small") else mine > 1.4 * max(rivals), text
        elif word in ("small", "big"):
            assert mine < 50 if word == "small" else mine > 80, text
        else:
            pytest.fail(f"nothing to compare with: {text}")
    assert checked > 100


def test_left_and_right_within_phrases(said: Said) -> None:
    checked = 0
    for scene, span, text in spans(said):
        match = re.fullmatch(r"the (left|right|leftmost|rightmost) (.*)|the (.*) on the (left|right)", text)
        if not match:
            continue
        checked += 1
        side, noun = match[1] or match[4], match[2] or match[3]
        mine = scene.things[span.things[0]].center[0]
        rivals = [scene.things[n].center[0] for n in named(noun, scene) if n not in span.things]
        assert rivals, text
        assert mine < min(rivals) - 20 if side.startswith("left") else mine > max(rivals) + 20, text
    assert checked > 20


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        (r".*(?<!on the )\bleft of ", lambda a, b: a.center[0] < b.center[0] - 20 and a.box[2] <= b.box[0] + 10),
        (r".*(?<!on the )\bright of ", lambda a, b: a.center[0] > b.center[0] + 20 and a.box[0] >= b.box[2] - 10),
        (r".* (above|over) ", lambda a, b: a.box[3] <= b.box[1] + 10),
        (r".* (below|under) ", lambda a, b: a.box[1] >= b.box[3] - 10),
        (r".* in front of ", lambda a, b: a.box[3] > b.box[3] and a.box[0] < b.box[2] and b.box[0] < a.box[2]),
        (r".* behind ", lambda a, b: a.box[3] < b.box[3] and a.box[0] < b.box[2] and b.box[0] < a.box[2]),
        (r".* (next to|beside|close to) ", lambda a, b: a.box[0] <= b.box[2] + 30 and b.box[0] <= a.box[2] + 30),
    ],
)
def test_relations_are_true(said: Said, words: str, holds: object) -> None:
    pairs = between_phrases(said, words)
    assert len(pairs) >= 10
    assert callable(holds)
    assert all(holds(a, b) for a, b in pairs)


def test_between_is_true(said: Said) -> None:
    checked = 0
    for scene, sentence in said:
        if " between " in sentence.text:
            inner, first, second = (scene.things[span.things[0]].center[0] for span in sentence.spans)
            assert min(first, second) < inner < max(first, second), sentence.text
            checked += 1
    assert checked > 20


def test_corners_are_true(said: Said) -> None:
    checked = 0
    for scene, sentence in said:
        match = re.fullmatch(r"(At|On|In) the ([\w ]+) of the picture there is .*\.", sentence.text)
        if match:
            x, y = scene.things[sentence.spans[0].things[0]].center
            where = match[2]
            assert not where.endswith("left") or x < 384 / 3
            assert not where.endswith("right") or x > 384 * 2 / 3
            assert not where.startswith("top") or y < 288 / 3
            assert not where.startswith("bottom") or y > 288 * 2 / 3
            assert where != "middle" or (384 / 3 < x < 384 * 2 / 3 and 288 / 3 < y < 288 * 2 / 3)
            checked += 1
    assert checked > 20


def test_every_form_is_used(scenes: list[Scene]) -> None:
    for form in FORMS:
        assert any(form(Describer(scene, random.Random(1))) for scene in scenes), form.__name__
