"""The report of a matcher on whole images: what the page shows, gathered from the matcher and the pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twobranch.corpus import Corpus
from twobranch.evaluation.common_space import CommonSpace, common_space
from twobranch.evaluation.corpus_slices import retrieval_slices
from twobranch.evaluation.evaluate import embedded, embedded_ranks
from twobranch.evaluation.judging import Embedded, split_report
from twobranch.evaluation.ranks import Ranks
from twobranch.evaluation.reports.facts import matcher_facts
from twobranch.evaluation.reports.gallery import Answer, Direction, GalleryItem, gallery_queries
from twobranch.evaluation.reports.pictures import thumbnail
from twobranch.evaluation.reports.ranks import ranked_sides
from twobranch.evaluation.reports.retrieval_page import write_report
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.matcher.matcher import Floats, Matcher

SHOWN = 5
"""Answers that the gallery shows of a query."""


def write_matcher_report(
    path: Path,
    matcher: Matcher,
    features: CorpusFeatures,
    metrics: Mapping[str, Any],
    *,
    title: str,
    facts: Mapping[str, str],
    before: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    found: Ranks | None = None,
) -> None:
    """Write the report of a matcher on the features of a split.

    Args:
        path: the HTML file.
        matcher: the matcher.
        features: features of the split.
        metrics: the retrieval document of the split.
        title: heading of the report.
        facts: what was run, on what, how long.
        before: the retrieval document before training.
        history: rows of metrics.jsonl.
        found: the ranks that the document is made of; None to rank again.
    """
    images, sentences = embedded(matcher, features)
    corpus = features.corpus
    folds = metrics.get("folds", 1)
    if found is None or folds > 1:  # the galleries show what is found in the whole split
        whole = embedded_ranks(matcher, images, sentences, corpus.image_groups, corpus.sentence_groups)
    else:
        whole = found
    found = whole if found is None else found
    split = Embedded(images, sentences, corpus.image_groups, corpus.sentence_groups)
    calibration, judged_on = probability_of(matcher, corpus, split)
    write_report(
        path,
        title=title,
        metrics=metrics,
        before=before,
        history=history,
        ranked=ranked_sides(corpus, found, folds),
        slices=metrics.get("slices") or retrieval_slices(corpus, found),
        calibration=calibration,
        judged_on=judged_on,
        space=space_of(matcher, split),
        facts={**matcher_facts(matcher), **facts},
        gallery=[
            *gallery(sentence_queries(matcher, corpus, split), whole.t2i),
            *gallery(image_queries(matcher, corpus, split), whole.i2t),
        ],
    )


def probability_of(matcher: Matcher, corpus: Corpus, split: Embedded) -> tuple[Mapping[str, Any], str]:
    """How well the probability predicts on a split, and a word on how that was measured."""
    provenance = matcher.provenance
    known = provenance.corpus.get("splits", {}).get("val", {}).get("fingerprint")
    if known == corpus.fingerprint:
        return provenance.probability, "this split, in five parts, each by a calibration fitted on the others"
    if matcher.calibration is None:
        return {}, ""
    return split_report(matcher.calibration, split), "this split, which the calibration has not seen"


def space_of(matcher: Matcher, split: Embedded) -> CommonSpace | None:
    """The common space; a pair scorer compares nothing there."""
    if matcher.scores_pairs:
        return None
    return common_space(split.images, split.sentences, split.image_groups, split.sentence_groups)


class Queries(NamedTuple):
    """One direction of a split.

    Attributes:
        direction: which.
        asked: the queries as text: sentences, or ids of images.
        asked_groups: (Q,) their groups.
        items: the gallery as text.
        item_groups: (N,) its groups.
        scores: a query's scores of all items, (N,).
        picture: the thumbnail of an image row.
    """

    direction: Direction
    asked: Sequence[str]
    asked_groups: NDArray[np.int64]
    items: Sequence[str]
    item_groups: NDArray[np.int64]
    scores: Callable[[int], Floats]
    picture: Callable[[int], bytes]


def sentence_queries(matcher: Matcher, corpus: Corpus, split: Embedded) -> Queries:
    """Sentences that ask for images."""

    def scores(row: int) -> Floats:
        found: Floats = matcher.score_embeddings(split.images, split.sentences[[row]])[:, 0]
        return found

    paths = corpus.image_paths
    return Queries(
        "t2i", corpus.sentence_texts, corpus.sentence_groups, corpus.image_ids, corpus.image_groups, scores,
        lambda row: thumbnail(paths[row]),
    )  # fmt: skip


def image_queries(matcher: Matcher, corpus: Corpus, split: Embedded) -> Queries:
    """Images that ask for sentences."""

    def scores(row: int) -> Floats:
        found: Floats = matcher.score_embeddings(split.images[[row]], split.sentences)[0]
        return found

    paths = corpus.image_paths
    return Queries(
        "i2t", corpus.image_ids, corpus.image_groups, corpus.sentence_texts, corpus.sentence_groups, scores,
        lambda row: thumbnail(paths[row]),
    )  # fmt: skip


def gallery(queries: Queries, ranks: NDArray[np.int64]) -> list[GalleryItem]:
    """Some queries of one direction with what they find, and the match that they should have found."""
    chosen = gallery_queries(ranks)
    return [
        GalleryItem(
            direction=queries.direction,
            kind=kind,
            query=queries.asked[row],
            picture=queries.picture(row) if queries.direction == "i2t" else None,
            rank=int(ranks[row]),
            answers=answers,
            wanted=wanted,
        )
        for kind, rows in chosen.items()
        for row in rows
        for answers, wanted in [_answers(queries, row, int(ranks[row]))]
    ]


def _answers(queries: Queries, query: int, rank: int) -> tuple[list[Answer], Answer | None]:
    scores = queries.scores(query)
    order = np.argsort(-scores, kind="stable")
    match = queries.item_groups == queries.asked_groups[query]

    def answer(row: int, rank: int) -> Answer:
        picture = queries.picture(row) if queries.direction == "t2i" else None
        return Answer(queries.items[row], bool(match[row]), picture, rank)

    shown = [answer(int(row), place) for place, row in enumerate(order[:SHOWN], start=1)]
    if any(one.match for one in shown):
        return shown, None
    return shown, answer(int(order[match[order]][0]), rank)
