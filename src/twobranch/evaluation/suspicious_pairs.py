"""Which sentences of a split look as if they described another image.

A pair is suspicious when it looks like a pair drawn at random and not like the pairs of the data. A logistic model
learns the difference from the data itself: its examples are all pairs as they are, of which most are right, and as many
pairs of an image with a sentence of another group. It sees of each pair

    score           the matcher's score of the pair
    image gap       the score against the ten best of the image with other sentences
    sentence gap    the score against the ten best of the sentence with other images
    agreement       cosine of the sentence with the mean of the other sentences of the image's group
    agreement gap   the same against the ten best of the sentence with sentences of other images

The gaps take away that some images and sentences score high with everything; the agreement finds the one sentence of
five that speaks of something else. An image with a single sentence is judged by the first three alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.matcher.matcher import Floats

Doubles = NDArray[np.float64]
Rows = NDArray[np.integer]

REFERENCES = 1000
"""Images and sentences, drawn at random, that a pair is compared with."""
BLOCK = 4096
"""Rows or pairs that are looked at together."""
BEST = 10
"""References whose scores make a gap."""
STRENGTH = 50.0
"""How free the weights of the features are, divided by the number of examples; 10 to 200 rank about as well."""
ALONE = 3
"""The first features: what a pair tells without other sentences of its group."""


@dataclass(frozen=True)
class Split:
    """The embeddings of a split, and what belongs together.

    Attributes:
        images: (N, D).
        sentences: (C, D).
        sentence_images: (C,) the image row of each sentence.
        image_groups: (N,) the group of each image.
    """

    images: Floats
    sentences: Floats
    sentence_images: Rows
    image_groups: Rows


def suspicion(split: Split, seed: int = 0) -> Doubles:
    """How much each pair of the split looks like one drawn at random.

    Args:
        split: the embeddings of at least two groups.
        seed: of the references and of the random pairs.

    Returns:
        (C,) log-likelihood ratio of "drawn at random" against "as in the data"; the higher, the more suspicious.

    Raises:
        TwobranchError: if all images are of one group, so that nothing can be drawn at random.
    """
    if len(np.unique(split.image_groups)) < 2:
        raise TwobranchError(
            "suspicious pairs", "a split must have images of several groups", remedy="Leave --model out."
        )
    random = np.random.default_rng(seed)
    pairs = _Pairs(split, random)
    own = pairs.features(np.arange(len(split.sentences)), split.sentence_images)  # (C, 5)
    wrong = pairs.features(*_drawn(split, random))  # (W, 5)
    ratios = _log_ratios(own[:, :ALONE], wrong[:, :ALONE])
    siblings = np.isfinite(own).all(1)
    wrong = wrong[np.isfinite(wrong).all(1)]
    if siblings.any() and len(wrong):
        ratios[siblings] = _log_ratios(own[siblings], wrong)
    return ratios


def _drawn(split: Split, random: np.random.Generator) -> tuple[Rows, Rows]:
    """Sentences and images of other groups, as many pairs as the split has, or nearly."""
    count = max(len(split.sentences), REFERENCES)
    sentences = np.resize(random.permutation(len(split.sentences)), count)
    images = random.integers(0, len(split.images), count)
    wrong = split.image_groups[images] != split.image_groups[split.sentence_images[sentences]]
    return sentences[wrong], images[wrong]


class _Pairs:
    """Computes the features of pairs; everything that does not depend on the pairing is computed once."""

    def __init__(self, split: Split, random: np.random.Generator) -> None:
        self._split = split
        images, sentences = (
            side[random.permutation(len(side))[:REFERENCES]] for side in (split.images, split.sentences)
        )
        self._best_of_images = _mean_of_best(split.images, sentences)  # (N,)
        self._best_of_sentences = _mean_of_best(split.sentences, images)  # (C,)
        self._texts = _unit(split.sentences)
        self._best_texts = _mean_of_best(self._texts, _unit(sentences))  # (C,)
        self._image_groups = np.unique(split.image_groups, return_inverse=True)[1]  # (N,) from 0
        self._groups = self._image_groups[split.sentence_images]  # (C,)
        self._sums = np.zeros((int(self._image_groups.max()) + 1, split.sentences.shape[1]), dtype=np.float32)
        np.add.at(self._sums, self._groups, self._texts)
        self._counts = np.bincount(self._groups, minlength=len(self._sums))

    def features(self, sentences: Rows, images: Rows) -> Doubles:
        """The features of pairs: (P,) rows of both sides -> (P, 5), NaN where the group has no other sentence."""
        parts = [slice(start, start + BLOCK) for start in range(0, len(sentences), BLOCK)]
        return np.concatenate([self._features(sentences[part], images[part]) for part in parts])

    def _features(self, sentences: Rows, images: Rows) -> Doubles:
        split, groups, texts = self._split, self._image_groups[images], self._texts[sentences]
        score = np.einsum("pd,pd->p", split.images[images], split.sentences[sentences])
        own = groups == self._groups[sentences]
        siblings = self._sums[groups] - np.where(own[:, None], texts, 0)  # (P, D)
        agreement = np.einsum("pd,pd->p", _unit(siblings), texts)
        agreement[self._counts[groups] - own == 0] = np.nan
        gaps = score - self._best_of_images[images], score - self._best_of_sentences[sentences]
        return np.stack([score, *gaps, agreement, agreement - self._best_texts[sentences]], axis=1).astype(np.float64)


def _log_ratios(own: Doubles, wrong: Doubles) -> Doubles:
    """The log-likelihood ratio wrong : own of each own pair: (C, F), (W, F) -> (C,).

    The weights of the features are held together: where a matcher has learned its pairs by heart, features separate
    them from random ones perfectly, and free weights would fit the last of those instead of what is between. A second
    model, on the weighted sum alone, puts it on the scale of a ratio.
    """
    features = np.concatenate([own, wrong])
    features = (features - features.mean(0)) / (features.std(0) + 1e-9)
    labels = np.repeat([0, 1], [len(own), len(wrong)])
    weighted = _logistic(features, labels, strength=STRENGTH / len(labels))
    ratios: Doubles = _logistic(weighted[:, None], labels, strength=1.0)[: len(own)]
    return ratios


def _logistic(features: Doubles, labels: Rows, strength: float) -> Doubles:
    """What a logistic model says of its own examples, (n, F) -> (n,); a low strength keeps its weights small."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000).fit(features, labels)
    said: Doubles = model.decision_function(features)
    return said


def _mean_of_best(rows: Floats, references: Floats) -> Floats:
    """Mean of the best scores of each row with the references: (R, D), (M, D) -> (R,)."""
    count = min(BEST, len(references))
    parts = []
    for start in range(0, len(rows), BLOCK):
        scores = rows[start : start + BLOCK] @ references.T  # (BLOCK, M)
        parts.append(np.partition(scores, -count, axis=1)[:, -count:].mean(1))
    means: Floats = np.concatenate(parts)
    return means


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit
