"""Grounding: the boxes of a picture that fit phrases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twobranch.errors import TwobranchError, nearest
from twobranch.features.decoding import ImageSource, image_size
from twobranch.features.extract import image_features, sentence_features
from twobranch.matcher.matcher import Floats, Matcher
from twobranch.regions import PROPOSERS
from twobranch.regions.boxes import nms
from twobranch.regions.proposer import Proposer
from twobranch.regions.rows import RegionRows
from twobranch.regions.table import RegionTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

READY = ("selective-search", "edge-boxes", "whole")
"""Kinds of proposals that learn nothing and need no file."""
NEARLY_THE_SAME = 0.7
"""IoU from which on a box says nothing new beside a better one."""


@dataclass(frozen=True)
class Grounding:
    """A box that was found for a phrase.

    Attributes:
        phrase: the words.
        box: (x0, y0, x1, y1) in pixels of the upright picture, 0-based, end-exclusive.
        score: what the matcher ranks by; comparable within a phrase.
        probability: that the box is right: an IoU of at least 0.5 with what is meant, if the picture shows it at all.
            None from a matcher of whole pictures: it has seen no boxes that tell how often it is right.
    """

    phrase: str
    box: tuple[float, float, float, float]
    score: float
    probability: float | None

    def to_json(self) -> dict[str, Any]:
        """As `twobranch ground --json` prints it."""
        return {
            "box": [round(side, 2) for side in self.box],
            "score": self.score,
            "probability": self.probability,
        }


def ground(
    matcher: Matcher,
    image: ImageSource,
    phrases: Sequence[str],
    k: int = 1,
    *,
    proposer: Proposer | None = None,
) -> list[list[Grounding]]:
    """Find the boxes of a picture that fit phrases; the picture is encoded once for all of them.

    Args:
        matcher: trained on regions; one of whole pictures judges each region as if it were a picture, less precisely.
        image: path, PIL image or uint8 array (H, W, 3).
        phrases: P noun phrases.
        k: boxes per phrase at most.
        proposer: where the regions come from; None for the matcher's own, or selective search for a matcher of whole
            pictures.

    Returns:
        The boxes of each phrase, the best first; near duplicates of a better one are left out.

    Raises:
        TwobranchError: if the picture cannot be read, or no region is found.
    """
    boxes, regions = embedded_regions(matcher, image, proposer)  # (R, 4), (R, D)
    asked = matcher.embed_sentence_features(sentence_features(matcher.sentence_encoder, phrases, None))  # (P, D)
    scores = matcher.rank_regions(regions, asked, boxes)  # (P, R)
    calibration = matcher.region_calibration
    probabilities = None if calibration is None else calibration.probability(scores)
    found = []
    for row, phrase in enumerate(phrases):
        order = np.argsort(-scores[row], kind="stable")
        best = order[nms(boxes[order], NEARLY_THE_SAME, k)]
        chances = [None] * len(best) if probabilities is None else probabilities[row, best].tolist()
        found.append(
            [
                Grounding(phrase, tuple(boxes[at].tolist()), float(scores[row, at]), chance)
                for at, chance in zip(best.tolist(), chances, strict=True)
            ]
        )
    return found


def embedded_regions(
    matcher: Matcher, image: ImageSource, proposer: Proposer | None = None
) -> tuple[NDArray[np.float32], Floats]:
    """The regions of a picture, embedded.

    Returns:
        (R, 4) boxes in pixels, and (R, D) embeddings.

    Raises:
        TwobranchError: if the picture cannot be read, or no region is found.
    """
    proposer = proposer or matcher.proposer or matcher.regions.proposals.load()
    boxes = proposer.propose(image)
    if not len(boxes):
        raise TwobranchError(
            f"proposals {proposer.name}", "a picture has at least one region", found="none",
            remedy="Use other proposals, for example --proposals whole.",
        )  # fmt: skip
    extracted = image_features(matcher.image_encoder, [image], ("image",), None, output="grid")
    for message in extracted.failures.values():
        raise TwobranchError("the picture", message, remedy="Name another file.")
    shares = np.clip(boxes / np.array(image_size(image) * 2, np.float32), 0, 1).astype(np.float32)
    rows = RegionRows(extracted.features, RegionTable.of([shares]), matcher.regions)
    return boxes, matcher.embed_image_features(rows)


def proposer_of(matcher: Matcher, name: str) -> Proposer:
    """A proposer by its name, for a matcher.

    Args:
        matcher: a union of proposals that it was trained with also offers each of its parts.
        name: of the matcher's own proposals or a part of them, or of a kind that learns nothing and needs no file.

    Raises:
        TwobranchError: if it is unknown, or learns from training boxes and is not one of the matcher's.
    """
    own: list[Proposer] = (
        [] if matcher.proposer is None else [matcher.proposer, *getattr(matcher.proposer, "parts", ())]
    )
    for proposer in own:
        if proposer.name == name:
            return proposer
    known = sorted({*(proposer.name for proposer in own), *READY})
    if name not in READY:
        raise TwobranchError(
            f'proposals "{name}"', "must be the matcher's own, or learn nothing", remedy=nearest(name, known)
        )
    return PROPOSERS[name]().load()
