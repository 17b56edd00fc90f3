"""HGLMM: the invariants of its Fisher vectors, its projection, what it learns from, and what it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.features import hglmm
from twobranch.features.cache import FeatureCache
from twobranch.features.extract import sentence_features
from twobranch.features.hglmm import Hglmm
from twobranch.features.projection import ITERATIONS, independent_components, principal_components
from twobranch.features.sentence_encoders import HglmmConfig
from twobranch.features.shards import FeatureRows
from twobranch.features.word_vectors import WordVectors

SUBJECTS = ("a dog", "two cats", "the old man", "a girl in red", "some birds", "a small horse", "my brother")
VERBS = ("runs over", "jumps into", "sits on", "looks at", "sleeps beside", "walks along")
OBJECTS = ("the beach", "a wooden bench", "green grass", "the cold water", "a mountain road", "snow")
SENTENCES = [f"{one} {two} {three}" for one in SUBJECTS for two in VERBS for three in OBJECTS]


def options(**changed: Any) -> HglmmConfig:
    return HglmmConfig(**{"components": 4, "dimensions": 16, "iterations": 3, **changed})


@pytest.fixture(scope="module")
def encoder() -> Hglmm:
    found = Hglmm(options())
    found.fit(SENTENCES)
    return found


def test_fisher_vectors_have_their_length_and_norm(encoder: Hglmm) -> None:
    found = encoder.fisher_vectors(["a dog runs", "two cats", "", "\u2603"])
    tokens = len({token for tokens in encoder.table.tokens(SENTENCES) for token in tokens})
    directions = tokens - 1  # so many are spanned by the tokens around their mean
    assert found.shape == (4, 2 * 4 * directions)
    np.testing.assert_allclose(np.linalg.norm(found[:2], axis=1), 1, rtol=1e-5)
    assert not found[2].any()


def test_the_order_of_words_does_not_matter(encoder: Hglmm) -> None:
    words = ["two", "man", "the", "cold", "water"]
    assert set(map(len, encoder.table.tokens(words))) == {1}  # else turning words would change tokens
    one, other, different = encoder.encode([" ".join(words), " ".join(words[::-1]), "two dogs"])
    np.testing.assert_allclose(one, other, atol=1e-3)
    assert np.abs(one - different).max() > 0.05


def test_features_are_the_centered_projection_of_fisher_vectors(
    encoder: Hglmm, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.decomposition import PCA

    fisher = encoder.fisher_vectors(SENTENCES).astype(np.float64)
    twin = PCA(16, svd_solver="full").fit(fisher).transform(fisher)
    monkeypatch.setattr(hglmm, "_CHUNK", 100)
    found = encoder.encode(SENTENCES)
    assert found.shape == (len(SENTENCES), 16)
    assert found.dtype == np.float32
    signs = np.sign((twin * found).sum(0))
    # The last directions of the randomized method are less exact than the first.
    np.testing.assert_allclose(found[:, :8], (twin * signs)[:, :8], atol=0.02)


def test_a_sentence_without_known_tokens_is_the_projection_of_zero(encoder: Hglmm) -> None:
    empty = encoder.encode([""])[0]
    projection = encoder._require_fitted().projection
    np.testing.assert_allclose(empty, -projection.directions @ projection.mean, atol=1e-5)
    assert encoder.encode([]).shape == (0, 16)


def test_only_training_sentences_are_learned_from(encoder: Hglmm) -> None:
    again = Hglmm(options())
    again.fit([*SENTENCES[::-1], "", SENTENCES[0]])  # no other tokens, no other sentences
    assert again.identity == encoder.identity
    other = Hglmm(options())
    other.fit(SENTENCES[:-1])
    assert other.identity != encoder.identity
    seeded = Hglmm(options(seed=1))
    seeded.fit(SENTENCES)
    assert seeded.identity != encoder.identity


def test_few_sentences_are_enough_for_the_projection(encoder: Hglmm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hglmm, "SAMPLE", 60)
    seen: list[int] = []

    def recording(x: np.ndarray, *rest: int) -> Any:
        seen.append(len(x))
        return principal_components(x, *rest)

    monkeypatch.setattr(hglmm, "principal_components", recording)
    for dimensions in (16, 90):
        Hglmm(options(dimensions=dimensions)).fit(SENTENCES)
    assert seen == [60, 120]  # a third more than dimensions where the sample would be too small


def test_saved_and_loaded_is_the_same(encoder: Hglmm, tmp_path: Path) -> None:
    encoder.save(tmp_path)
    again = Hglmm(options())
    again.load(tmp_path)
    assert again.identity == encoder.identity
    np.testing.assert_array_equal(again.encode(SENTENCES[:5]), encoder.encode(SENTENCES[:5]))
    assert [file.name for file in tmp_path.iterdir()] == ["hglmm.safetensors"]


def test_features_are_cached_by_what_was_fitted(encoder: Hglmm, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    rows = sentence_features(encoder, SENTENCES[:9], cache)
    assert isinstance(rows, FeatureRows)
    np.testing.assert_allclose(rows.array(), encoder.encode(SENTENCES[:9]), atol=1e-3)
    other = Hglmm(options(seed=1))
    other.fit(SENTENCES)
    found = sentence_features(other, SENTENCES[:9], cache)
    assert isinstance(found, FeatureRows)
    np.testing.assert_allclose(found.array(), other.encode(SENTENCES[:9]), atol=1e-3)
    assert [entry.rows for entry in cache.entries()] == [9, 9]


def test_errors(encoder: Hglmm, tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match="must be fitted"):
        Hglmm().encode(["a"])
    with pytest.raises(TwobranchError, match="must be fitted"):
        _ = Hglmm().identity
    with pytest.raises(TwobranchError, match=r"dimensions: 6000 need.*found 252.*at most 252 are possible"):
        Hglmm(options(dimensions=6000)).fit(SENTENCES)
    with pytest.raises(TwobranchError, match=r"components: 30 need.*tokens.*at most 2 are possible"):
        Hglmm(options(components=30)).fit(["dog dog", "dog cat"])
    with pytest.raises(TwobranchError, match=r"must hold what hglmm has learned"):
        Hglmm().load(tmp_path)
    (tmp_path / "hglmm.safetensors").write_bytes(b"nothing")
    with pytest.raises(TwobranchError, match=r"must hold what hglmm has learned"):
        Hglmm().load(tmp_path)
    encoder.save(tmp_path)
    with pytest.raises(TwobranchError, match=r"must be of 4 components and 17 dimensions.*found 4 and 16"):
        Hglmm(options(dimensions=17)).load(tmp_path)


def test_independent_components_separate_sources(caplog: pytest.LogCaptureFixture) -> None:
    random = np.random.default_rng(0)
    sources = np.stack([random.laplace(size=4000), random.uniform(-1, 1, 4000)], axis=1)
    mixed = (sources @ [[2.0, 1.0], [1.0, 3.0]] + [5, 6]).astype(np.float32)
    found = independent_components(mixed, seed=0)(mixed)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-3)
    np.testing.assert_allclose(found.std(0), 1, atol=1e-2)
    correlations = np.abs(np.corrcoef(sources.T, found.T)[:2, 2:])
    assert (np.sort(correlations.max(0)) > 0.99).all()
    assert not caplog.messages


def test_an_analysis_that_does_not_converge_is_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twobranch.features.projection.ITERATIONS", 1)
    x = np.random.default_rng(0).normal(size=(500, 20)).astype(np.float32)
    independent_components(x, seed=0)
    assert "not converged after 1 iterations" in caplog.text
    assert ITERATIONS == 200


def test_word_vectors_and_hglmm_read_the_same_table(encoder: Hglmm) -> None:
    tokens = encoder.table.tokens(["a dog"])[0]
    np.testing.assert_allclose(WordVectors().encode(["a dog"])[0], encoder.table.vectors[tokens].mean(0), atol=1e-6)
