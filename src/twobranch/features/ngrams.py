"""Bags of n-grams: a sentence as the ids of the word or character sequences in it.

The text models of Baqapuri, 2015, https://arxiv.org/abs/1601.03478: bag of words, bigrams, trigrams, trigrams with
skip-grams (methods.md 2.1 [V]; sizes and counts 2.2 [D]), and character n-grams beside them. Skip-grams are those of
Guthrie et al., LREC 2006: n words in their order, with at most `skip` words left out between them in all; one that
leaves out none is an n-gram, and both have the same id.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from twobranch.errors import TwobranchError
from twobranch.features.encoder import identity_of
from twobranch.features.learned_tokens import LearnedTokens, TokensState, most_frequent
from twobranch.features.sentence_encoders import NgramsConfig
from twobranch.features.words import words


class Ngrams(LearnedTokens[NgramsConfig]):
    """The n-grams of a sentence as ids, each as often as it occurs; unknown ones are left out.

    The vocabulary are the n-grams that occur most often in the training sentences. Words of one letter are no words
    here (see `words`), and n-grams step over them: "a man on a horse" holds the bigrams "man on" and "on horse".

    Args:
        options: unit and orders of the n-grams, words that may be skipped, size of the vocabulary.
    """

    name = "ngrams"
    state = TokensState[NgramsConfig]

    def __init__(self, options: NgramsConfig | None = None) -> None:
        super().__init__(options or NgramsConfig())

    @property
    def identity(self) -> str:
        """SHA-256 over what decides the ids: unit, orders, skip and vocabulary."""
        self._require_fitted()
        how = self.options.model_dump(mode="json", include={"unit", "orders", "skip"})
        return identity_of(name=self.name, vocabulary=list(self._ids), **how)

    def fit(self, sentences: Sequence[str]) -> None:
        """Learn the vocabulary.

        Raises:
            TwobranchError: if no n-gram occurs `min_count` times.
        """
        counts: Counter[str] = Counter()
        for sentence in sentences:
            counts.update(ngrams(sentence, self.options))
        chosen = most_frequent(counts, self.options.min_count, self.options.max_features)
        if not chosen:
            raise TwobranchError(
                "ngrams",
                f"at least one n-gram occurs {self.options.min_count} times in the {len(sentences)} training sentences",
                remedy="Train with more sentences, or lower min_count.",
            )
        self._learn(sorted(chosen))

    def _split(self, sentence: str) -> list[str]:
        return ngrams(sentence, self.options)


def ngrams(sentence: str, options: NgramsConfig) -> list[str]:
    """The n-grams of a sentence, each as often as it occurs.

    Character n-grams stay inside a word, which has a blank at either end; a word that is shorter than all orders
    counts once, whole. That is scikit-learn's `char_wb`.

    Example:
        >>> ngrams("A man rides a horse", NgramsConfig(orders=(1, 2)))
        ['man', 'rides', 'horse', 'man rides', 'rides horse']
        >>> ngrams("A man rides a horse", NgramsConfig(orders=(2,), skip=1))
        ['man rides', 'rides horse', 'man horse']
        >>> ngrams("two men", NgramsConfig(unit="character", orders=(4,)))
        [' two', 'two ', ' men', 'men ']
    """
    found = words(sentence)
    if options.unit == "character":
        return [gram for word in found for gram in _of_word(f" {word} ", options.orders)]
    grams = []
    for order in options.orders:
        for places in _patterns(order, options.skip):
            columns = [found[place:] for place in places]
            grams += [" ".join(gram) for gram in zip(*columns, strict=False)]
    return grams


def _of_word(word: str, orders: tuple[int, ...]) -> list[str]:
    grams = [word[start : start + order] for order in orders for start in range(len(word) - order + 1)]
    return grams or [word]


def _patterns(order: int, skip: int) -> list[tuple[int, ...]]:
    """Places of an n-gram's words after the first, with at most `skip` places left out in all.

    Example:
        >>> _patterns(2, 2)
        [(0, 1), (0, 2), (0, 3)]
        >>> _patterns(3, 1)
        [(0, 1, 2), (0, 1, 3), (0, 2, 3)]
    """
    if order == 1:
        return [(0,)]
    return [(0, *rest) for rest in itertools.combinations(range(1, order + skip), order - 1)]
