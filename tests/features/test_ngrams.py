"""Bags of n-grams against scikit-learn's CountVectorizer and a plain definition of skip-grams."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features.ngrams import Ngrams, ngrams
from twobranch.features.sentence_encoders import NgramsConfig
from twobranch.features.words import words
from twobranch.files import write_json
from twobranch.matcher.architecture import SentenceSide

CORPUS = [
    "A man rides a brown horse.",
    "The brown horse and the man ride; the horse runs!",
    "a dog, a dog and a dog",
    "An ox is by the sea",
    "",
    "Ça va, l'été",
]


def fitted(corpus: list[str] = CORPUS, **options: Any) -> Ngrams:
    encoder = Ngrams(NgramsConfig(**{"min_count": 1, **options}))
    encoder.fit(corpus)
    return encoder


def counts(encoder: Ngrams, sentences: list[str]) -> np.ndarray:
    """The vectors of counts (C, V - 1) that the ids stand for."""
    ids = encoder.encode(sentences)
    return np.stack([np.bincount(row, minlength=encoder.dim)[1:] for row in ids])


@pytest.mark.parametrize(
    ("options", "twin"),
    [
        ({"orders": (1,)}, {}),
        ({"orders": (1, 2)}, {"ngram_range": (1, 2)}),
        ({"orders": (1, 2, 3)}, {"ngram_range": (1, 3)}),
        ({"orders": (2,)}, {"ngram_range": (2, 2)}),
        ({"unit": "character", "orders": (3, 4, 5)}, {"analyzer": "char_wb", "ngram_range": (3, 5)}),
        ({"unit": "character", "orders": (5,)}, {"analyzer": "char_wb", "ngram_range": (5, 5)}),
    ],
)
def test_counts_equal_those_of_scikit_learn(options: dict[str, Any], twin: dict[str, Any]) -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    plain = [" ".join(words(sentence)) for sentence in CORPUS]  # its tokens are not case-folded as ours are
    vectorizer = text.CountVectorizer(lowercase=False, **twin)
    expected = vectorizer.fit_transform(plain).toarray()
    encoder = fitted(**options)
    assert encoder.dim == expected.shape[1] + 1
    np.testing.assert_array_equal(counts(encoder, CORPUS), expected)


@pytest.mark.parametrize(("orders", "skip"), [((2,), 1), ((2,), 2), ((3,), 1), ((2, 3), 2), ((1, 2, 3), 2)])
def test_skip_grams_leave_out_so_many_words_in_all(orders: tuple[int, ...], skip: int) -> None:
    rng = random.Random(0)
    for length in range(9):
        found = [rng.choice(["one", "two", "three", "four", "five"]) for _ in range(length)]
        expected = Counter(
            " ".join(found[place] for place in places)
            for order in orders
            for places in itertools.combinations(range(length), order)
            if places[-1] - places[0] - (order - 1) <= skip
        )
        assert Counter(ngrams(" ".join(found), NgramsConfig(orders=orders, skip=skip))) == expected


def test_ids_are_padded_and_repeat_as_often_as_the_words() -> None:
    encoder = fitted()
    ids = encoder.encode(["dog dog zebra dog", "dog", "", "zebra"])
    assert ids.dtype == np.int64
    assert ids.shape == (4, 3)
    assert (ids[0] == ids[1, 0]).all()
    assert ids[1, 0] > 0
    assert not ids[1, 1:].any()
    assert not ids[2:].any()
    assert encoder.encode([]).shape == (0, 1)
    assert encoder.encode(["zebra"]).tolist() == [[0]]


def test_the_most_frequent_make_the_vocabulary() -> None:
    encoder = fitted(max_features=2)
    assert encoder.dim == 3
    found = encoder.encode(["the", "dog", "horse", "man"])[:, 0]
    assert found.tolist() == [2, 1, 0, 0]  # the: 4; dog and horse: 3, and the alphabet decides
    assert fitted(min_count=3).dim == 4
    assert fitted(min_count=4).encode(["dog the"]).tolist() == [[1]]


def test_only_the_training_sentences_are_known() -> None:
    encoder = fitted(CORPUS[:1], orders=(1, 2))
    identity = encoder.identity
    assert not encoder.encode(["the dog"]).any()
    assert encoder.identity == identity


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    encoder = fitted(orders=(1, 2), skip=1, max_features=9)
    encoder.save(tmp_path)
    again = Ngrams()
    again.load(tmp_path)
    assert again.identity == encoder.identity
    assert again.options == encoder.options
    np.testing.assert_array_equal(again.encode(CORPUS), encoder.encode(CORPUS))
    assert [file.name for file in tmp_path.iterdir()] == ["ngrams.json"]


def test_the_identity_knows_vocabulary_and_kind() -> None:
    variants = [{}, {"orders": (1, 2)}, {"orders": (1, 2), "skip": 1}, {"unit": "character"}, {"max_features": 3}]
    assert len({fitted(**variant).identity for variant in variants}) == len(variants)
    assert fitted(max_features=1000).identity == fitted().identity  # the same vocabulary gives the same ids


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match="must be fitted"):
        Ngrams().encode(["a"])
    with pytest.raises(TwobranchError, match="must be fitted"):
        Ngrams().save(tmp_path)
    with pytest.raises(TwobranchError, match=r"occurs 9 times in the 6 training sentences.*lower min_count"):
        fitted(min_count=9)
    with pytest.raises(TwobranchError, match=r"ngrams\.json: the vocabulary of ngrams must exist"):
        Ngrams().load(tmp_path)
    write_json(tmp_path / "ngrams.json", {"vocabulary": ["dog"]})
    with pytest.raises(TwobranchError, match="options: this key is required"):
        Ngrams().load(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"orders": [0, 1]}, "different lengths of at least 1"),
        ({"orders": [2, 2]}, "different lengths of at least 1"),
        ({"orders": []}, "orders"),
        ({"unit": "character", "orders": [3], "skip": 1}, "skip is for n-grams of two words"),
        ({"skip": 1}, "skip is for n-grams of two words"),
        ({"order": [1]}, 'Did you mean "orders"'),
        ({"unit": "letter"}, "unit"),
    ],
)
def test_mistakes_in_a_recipe(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TwobranchError, match=message):
        validated(SentenceSide, {"encoder": {"encoder": "ngrams", **options}}, "recipe")
