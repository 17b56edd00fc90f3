"""Marked phrases: spans are exact, the traps of the real files hold, and what is written is read again."""

from __future__ import annotations

import random

import pytest
from entities_files import marked

from twobranch.corpus.entities.markup import read_markup
from twobranch.corpus.reading import BadRow

LINES = {
    "[/EN#1/people A man] in [/EN#2/clothing/other a red hat] .": ("A man in a red hat .", ["A man", "a red hat"]),
    "[/EN#1/people A man], [/EN#2/people his son]'s dog.": ("A man, his son's dog.", ["A man", "his son"]),
    "([/EN#1/people Two men]) ] run [ .": ("(Two men) ] run [ .", ["Two men"]),
    "A [/EN#1/people ] man [/EN#2/people] runs": ("A man runs", []),
    "[/EN#3/people  A   man ] \truns  . ": ("A man runs .", ["A man"]),
    "[/EN#0/notvisual it] rains": ("it rains", ["it"]),
    "[/EN#7 A man][/EN#8/other 's dog]": ("A man's dog", ["A man", "'s dog"]),
    "Nobody is here .": ("Nobody is here .", []),
    "[/EN#1/people Ein Bär] läuft": ("Ein Bär läuft", ["Ein Bär"]),
}


@pytest.mark.parametrize("line", LINES)
def test_sentence_and_spans(line):
    text, phrases = read_markup(line, "here")
    assert (text, [text[phrase.start : phrase.end] for phrase in phrases]) == LINES[line]


def test_chains_and_types():
    _, phrases = read_markup("[/EN#012/people/other A man] [/EN#0/notvisual it] [/EN#5 x]", "here")
    assert [(phrase.chain, phrase.types) for phrase in phrases] == [
        ("12", ("people", "other")),
        ("0", ("notvisual",)),
        ("5", ()),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[/EN#1/people A man", "a marked phrase ends with a closing bracket, but found 'A man'"),
        ("[/EN#1/people A [/EN#2/people man]]", "a marked phrase holds no other one"),
        ("[/EN#x/people A man]", r"a marked phrase begins \[/EN#<chain number>/<type>, but found '\[/EN#x"),
        ("[/EN# A man]", "a marked phrase begins"),
        ("[/EN#1/people", "a marked phrase begins"),
    ],
)
def test_a_broken_mark_is_named(line, message):
    with pytest.raises(BadRow, match=rf"1\.txt, row 4: {message}"):
        read_markup(f"So [/EN#9/scene a day] . {line}", "1.txt, row 4")


def test_what_is_written_is_read_again():
    """Random sentences with random phrases, some side by side, some glued to punctuation."""
    chance = random.Random(0)
    words = ["A", "man", "dog,", "(red)", "it's", "]", "[x", "Bär", "50%", "/EN#1/people", "."]
    types = [(), ("people",), ("people", "other"), ("notvisual",)]
    for _ in range(2000):
        sentence, phrases = "", []
        for _ in range(chance.randint(1, 6)):
            sentence += " " if sentence and chance.random() < 0.8 else ""
            start = len(sentence)
            is_phrase = chance.random() < 0.5
            allowed = [word for word in words if not (is_phrase and "]" in word)]
            sentence += " ".join(chance.choices(allowed, k=chance.randint(1, 3)))
            if is_phrase:
                phrases.append((start, len(sentence), str(chance.randint(0, 99)), chance.choice(types)))
        text, found = read_markup(marked(sentence, phrases), "here")
        assert text == sentence
        assert [(phrase.start, phrase.end, phrase.chain, phrase.types) for phrase in found] == phrases
