"""Answers as notebooks show them: pictures with probabilities, sentences in a table."""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import TYPE_CHECKING

from twobranch.errors import TwobranchError
from twobranch.html import line_html, pictures_html, table_html

if TYPE_CHECKING:
    from twobranch.search.annotation import Annotation
    from twobranch.search.result import Hit, SearchResult

SIDE = 160
"""Longer side of a picture, in pixels."""


def search_html(result: SearchResult) -> str:
    """The hits of a search with their pictures, everything escaped."""
    asked = f"“{result.query}”" if result.kind == "sentence" else f"like {PurePath(result.query).name}"
    among = f"{asked} among {result.candidates:,} images"
    if result.any_match is not None:
        among += f": {result.any_match:.0%} that any matches"
    if result.no_good_match:
        return line_html(among) + line_html("no good match")
    return line_html(among) + pictures_html([(_small_jpeg(hit.path), _lines(hit)) for hit in result.hits])


def annotation_html(annotation: Annotation) -> str:
    """The sentences of an image in a table, everything escaped."""
    if annotation.no_good_match:
        return line_html("no good match")
    rows = [
        ["" if hit.probability is None else f"{hit.probability:.0%}", f"{hit.score:.3f}", hit.sentence]
        for hit in annotation.hits
    ]
    return table_html(["probability", "score", "sentence"], rows)


def _lines(hit: Hit) -> list[str]:
    chance = f"{hit.score:.3f}" if hit.probability is None else f"{hit.probability:.0%}"
    return [f"{chance} {hit.id}", *(f"{name}: {value}" for name, value in hit.metadata.items() if value is not None)]


def _small_jpeg(path: str) -> bytes:
    """The picture, small; empty where the file cannot be read any more."""
    from twobranch.features.showing import shown_image

    try:
        picture, _ = shown_image(path, SIDE)
    except TwobranchError:
        return b""
    picture.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
