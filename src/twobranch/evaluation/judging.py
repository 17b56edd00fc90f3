"""How well the probability of a calibration predicts, on groups that it was not fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.evaluation.calibration import probability_metrics
from twobranch.matcher.calibration import Calibration, Direction, any_match, at_prior

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]

PRIOR = 0.5
"""Share of the galleries that hold a match, in the report."""
SIDES: tuple[Direction, Direction] = ("i2t", "t2i")
GALLERIES = (50, 100)
"""Groups in the galleries that are cut from a part; the whole part is one more."""
MOST_GROUPS, FEWEST_GROUPS = 1000, 10
"""Groups of a split that are judged: all pairs of them are in memory at once."""


class Judgment(NamedTuple):
    """What a calibration said of the queries of one gallery, and what was true.

    | field | shape | meaning |
    |---|---|---|
    | pairs, is_match | (Q·N,) | probability of each pair, and whether it matches |
    | present, removed | (Q,) | probability of any match in the gallery, and in what is left without the matches |
    """

    direction: Direction
    size: int
    pairs: Floats
    is_match: NDArray[np.bool_]
    present: Floats
    removed: Floats


@dataclass(frozen=True)
class Embedded:
    """A split in the common space.

    Attributes:
        images: (N, D) embeddings.
        sentences: (M, D) embeddings.
        image_groups: (N,) codes.
        sentence_groups: (M,) codes of the same coding.
    """

    images: Floats
    sentences: Floats
    image_groups: Codes
    sentence_groups: Codes

    def where(self, kept: NDArray[np.bool_], groups: Codes) -> Embedded:
        """The items whose group is kept; `groups` are the distinct codes that `kept` speaks of."""
        chosen = groups[kept]
        images, sentences = np.isin(self.image_groups, chosen), np.isin(self.sentence_groups, chosen)
        return Embedded(
            self.images[images], self.sentences[sentences], self.image_groups[images], self.sentence_groups[sentences]
        )


def judge(calibration: Calibration, fold: Embedded, random: np.random.Generator) -> list[Judgment]:
    """Every query of a part of a split, against all of the part and against smaller galleries cut from it.

    Args:
        calibration: fitted on other groups.
        fold: the part.
        random: cuts the galleries.
    """
    groups = random.permutation(np.unique(np.concatenate([fold.image_groups, fold.sentence_groups])))
    judgments = []
    for size in {*(size for size in GALLERIES if size <= len(groups) // 2), len(groups)}:
        for start in range(0, len(groups) - size + 1, size):
            part = fold.where(np.isin(groups, groups[start : start + size]), groups)
            match = part.image_groups[:, None] == part.sentence_groups[None, :]
            scores = part.images @ part.sentences.T  # (N, M)
            i2t = calibration.query_ratios("i2t", scores, part.images)
            t2i = calibration.query_ratios("t2i", scores.T, part.sentences)
            judgments += [_judgment("i2t", size, i2t, match), _judgment("t2i", size, t2i, match.T)]
    return judgments


def _judgment(direction: Direction, size: int, ratios: Floats, match: NDArray[np.bool_]) -> Judgment:
    asked = match.any(1) & ~match.all(1)
    ratios, match = ratios[asked], match[asked]
    present = any_match(ratios, PRIOR)
    removed = any_match(np.where(match, -np.inf, ratios), PRIOR, counts=(~match).sum(1))
    return Judgment(direction, size, at_prior(ratios, float(match.mean())).ravel(), match.ravel(), present, removed)


def judgment_report(judgments: list[Judgment]) -> dict[str, Any]:
    """Per direction, `pairs` and, by number of groups in the gallery, `any_match`; see `probability_metrics`."""
    if not judgments:
        return {}
    return {
        direction: _direction_report([one for one in judgments if one.direction == direction]) for direction in SIDES
    }


def split_report(calibration: Calibration, split: Embedded, *, seed: int = 0) -> dict[str, Any]:
    """How well a calibration predicts on a split that it was not fitted on.

    Args:
        calibration: of the matcher.
        split: the split, embedded; of a large one `MOST_GROUPS` are drawn.
        seed: draws them, and cuts the galleries.

    Returns:
        As `judgment_report`; empty where the split has too few groups.
    """
    random = np.random.default_rng(seed)
    groups = np.unique(np.concatenate([split.image_groups, split.sentence_groups]))
    if len(groups) < FEWEST_GROUPS:
        return {}
    part = split.where(random.permutation(len(groups)) < MOST_GROUPS, groups)
    return judgment_report(judge(calibration, part, random))


def _direction_report(judgments: list[Judgment]) -> dict[str, Any]:
    largest = [one for one in judgments if one.size == max(other.size for other in judgments)]
    pairs = probability_metrics(
        np.concatenate([one.pairs for one in largest]), np.concatenate([one.is_match for one in largest])
    )
    by_size = {}
    for size in sorted({one.size for one in judgments}):
        present = np.concatenate([one.present for one in judgments if one.size == size])
        removed = np.concatenate([one.removed for one in judgments if one.size == size])
        holds = np.concatenate([np.ones(len(present), bool), np.zeros(len(removed), bool)])
        by_size[f"{size} groups"] = probability_metrics(np.concatenate([present, removed]), holds)
    return {"pairs": pairs, "any_match": by_size}
