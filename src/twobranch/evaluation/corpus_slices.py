"""The `slices` of a document: metrics by the length of a sentence and by the user's own columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twobranch.corpus import Corpus
from twobranch.evaluation.localize import Asked
from twobranch.evaluation.person_ranks import QueryRanks
from twobranch.evaluation.properties import Property, property_of, word_counts
from twobranch.evaluation.ranks import Ranks
from twobranch.evaluation.slices import sliced, success
from twobranch.regions.corpus_regions import CorpusRegions

COLUMNS = 20
"""Columns of the user that are looked at; those after them are left out."""


def image_properties(corpus: Corpus) -> list[Property]:
    """The user's own columns that tell kinds of images apart."""
    names = corpus.metadata_columns[:COLUMNS]
    found = [property_of(name, corpus.images.column(name).to_pylist()) for name in names]
    return [one for one in found if one is not None]


def retrieval_slices(corpus: Corpus, ranks: Ranks, *, bootstrap: int = 1000) -> list[dict[str, Any]]:
    """Slices of both directions; a sentence has the properties of its image, and its own length.

    Args:
        corpus: the split that was ranked.
        ranks: of its queries; those without a match (0) are left out, as in the metrics.
        bootstrap: resamples of groups for the intervals; 0 leaves the intervals out.

    Returns:
        A list of `{"property": NAME, "values": {VALUE: {"t2i": {"queries": ..., "R@1": ..., "interval": ...}, "i2t":
        ...}}}`; by the length of a sentence there is no `i2t`.
    """
    asked = _Queries(ranks.t2i, corpus.sentence_groups), _Queries(ranks.i2t, corpus.image_groups)
    found = []
    for own, of_image in _sentence_properties(corpus):
        sides = {"t2i": asked[0].sliced(own, bootstrap)}
        if of_image is not None:
            sides["i2t"] = asked[1].sliced(of_image, bootstrap)
        found.append({"property": own.name, "values": _by_value(own.values, sides)})
    return found


def person_slices(corpus: Corpus, ranks: QueryRanks, *, bootstrap: int = 1000) -> list[dict[str, Any]]:
    """Slices of descriptions, by their length and by the columns of the image that they were written for.

    Args:
        corpus: the split that was ranked.
        ranks: of its sentences.
        bootstrap: resamples of persons for the intervals; 0 leaves the intervals out.
    """
    kept = ranks.first > 0
    recalls = {name.replace("R@", "Rank-"): values for name, values in success(ranks.first[kept]).items()}
    columns = {**recalls, "mAP": 100.0 * ranks.precision[kept]}
    groups = corpus.sentence_groups[kept]
    return [
        {"property": own.name, "values": sliced(columns, groups, own.of(kept), bootstrap=bootstrap)}
        for own, _ in _sentence_properties(corpus)
    ]


def phrase_slices(regions: CorpusRegions, found: Asked, *, bootstrap: int = 1000) -> list[dict[str, Any]]:
    """Slices of phrases, by their length, the size and number of their boxes, and the columns of their image.

    Args:
        regions: the split.
        found: where the right boxes of those that were asked for stand.
        bootstrap: resamples of images for the intervals; 0 leaves the intervals out.
    """
    asked = regions.asked
    images, boxes = asked.images[found.phrases], regions.boxes[found.phrases]
    columns = {**success(found.ranks.rank), "upper_bound": 100.0 * found.ranks.reachable}
    shares = np.round(100.0 * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1, dtype=np.float64), 1)
    properties = [
        word_counts("words in the phrase", [asked.texts[row] for row in found.phrases]),
        property_of("percent of the picture that is marked", shares.tolist()),
        property_of("boxes of the phrase", np.diff(asked.offsets)[found.phrases].tolist()),
        *(one.of(images) for one in image_properties(asked.corpus)),
    ]
    return [
        {"property": one.name, "values": sliced(columns, images, one, counted="phrases", bootstrap=bootstrap)}
        for one in properties
        if one is not None
    ]


class _Queries:
    """The queries of one direction that have a match."""

    def __init__(self, ranks: NDArray[np.int64], groups: NDArray[np.int64]) -> None:
        self._kept = ranks > 0
        self._columns, self._groups = success(ranks[self._kept]), groups[self._kept]

    def sliced(self, by: Property, bootstrap: int) -> dict[str, dict[str, Any]]:
        return sliced(self._columns, self._groups, by.of(self._kept), bootstrap=bootstrap)


def _sentence_properties(corpus: Corpus) -> Iterator[tuple[Property, Property | None]]:
    """Each property of the sentences, and the same of the images where they have it."""
    words = word_counts("words in the sentence", corpus.sentence_texts)
    if words is not None:
        yield words, None
    for one in image_properties(corpus):
        yield one.of(corpus.sentence_images), one


def _by_value(values: tuple[str, ...], sides: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """By value, then by direction."""
    return {
        value: {side: parts[value] for side, parts in sides.items() if value in parts}
        for value in values
        if any(value in parts for parts in sides.values())
    }
