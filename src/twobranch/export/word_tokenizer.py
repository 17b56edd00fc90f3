"""The words of a sentence as the library tokenizers splits them, id for id as twobranch does."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

UNKNOWN = "[UNK]"
"""Stands for every word that is not known, ends each sentence, and fills; no word has brackets. Its id is 0."""

LETTERS = 0x20000
"""What comes behind has no cases: ideographs, tags, private characters."""


def word_tokenizer(vocabulary: Sequence[str]) -> Tokenizer:
    """A tokenizer that gives the ids of `features.words`, and 0 for what is not in the vocabulary.

    Args:
        vocabulary: words in the order of their ids, which begin at 1.

    Example:
        >>> word_tokenizer(["a", "dog"]).encode("A DOG's a dog!").ids
        [1, 2, 0, 1, 2, 0]
    """
    ids = {UNKNOWN: 0, **{word: number for number, word in enumerate(vocabulary, start=1)}}
    own = Tokenizer(models.WordLevel(ids, unk_token=UNKNOWN))
    own.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), *_case_folding("".join(vocabulary))]
    )
    # What Python calls \\w: letters, numbers and the underscore, and no marks.
    own.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\p{L}\p{N}_]+"), "removed", invert=True)
    own.post_processor = processors.TemplateProcessing(single=f"$A {UNKNOWN}", special_tokens=[(UNKNOWN, 0)])
    own.enable_padding(pad_id=0, pad_token=UNKNOWN)
    return own


def _case_folding(letters: str) -> list[normalizers.Replace]:
    """What case folding does beyond lower case, as far as it leads to letters of the vocabulary: `ß` to `ss`."""
    known = set(letters)
    return [normalizers.Replace(lower, folded) for lower, folded in _folded() if known & set(folded)]


@cache
def _folded() -> tuple[tuple[str, str], ...]:
    letters = (chr(code) for code in range(LETTERS) if not 0xD800 <= code < 0xE000)
    unified = (letter for letter in letters if unicodedata.is_normalized("NFKC", letter))
    pairs = {letter.lower(): letter.casefold() for letter in unified if letter.lower() != letter.casefold()}
    return tuple(pairs.items())
