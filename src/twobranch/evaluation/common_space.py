"""What the common space of images and sentences looks like: a plane through it, and the scores of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.evaluation.modality_gap import modality_gap, one_of_each

SHOWN = 300
"""Groups that are drawn into the plane."""
MOST = 1000
"""Groups that the probe and the scores are measured on."""
SHIFTS = 5
"""Non-matching sentences with which each image is scored."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class CommonSpace:
    """One image and one sentence of each of some groups.

    Attributes:
        images: (n, 2) where the images lie in the plane.
        sentences: (n, 2) the sentence of the same group each.
        explained: percent of the variance of both that the plane shows.
        matching: (G,) scores of an image and a sentence of its group.
        other: (SHIFTS * G,) scores of an image and a sentence of another group.
        gap: the document of `modality_gap`.
    """

    images: Floats
    sentences: Floats
    explained: float
    matching: Floats
    other: Floats
    gap: dict[str, Any]


def common_space(
    image_embeddings: Any, sentence_embeddings: Any, image_groups: Any, sentence_groups: Any, *, seed: int = 0
) -> CommonSpace | None:
    """Look at a split in the common space; None where fewer than three groups have both an image and a sentence.

    Args:
        image_embeddings: (N, D), compared by inner product.
        sentence_embeddings: (M, D).
        image_groups: (N,) group of each image.
        sentence_groups: (M,) group of each sentence.
        seed: draws the groups.

    Example:
        >>> x, groups = np.random.default_rng(0).normal(size=(50, 4)), np.arange(50)
        >>> space = common_space(x, x, groups, groups)
        >>> space.images.shape, bool(np.allclose(space.images, space.sentences))
        ((50, 2), True)
    """
    image_groups, sentence_groups = np.asarray(image_groups), np.asarray(sentence_groups)
    rows = one_of_each(image_groups, sentence_groups, np.random.default_rng(seed))
    kept = np.random.default_rng(seed).permutation(len(rows[0]))[:MOST]
    if len(kept) < 3:
        return None
    x, y = np.asarray(image_embeddings)[rows[0][kept]], np.asarray(sentence_embeddings)[rows[1][kept]]  # (G, D)
    codes = image_groups[rows[0][kept]]
    images, sentences, explained = _plane(x, y)
    others = [np.einsum("gd,gd->g", x, np.roll(y, shift, axis=0)) for shift in range(1, min(SHIFTS, len(kept) - 1) + 1)]
    return CommonSpace(
        images[:SHOWN], sentences[:SHOWN], explained,
        np.einsum("gd,gd->g", x, y), np.concatenate(others), modality_gap(x, y, codes, codes, seed=seed),
    )  # fmt: skip


def _plane(x: Floats, y: Floats) -> tuple[Floats, Floats, float]:
    """Both sides on the two directions in which they vary most together, and the percent of variance there."""
    both = np.concatenate([x, y]).astype(np.float64)
    both -= both.mean(0)
    _, strengths, directions = np.linalg.svd(both, full_matrices=False)
    flat = both @ directions[:2].T  # (2 G, 2)
    flat *= np.where(flat[np.abs(flat).argmax(0), range(flat.shape[1])] < 0, -1.0, 1.0)  # the sign is arbitrary
    if flat.shape[1] < 2:
        flat = np.concatenate([flat, np.zeros_like(flat)], axis=1)
    total = float((strengths**2).sum())
    explained = 100.0 * float((strengths[:2] ** 2).sum()) / total if total else 100.0
    return flat[: len(x)].astype(np.float32), flat[len(x) :].astype(np.float32), explained
