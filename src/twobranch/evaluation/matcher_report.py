"""The report of a matcher on a split: what `write_report` shows, gathered from the matcher and the pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.evaluation.ranks import embedding_ranks
from twobranch.evaluation.report import GalleryItem, gallery_queries, write_report
from twobranch.features.corpus_features import CorpusFeatures
from twobranch.features.decoding import decode_image
from twobranch.matcher.matcher import Matcher

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
    images = matcher.embed_image_features(features.images)
    sentences = matcher.embed_sentence_features(features.sentences)
    corpus = features.corpus
    ranks = embedding_ranks(images, sentences, corpus.image_groups, corpus.sentence_groups)
    gallery = [
        *_searches(features, images, sentences, ranks.t2i),
        *_annotations(features, images, sentences, ranks.i2t),
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


def _searches(
    features: CorpusFeatures, images: NDArray[np.float32], sentences: NDArray[np.float32], ranks: NDArray[np.int64]
) -> list[GalleryItem]:
    """Sentences with the images that they find."""
    corpus = features.corpus
    ids, paths, texts = corpus.image_ids, corpus.image_paths, corpus.sentence_texts
    items = []
    chosen = gallery_queries(ranks)
    for kind in KINDS:
        for query in chosen[kind]:
            order = np.argsort(-(images @ sentences[query]), kind="stable")[:SHOWN]
            items.append(
                GalleryItem(
                    direction="t2i",
                    kind=kind,
                    query=texts[query],
                    rank=int(ranks[query]),
                    pictures=[_thumbnail(paths[row]) for row in order],
                    captions=[ids[row] for row in order],
                    matches=(corpus.image_groups[order] == corpus.sentence_groups[query]).tolist(),
                )
            )
    return items


def _annotations(
    features: CorpusFeatures, images: NDArray[np.float32], sentences: NDArray[np.float32], ranks: NDArray[np.int64]
) -> list[GalleryItem]:
    """Images with the sentences that they find."""
    corpus = features.corpus
    ids, paths, texts = corpus.image_ids, corpus.image_paths, corpus.sentence_texts
    items = []
    chosen = gallery_queries(ranks)
    for kind in KINDS:
        for query in chosen[kind]:
            order = np.argsort(-(sentences @ images[query]), kind="stable")[:SHOWN]
            items.append(
                GalleryItem(
                    direction="i2t",
                    kind=kind,
                    query=ids[query],
                    rank=int(ranks[query]),
                    pictures=[_thumbnail(paths[query])],
                    captions=[texts[row] for row in order],
                    matches=(corpus.sentence_groups[order] == corpus.image_groups[query]).tolist(),
                )
            )
    return items


def _thumbnail(path: str) -> bytes:
    """A small JPEG of a picture; a gray one where the file has become unreadable since it was encoded."""
    from PIL import Image

    try:
        picture = decode_image(path, SIDE)
    except TwobranchError:
        picture = Image.new("RGB", (SIDE, SIDE), "lightgray")
    picture.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
