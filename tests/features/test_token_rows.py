"""Rows that are not cached: token ids and sparse vectors equal what the encoder gives, in any selection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.features import fitted_rows, token_rows
from twobranch.features.cache import FeatureCache
from twobranch.features.extract import sentence_features
from twobranch.features.fitted_rows import FittedRows
from twobranch.features.ngrams import Ngrams
from twobranch.features.sentence_encoders import NgramsConfig, TfidfConfig
from twobranch.features.tfidf import Tfidf
from twobranch.features.token_rows import TokenRows

SENTENCES = ["a red dog", "", "the red dog and the other red dog", "zebra", "one dog", "the dog"]
SELECTIONS: list[Any] = [
    np.array([2, 0]),
    np.array([1, 3]),  # nothing known in either
    np.array([4, 4, -1]),
    np.array([], np.int64),
    slice(None),
    slice(4, 1, -1),
]


@pytest.fixture(params=[3, 1024])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences that are encoded together, fewer and more than there are."""
    monkeypatch.setattr(token_rows, "_CHUNK", request.param)
    monkeypatch.setattr(fitted_rows, "_CHUNK", request.param)


@pytest.fixture
def ngrams() -> Ngrams:
    encoder = Ngrams(NgramsConfig(orders=(1, 2), min_count=2))
    encoder.fit(SENTENCES)
    return encoder


@pytest.mark.parametrize("selection", SELECTIONS)
def test_token_rows_are_the_encoder_s(selection: Any, ngrams: Ngrams, chunk: None, tmp_path: Path) -> None:
    rows = sentence_features(ngrams, SENTENCES, FeatureCache(tmp_path))
    assert isinstance(rows, TokenRows)
    assert rows.shape == (6, ngrams.dim)
    assert len(rows) == 6
    expected = ngrams.encode([SENTENCES[row] for row in np.arange(6)[selection]])
    np.testing.assert_array_equal(rows[selection], expected)  # no wider than the longest of them needs
    assert rows[selection].dtype == np.int64
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("selection", SELECTIONS)
def test_fitted_rows_are_the_encoder_s(selection: Any, chunk: None, tmp_path: Path) -> None:
    encoder = Tfidf(TfidfConfig(min_df=2))
    encoder.fit(SENTENCES)
    rows = sentence_features(encoder, SENTENCES, FeatureCache(tmp_path))
    assert isinstance(rows, FittedRows)
    assert rows.shape == (6, encoder.dim)
    expected = encoder.encode([SENTENCES[row] for row in np.arange(6)[selection]])
    np.testing.assert_array_equal(rows[selection], expected)
    assert rows[selection].dtype == np.float32
    assert not list(tmp_path.iterdir())


def test_no_sentences_no_rows(ngrams: Ngrams) -> None:
    assert sentence_features(ngrams, []).array().shape == (0, 1)


def test_wrong_ids_are_named(ngrams: Ngrams, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (np.full((6, 1), ngrams.dim), np.full((6, 1), -1), np.zeros((6, 1), np.float32)):
        monkeypatch.setattr(ngrams, "encode", lambda sentences, wrong=wrong: wrong)
        with pytest.raises(TwobranchError, match=f"token ids from 0 to {ngrams.dim - 1}"):
            TokenRows(ngrams, SENTENCES)
