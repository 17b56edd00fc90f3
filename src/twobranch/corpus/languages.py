"""Whether a sentence is English, the language of the sentence encoders that come with twobranch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

DOUBT = 0.005
"""Probability of English below which a sentence is said to be in another language. None of 35,460 English captions of
at least `WORDS` words has less; nearly all sentences of that length in other languages do."""

WORDS = 3
"""Words below which Latin letters do not tell a language: "spaghetti carbonara" is English enough."""

NO_LANGUAGE = "zxx"
"""The code of what is in no language, such as serial numbers."""

CHARACTERS = 500
"""Characters that are looked at; more tell nothing new."""


def foreign_language(sentence: str) -> str | None:
    """The ISO 639 code of the language of a sentence that is surely not English; None for any other.

    Example:
        >>> foreign_language("Zwei Hunde laufen durch den Schnee."), foreign_language("a skateboarder jumps")
        ('de', None)
    """
    text = sentence[:CHARACTERS]
    letters = [letter for letter in text if letter.isalpha()]
    if not letters or (len(text.split()) < WORDS and all(letter < "\u0250" for letter in letters)):
        return None
    ranked: Sequence[tuple[str, Any]] = _identifier().rank(text)
    code = ranked[0][0]
    return code if code != NO_LANGUAGE and dict(ranked)["en"] < DOUBT else None


@cache
def _identifier() -> Any:
    """Naive Bayes over byte n-grams for 140 languages; its model comes with the package."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
