"""A corpus as notebooks show it: how much there is in each split, and a few pictures with their sentences."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from twobranch.corpus.contents import open_content
from twobranch.corpus.pictures import TURNS, open_picture, orientation
from twobranch.html import line_html, pictures_html, table_html

if TYPE_CHECKING:
    from twobranch.corpus.corpus import Corpus

SHOWN = 4
"""Pictures, spread evenly over the corpus."""
SIDE = 160
"""Longer side of a picture, in pixels."""
SIZES = ("images", "sentences", "phrases", "regions")


def corpus_html(corpus: Corpus) -> str:
    """The corpus as HTML, everything escaped."""
    parts = {name: corpus.split(name) for name in corpus.split_names}
    names = [name for name in SIZES if getattr(corpus, name).num_rows or name in ("images", "sentences")]
    rows = [_row(name, part, names) for name, part in {**parts, "all": corpus}.items()]
    columns = ", ".join(corpus.metadata_columns)
    return (
        table_html(["split", *names, "fingerprint"], rows)
        + line_html(f"your columns: {columns}" if columns else "")
        + pictures_html(_examples(corpus))
    )


def _row(name: str, part: Corpus, names: list[str]) -> list[str]:
    return [name, *(f"{getattr(part, size).num_rows:,}" for size in names), part.fingerprint]


def _examples(corpus: Corpus) -> list[tuple[bytes, list[str]]]:
    """Some pictures, each with its id and its first sentence."""
    count = len(corpus.image_ids)
    chosen = np.unique(np.linspace(0, count - 1, min(SHOWN, count)).astype(int)).tolist() if count else []
    found = []
    for row in chosen:
        first = np.flatnonzero(corpus.sentence_images == row)[:1]
        lines = [corpus.image_ids[row], *(corpus.sentence_texts[sentence] for sentence in first)]
        found.append((small_jpeg(corpus.image_paths[row]), lines))
    return found


def small_jpeg(path: str) -> bytes:
    """A picture, upright and small; empty where it cannot be read, or holds features.

    Example:
        >>> small_jpeg("/no/such/file.jpg")
        b''
    """
    file = io.BytesIO()
    try:
        with open_content(path) as data, open_picture(data) as image:
            image.draft("RGB", (SIDE, SIDE))
            image.thumbnail((SIDE, SIDE))
            turn = TURNS.get(orientation(image))
            small: Image.Image = image if turn is None else image.transpose(turn)
            small.convert("RGB").save(file, "JPEG", quality=80)
    except Exception:  # Pillow's decoders raise whatever their format's parser raises
        return b""
    return file.getvalue()
