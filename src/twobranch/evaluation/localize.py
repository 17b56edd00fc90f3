"""Asking a scorer of regions for every phrase of a split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.evaluation.localization import localization_metrics, no_phrase
from twobranch.evaluation.metrics import Metrics
from twobranch.evaluation.phrase_ranks import THRESHOLD, GroundTruth, PhraseRanks, phrase_ranks
from twobranch.features.chosen import Chosen
from twobranch.features.decoding import image_size
from twobranch.matcher.matcher import Matcher
from twobranch.progress import counted
from twobranch.regions.corpus_regions import CorpusRegions
from twobranch.regions.extract import Proposals
from twobranch.regions.phrase_boxes import PhraseBoxes

ScorePhrases = Callable[[int, NDArray[np.int64]], Any]
"""`score(image, phrases) -> (P, R)`: the scores of some phrases of an image, given by their number among the asked
ones, with all proposals of the image."""


class Asked(NamedTuple):
    """What was found for the phrases that were asked for.

    | field | shape | meaning |
    |---|---|---|
    | ranks | P phrases | where the first right box stands |
    | phrases | (P,) int64 | numbers of the phrases in `PhraseBoxes` |
    | whole | (P,) bool | whether the whole image would be right |
    """

    ranks: PhraseRanks
    phrases: NDArray[np.int64]
    whole: NDArray[np.bool_]


def rank_phrases(
    asked: PhraseBoxes,
    proposals: Proposals,
    score: ScorePhrases,
    *,
    split: str,
    ground_truth: GroundTruth = "union",
    threshold: float = THRESHOLD,
    suppress: float | None = None,
    images: NDArray[np.int64] | None = None,
) -> Asked:
    """Ask a scorer for every phrase of a split.

    Args:
        asked: the phrases of the split that have boxes.
        proposals: of the images of the same corpus, in its order; an image without any finds nothing.
        score: scores the phrases of one image with its proposals.
        split: name of the split, for a message.
        ground_truth: "union" of a phrase's boxes, or "any" of them.
        threshold: IoU from which on a box is right.
        suppress: IoU above which a box is dropped from a phrase's list for a better one; None drops none.
        images: rows of the images whose phrases are asked for; None for all.

    Raises:
        TwobranchError: if no phrase has a box, or the scorer gives another shape or a number that is not finite.
    """
    if len(proposals) != len(asked.corpus.image_ids):
        raise TwobranchError(
            "proposals", f"there must be one list of boxes per image, {len(asked.corpus.image_ids)}",
            found=len(proposals), remedy="Propose regions for the images of the corpus that is measured.",
        )  # fmt: skip
    with_phrases = np.unique(asked.images)
    chosen = with_phrases if images is None else np.intersect1d(with_phrases, images)
    if not len(chosen):
        raise no_phrase(split)
    whole, ranks, order = [], [], []
    rule: dict[str, Any] = {"ground_truth": ground_truth, "threshold": threshold}
    for image in counted("asking for phrases", chosen.tolist(), len(chosen)):
        rows = np.flatnonzero(asked.images == image)
        truth = [asked.boxes[asked.offsets[row] : asked.offsets[row + 1]] for row in rows]
        boxes = proposals[image]
        scores = score(image, rows) if len(boxes) else np.zeros((len(rows), 0))
        ranks.append(phrase_ranks(boxes, scores, truth, suppress=suppress, **rule))
        whole.append(_whole(asked.corpus.image_paths[image], truth, rule))
        order.append(rows)
    return Asked(PhraseRanks.joined(ranks), np.concatenate(order), np.concatenate(whole))


def localize(
    asked: PhraseBoxes,
    proposals: Proposals,
    score: ScorePhrases,
    *,
    split: str,
    ground_truth: GroundTruth = "union",
    threshold: float = THRESHOLD,
    suppress: float | None = None,
    images: NDArray[np.int64] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Metrics:
    """Ask a scorer for every phrase of a split; the document of `twobranch evaluate --task localization --json`.

    Args:
        asked: as in `rank_phrases`; so are the others that are not named here.
        proposals: of the images.
        score: scores the phrases of one image with its proposals.
        split: name of the split, for the document.
        ground_truth: "union" or "any".
        threshold: IoU from which on a box is right.
        suppress: IoU above which a box is dropped for a better one.
        images: rows of the images whose phrases are asked for.
        bootstrap: resamples of images for the intervals; 0 leaves the intervals out.
        seed: of the resampling.

    Raises:
        TwobranchError: as `rank_phrases`.
    """
    rule: dict[str, Any] = {"ground_truth": ground_truth, "threshold": threshold, "suppress": suppress}
    found = rank_phrases(asked, proposals, score, split=split, images=images, **rule)
    return metrics_of_phrases(asked, found, split=split, bootstrap=bootstrap, seed=seed, **rule)


def metrics_of_phrases(
    asked: PhraseBoxes,
    found: Asked,
    *,
    split: str,
    ground_truth: GroundTruth = "union",
    threshold: float = THRESHOLD,
    suppress: float | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Metrics:
    """The document of phrases that were asked for.

    Args:
        asked: the phrases of the split.
        found: what `rank_phrases` says of them; it was given the same rule.
        split: name of the split, for the document.
        ground_truth: "union" or "any".
        threshold: IoU from which on a box is right.
        suppress: IoU above which a box is dropped for a better one.
        bootstrap: resamples of images for the intervals; 0 leaves the intervals out.
        seed: of the resampling.
    """
    types = asked.types
    return localization_metrics(
        found.ranks,
        asked.images[found.phrases],
        [types[row] for row in found.phrases],
        whole=found.whole,
        split=split,
        corpus=asked.corpus.fingerprint,
        ground_truth=ground_truth,
        threshold=threshold,
        suppress=suppress,
        excluded=asked.without,
        bootstrap=bootstrap,
        seed=seed,
    )


def evaluate_localization(
    matcher: Matcher,
    regions: CorpusRegions,
    *,
    split: str,
    ground_truth: GroundTruth = "union",
    suppress: float | None = None,
    images: NDArray[np.int64] | None = None,
    bootstrap: int = 1000,
) -> Metrics:
    """Ask a matcher for every phrase of a split, as `twobranch evaluate --task localization --json` prints it.

    Args:
        matcher: trained on regions; one of whole pictures judges each region as if it were a picture.
        regions: the split, seen with the matcher's encoders and proposals.
        split: name of the split, for the document.
        ground_truth: "union" of a phrase's boxes, or "any" of them.
        suppress: IoU above which a box is dropped from a phrase's list for a better one; None drops none.
        images: rows of the images whose phrases are asked for; None for all.
        bootstrap: resamples of images for the intervals; 0 leaves the intervals out.

    Raises:
        TwobranchError: if no phrase has a box.
    """
    rule: dict[str, Any] = {"ground_truth": ground_truth, "suppress": suppress}
    found = rank_regions(matcher, regions, split=split, images=images, **rule)
    return metrics_of_phrases(regions.asked, found, split=split, bootstrap=bootstrap, **rule)


def rank_regions(
    matcher: Matcher,
    regions: CorpusRegions,
    *,
    split: str,
    ground_truth: GroundTruth = "union",
    suppress: float | None = None,
    images: NDArray[np.int64] | None = None,
) -> Asked:
    """Ask a matcher for every phrase of a split, for where the right boxes stand.

    Args:
        matcher: as of `evaluate_localization`; so are all others.
        regions: the split.
        split: its name, for a message.
        ground_truth: "union" or "any".
        suppress: IoU above which a box is dropped for a better one.
        images: rows of the images whose phrases are asked for.

    Raises:
        TwobranchError: if no phrase has a box.
    """
    return rank_phrases(
        regions.asked,
        regions.proposals,
        region_scorer(matcher, regions),
        split=split,
        ground_truth=ground_truth,
        suppress=suppress,
        images=images,
    )


def region_scorer(matcher: Matcher, regions: CorpusRegions) -> ScorePhrases:
    """What scores the phrases of an image with its proposals.

    Args:
        matcher: the matcher.
        regions: the split, seen with the matcher's encoders and proposals.
    """

    def score(image: int, phrases: NDArray[np.int64]) -> Any:
        rows = regions.table.proposed(image)  # (R,)
        proposed = matcher.embed_image_features(Chosen(regions.images, rows))  # (R, D)
        asked = matcher.embed_sentence_features(Chosen(regions.sentences, phrases))  # (P, D)
        return matcher.rank_regions(proposed, asked, regions.table.boxes[rows])  # (P, R)

    return score


def _whole(path: str, truth: Sequence[Any], rule: dict[str, Any]) -> NDArray[np.bool_]:
    """Whether the whole image is right for each of its phrases; a picture that cannot be read is right for none."""
    try:
        width, height = image_size(path)
    except TwobranchError:
        return np.zeros(len(truth), dtype=bool)
    return phrase_ranks([[0, 0, width, height]], np.zeros((len(truth), 1)), truth, **rule).reachable
