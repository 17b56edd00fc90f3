"""Probabilities: Bayes' rule, cross-fitting, and a model that knows nothing."""

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.matcher.calibration import Calibration, Evidence, Evidences, at_prior
from twobranch.training.calibration import Embedded, cross_fitted_report, fit_calibration, reference_rows


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def embedded(seed, groups=200, noise=0.7, sentences_each=3, dim=16):
    """Sentences near their image by as much as the noise lets them."""
    random = np.random.default_rng(seed)
    images = random.normal(size=(groups, dim))
    owner = np.repeat(np.arange(groups), sentences_each)
    sentences = images[owner] + noise * random.normal(size=(len(owner), dim)) * np.sqrt(dim) / 2
    return Embedded(unit(images), unit(sentences), np.arange(groups), owner)


@pytest.fixture(scope="module")
def drawn():
    train = embedded(1)
    images, sentences = reference_rows(len(train.images), len(train.sentences), seed=0)
    return train.images[images], train.sentences[sentences]


def naive_features(calibration, image, sentence):
    score = float(image @ sentence)
    of_image = np.sort(calibration.reference_sentences @ image)
    of_sentence = np.sort(calibration.reference_images @ sentence)
    return (
        score,
        score - of_image[-10:].mean(),
        score - of_sentence[-10:].mean(),
    )


def naive_ratio(calibration, evidence, image, sentence):
    weights = (evidence.score, evidence.image_gap, evidence.sentence_gap)
    features = naive_features(calibration, image, sentence)
    return evidence.intercept + sum(weight * feature for weight, feature in zip(weights, features, strict=True))


EVIDENCES = Evidences(
    pair=Evidence(intercept=-1.0, score=2.0, image_gap=0.3, sentence_gap=0.9),
    i2t=Evidence(intercept=-2.0, score=1.0, image_gap=1.1),
    t2i=Evidence(intercept=-3.0, score=1.5, sentence_gap=0.8),
)


def test_the_evidence_equals_its_naive_twin(drawn):
    val = embedded(2, groups=5)
    calibration = Calibration(EVIDENCES, *drawn)
    ratios = calibration.pair_ratios(val.images, val.sentences)
    for i in range(5):
        for j in range(15):
            assert ratios[i, j] == pytest.approx(
                naive_ratio(calibration, EVIDENCES.pair, val.images[i], val.sentences[j]), abs=1e-4
            )


def test_pair_features_equal_their_naive_twin(drawn):
    val = embedded(2, groups=5)
    calibration = Calibration(EVIDENCES, *drawn)
    i, j = np.array([0, 4, 2]), np.array([3, 0, 14])
    features = calibration.pair_features(val.images, val.sentences, i, j)
    expected = [naive_features(calibration, val.images[a], val.sentences[b]) for a, b in zip(i, j, strict=True)]
    np.testing.assert_allclose(features, expected, atol=1e-4)


@pytest.mark.parametrize("direction", ["i2t", "t2i"])
def test_within_a_query_the_evidence_rises_with_the_score(drawn, direction):
    calibration = fit_calibration(embedded(2), *drawn, seed=0)
    judged = embedded(5, groups=30)
    queries, items = (judged.images, judged.sentences) if direction == "i2t" else (judged.sentences, judged.images)
    scores = queries @ items.T
    ratios = calibration.query_ratios(direction, scores, queries)
    for row, expected in zip(ratios, scores, strict=True):
        assert (np.diff(row[np.argsort(expected)]) >= 0).all()


def test_the_evidence_of_a_query_equals_its_naive_twin(drawn):
    calibration = Calibration(EVIDENCES, *drawn)
    judged = embedded(6, groups=4)
    scores = judged.images @ judged.sentences.T
    t2i = calibration.query_ratios("t2i", scores.T, judged.sentences)
    i2t = calibration.query_ratios("i2t", scores, judged.images)
    for i in range(4):
        for j in range(12):
            image, sentence = judged.images[i], judged.sentences[j]
            assert t2i[j, i] == pytest.approx(naive_ratio(calibration, EVIDENCES.t2i, image, sentence), abs=1e-4)
            assert i2t[i, j] == pytest.approx(naive_ratio(calibration, EVIDENCES.i2t, image, sentence), abs=1e-4)


def test_fitted_probabilities_are_calibrated_and_beat_the_constant(drawn):
    report = cross_fitted_report(embedded(2), *drawn, seed=0)
    for direction in ("i2t", "t2i"):
        pairs, any_match = report[direction]["pairs"], report[direction]["any_match"]["40 groups"]
        assert pairs["brier_skill"] > 0.1
        assert pairs["calibration_error"] < 0.02
        assert any_match["auroc"] > 0.6
        assert any_match["brier"] < any_match["brier_constant"]


def test_embeddings_that_know_nothing_get_a_report_that_says_so(drawn):
    """What always answers about the base rate has no skill and cannot tell present from removed."""
    random = np.random.default_rng(3)
    noise = Embedded(
        unit(random.normal(size=(200, 16))),
        unit(random.normal(size=(600, 16))),
        np.arange(200),
        np.repeat(np.arange(200), 3),
    )
    report = cross_fitted_report(noise, *drawn, seed=0)
    for direction in ("i2t", "t2i"):
        assert report[direction]["pairs"]["brier_skill"] < 0.001
        assert report[direction]["any_match"]["40 groups"]["auroc"] == pytest.approx(0.5, abs=0.05)


def test_too_few_groups_give_no_report(drawn):
    assert cross_fitted_report(embedded(2, groups=20), *drawn, seed=0) == {}


def test_a_split_without_non_matches_gives_no_calibration(drawn):
    one = embedded(2, groups=1)
    assert fit_calibration(one, *drawn, seed=0) is None


def test_probability_at_a_prior_follows_bayes():
    ratios = np.log(np.float32([4.0]))
    for prior in (0.01, 0.5, 0.9):
        odds = 4.0 * prior / (1 - prior)
        assert at_prior(ratios, prior)[0] == pytest.approx(odds / (1 + odds), rel=1e-5)


@pytest.mark.parametrize("prior", [0.0, 1.0, -1, 2])
def test_a_prior_is_a_probability(prior):
    with pytest.raises(TwobranchError, match="between 0 and 1"):
        at_prior(np.zeros(1, np.float32), prior)


def test_it_is_saved_and_loaded(tmp_path, drawn):
    calibration = fit_calibration(embedded(2), *drawn, seed=0)
    calibration.save(tmp_path)
    again = Calibration.load(tmp_path, calibration.reference_images.shape[1])
    val = embedded(4, groups=3)
    np.testing.assert_array_equal(
        calibration.pair_ratios(val.images, val.sentences), again.pair_ratios(val.images, val.sentences)
    )


def test_damage_is_named(tmp_path, drawn):
    fit_calibration(embedded(2), *drawn, seed=0).save(tmp_path)
    (tmp_path / "calibration.safetensors").write_bytes(b"gone")
    with pytest.raises(TwobranchError, match="reference embeddings"):
        Calibration.load(tmp_path, embedded(2).images.shape[1])


def test_a_calibration_of_other_embeddings_is_damage(tmp_path, drawn):
    calibration = fit_calibration(embedded(2), *drawn, seed=0)
    calibration.save(tmp_path)
    with pytest.raises(TwobranchError, match=r"reference embeddings.*no finite embeddings of 3 values"):
        Calibration.load(tmp_path, 3)
    calibration.reference_images[0, 0] = np.nan
    calibration.save(tmp_path)
    with pytest.raises(TwobranchError, match="no finite embeddings"):
        Calibration.load(tmp_path, calibration.reference_images.shape[1])
