"""The report of a matcher on a split: what `write_report` shows, gathered from the matcher and the pictures."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twobranch.corpus import Corpus
from twobranch.errors import TwobranchError
from twobranch.evaluation.evaluate import embedded, embedded_ranks
from twobranch.evaluation.report import GalleryItem, gallery_queries, write_report
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.features.showing import shown_image
from twobranch.matcher.matcher import Floats, Matcher

SHOWN = 5
"""Answers that the gallery shows of a query."""
SIDE = 200
"""Longer side of a picture in the gallery, in pixels."""

Kind = Literal["best", "typical", "worst"]
KINDS: tuple[Kind, ...] = ("best", "typical", "worst")


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
    """
    images, sentences = embedded(matcher, features)
    corpus = features.corpus
    ranks = embedded_ranks(matcher, images, sentences, corpus.image_groups, corpus.sentence_groups)
    gallery = [
        *_gallery("t2i", corpus, lambda row: matcher.score_embeddings(images, sentences[[row]])[:, 0], ranks.t2i),
        *_gallery("i2t", corpus, lambda row: matcher.score_embeddings(images[[row]], sentences)[0], ranks.i2t),
    ]
    write_report(
        path,
        title=title,
        metrics=metrics,
        before=before,
        history=history,
        calibration=matcher.provenance.probability,
        ranks=ranks,
        facts={
            "recipe": matcher.recipe_name,
            "trained on corpus": matcher.corpus_fingerprint,
            "matcher": matcher.identity,
            **facts,
        },
        gallery=gallery,
    )


def _gallery(
    direction: Literal["t2i", "i2t"], corpus: Corpus, scores: Callable[[int], Floats], ranks: NDArray[np.int64]
) -> list[GalleryItem]:
    """Some queries of one direction with what they find; `scores` gives the scores of all items for a query."""
    images = (corpus.image_ids, corpus.image_groups)
    sentences = (corpus.sentence_texts, corpus.sentence_groups)
    (asked, asked_groups), (found, found_groups) = (sentences, images) if direction == "t2i" else (images, sentences)
    paths = corpus.image_paths
    gallery = []
    chosen = gallery_queries(ranks)
    for kind in KINDS:
        for query in chosen[kind]:
            order = np.argsort(-scores(query), kind="stable")[:SHOWN]
            gallery.append(
                GalleryItem(
                    direction=direction,
                    kind=kind,
                    query=asked[query],
                    rank=int(ranks[query]),
                    pictures=[_thumbnail(paths[row]) for row in (order if direction == "t2i" else [query])],
                    captions=[found[row] for row in order],
                    matches=(found_groups[order] == asked_groups[query]).tolist(),
                )
            )
    return gallery


def _thumbnail(path: str) -> bytes:
    """A small JPEG of a picture; a gray one where the file has become unreadable since it was encoded."""
    from PIL import Image

    try:
        picture, _ = shown_image(path, SIDE)
    except TwobranchError:
        picture = Image.new("RGB", (SIDE, SIDE), "lightgray")
    picture.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
