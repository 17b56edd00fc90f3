"""Noun phrases of captions."""

from __future__ import annotations

import pytest

from twobranch.regions import english_words
from twobranch.regions.noun_phrases import noun_phrases
from twobranch.regions.word_kinds import word_kinds

MARKED = [
    "[Two young men] in [red shirts] are riding [bikes] down [the street] .",
    "[A small , white dog] leaps over [a root] in [the woods] .",
    "[A girl] wearing [a red and blue swimsuit] is laying on [her back] in [shallow water] .",
    "[A man] swimming near [a swimming pool]",
    "[The boy] in [swimming trunks] is swimming",
    "[A red shirted boy] and [a black dog] with [a Frisbee] run in [the green grass] .",
    "[A man] dressed in [black and white] stands on [a snow covered hill]",
    "[A group of people] watch [the dogs] run .",
    "[A man] and [a woman] play [cards] while [another] watches [the man 's hat] .",
    "[The man's hat] isn't on [his head]",
    "He tries to ride [a ride] in front of them , and [the other] jumps over [the jump] .",
    "[Two dirt bike riders] jump [two jumps] .",
    "[Two dogs] bite each other ; [two] are looking at [the left side of a big tree] .",
    "[A person] is rock climbing on [a rock climbing wall] .",
    "[The dog] runs off , [its tongue] hanging out of [its mouth]",
    "[A boy] in [blue] throws [one of the balls] to [her brother]",
    "[A brightly colored kite] and [hockey sticks]",
    "[A giraffe] to the left of [a zebra] and [a traffic light] on [the left]",
    "[Several zebras] graze in [a grassy field]",
    "[A bathroom] with [a toilet], [sink] and [bathtub].",
    "[A sports bar] with [walls] made of [stone]",
    "[Coffee cup] , [laptop] and [glasses] on [a wooden desk]",
]


def brackets(text):
    """The text with its phrases in brackets."""
    for phrase in reversed(noun_phrases(text)):
        assert text[phrase.start : phrase.end] == phrase.text
        text = f"{text[: phrase.start]}[{phrase.text}]{text[phrase.end :]}"
    return text


@pytest.mark.parametrize("marked", MARKED)
def test_sentences(marked):
    assert brackets(marked.replace("[", "").replace("]", "")) == marked


@pytest.mark.parametrize(
    "phrase",
    [
        "dog",
        "a dog",
        "two dogs",
        "the big red ball",
        "a group of people",
        "running dog",
        "a swimming pool",
        "the man's hat",
    ],
)
def test_a_noun_phrase_gives_itself(phrase):
    assert [found.text for found in noun_phrases(phrase)] == [phrase]


@pytest.mark.parametrize(
    ("text", "whole"),
    [("swimming", "swimming"), (" Is swimming fast! ", "Is swimming fast"), ("...", None), ("", None)],
)
def test_without_a_noun_phrase_the_whole_text(text, whole):
    assert [found.text for found in noun_phrases(text)] == ([whole] if whole else [])


@pytest.mark.parametrize(
    "text", ["犬が走る", "Ein Hund läuft.", "🐶 and 🐱", "a\tdog\n\nand a cat", "'s", "of of of", "&", "&&"]
)
def test_any_text_gives_ordered_spans(text):
    found = noun_phrases(text)
    ends = [0, *(phrase.end for phrase in found)]
    assert all(end <= phrase.start < phrase.end for end, phrase in zip(ends, found, strict=False))


def test_one_kind_a_word():
    assert word_kinds([]) == ""
    sentence = "A man 's dogs , one in red , are n't walking quickly & 2 of them sit"
    assert word_kinds(sentence.split(" ")) == "DNSN,UPK,BXVRC#OXV"


def test_no_verb_is_a_word_of_a_closed_class():
    closed = english_words.DETERMINERS | english_words.NUMBERS | english_words.PREPOSITIONS | english_words.CLAUSE_WORDS
    assert not english_words.VERBS & closed


def test_a_text_of_many_words_takes_linear_time():
    import time

    begun = time.monotonic()
    assert len(noun_phrases("a black and white dog " * 20_000)) >= 19_000
    assert time.monotonic() - begun < 30
