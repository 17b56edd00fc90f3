"""Words as token ids: the vocabulary, its vectors, and what a matcher folder keeps of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features.sentence_encoders import WordsConfig
from twobranch.features.token_vectors import TokenVectors
from twobranch.features.word_tokens import WordTokens

CORPUS = ["A man rides a brown horse.", "The man and the horse", "a dog"]


def fitted(**options):
    encoder = WordTokens(WordsConfig(**{"min_count": 1, "vectors": "none", **options}))
    encoder.fit(CORPUS)
    return encoder


def test_words_keep_their_order_and_unknown_ones_are_left_out() -> None:
    encoder = fitted()
    a, horse, man, the = (int(encoder.encode([word])[0, 0]) for word in ("a", "horse", "man", "the"))
    found = encoder.encode(["The HORSE sees a man", "horse", "zebra"])
    assert found.tolist() == [[the, horse, a, man], [horse, 0, 0, 0], [0, 0, 0, 0]]
    assert found.dtype == np.int64


def test_the_vocabulary_is_that_of_the_training_sentences() -> None:
    encoder = fitted()
    assert encoder.dim == 1 + len({"a", "man", "rides", "brown", "horse", "the", "and", "dog"})
    assert fitted(min_count=2).dim == 1 + len({"a", "man", "horse", "the"})
    assert fitted(max_features=2).dim == 3


def test_a_sentence_is_cut_at_its_longest_length() -> None:
    assert fitted(longest=3).encode(["a man and the dog"]).shape == (1, 3)


def test_bundled_vectors_are_the_mean_over_the_pieces_of_a_word() -> None:
    encoder, table = fitted(vectors="bundled"), TokenVectors()
    assert encoder.vectors is not None
    assert encoder.vectors.shape == (encoder.dim, 256)
    assert not encoder.vectors[0].any()
    row = int(encoder.encode(["horse"])[0, 0])
    np.testing.assert_allclose(encoder.vectors[row], table.vectors[table.tokens(["horse"])[0]].mean(0), rtol=1e-6)


def test_a_word_without_a_vector_in_the_users_file_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "my.txt"
    file.write_text("horse 1 2 3\ndog 4 5 6\nzebra 7 8 9\n", encoding="utf-8")
    with caplog.at_level("INFO"):
        encoder = fitted(vectors=str(file))
    assert encoder.dim == 3
    assert encoder.vectors is not None
    rows = encoder.encode(["dog horse man"])
    np.testing.assert_array_equal(encoder.vectors[rows[0]], [[4, 5, 6], [1, 2, 3]])
    assert "2 of 8 words" in caplog.text
    assert "without a vector: a, man, the, and" in caplog.text


def test_saved_and_loaded_it_gives_the_same_ids(tmp_path: Path) -> None:
    encoder, other = fitted(vectors="bundled"), WordTokens()
    encoder.save(tmp_path)
    other.load(tmp_path)
    np.testing.assert_array_equal(other.encode(CORPUS), encoder.encode(CORPUS))
    assert other.identity == encoder.identity
    assert other.vectors is None
    assert fitted(longest=3).identity != fitted().identity


def test_errors_say_what_to_do() -> None:
    with pytest.raises(TwobranchError, match="lower min_count"):
        fitted(min_count=9)
    with pytest.raises(TwobranchError, match="Call fit or load first"):
        WordTokens().encode(["a"])
    with pytest.raises(TwobranchError, match="min_count"):
        validated(WordsConfig, {"min_cuont": 2}, "recipe")
