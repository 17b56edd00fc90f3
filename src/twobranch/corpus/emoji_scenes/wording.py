"""Sentences with marked phrases: text and mentions are joined, and each mention remembers its characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twobranch.corpus.emoji_scenes.nouns import Mention

PLURAL_VERBS = {
    "is": "are", "is parked": "are parked", "flies": "fly", "lies": "lie",
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A phrase: characters `start` to `end` of a sentence, and the numbers of the objects they denote."""

    start: int
    end: int
    things: tuple[int, ...]


@dataclass(frozen=True)
class Sentence:
    """A finished sentence and its phrases, in order of their place in it."""

    text: str
    spans: tuple[Span, ...]

    @property
    def mentioned(self) -> frozenset[int]:
        """The objects that some phrase denotes."""
        return frozenset(at for span in self.spans for at in span.things)


def sentence(*parts: str | Mention, end: str = ".") -> Sentence:
    """Join parts to a sentence; the first letter becomes a capital, a mention becomes a span.

    Example:
        >>> made = sentence(Mention("a dog", (2,)), " runs")
        >>> made.text, made.text[made.spans[0].start : made.spans[0].end], made.spans[0].things
        ('A dog runs.', 'A dog', (2,))
    """
    text, spans = "", []
    for part in parts:
        if isinstance(part, Mention):
            spans.append(Span(len(text), len(text) + len(part.text), part.things))
            text += part.text
        else:
            text += part
    text = text[0].upper() + text[1:] + end
    return Sentence(text, tuple(spans))


def listed(mentions: Sequence[Mention]) -> list[str | Mention]:
    """Parts that read "a, b and c".

    Example:
        >>> sentence(*listed([Mention("a", (0,)), Mention("b", (1,)), Mention("c", (2,))])).text
        'A, b and c.'
    """
    parts: list[str | Mention] = []
    for at, mention in enumerate(mentions):
        if at:
            parts.append(" and " if at == len(mentions) - 1 else ", ")
        parts.append(mention)
    return parts


def verb(words: str, plural: bool) -> str:
    """A verb in third person for one or for several.

    Example:
        >>> verb("stands", True), verb("is parked", True), verb("flies", False)
        ('stand', 'are parked', 'flies')
    """
    if not plural:
        return words
    return PLURAL_VERBS.get(words) or words.removesuffix("s")
