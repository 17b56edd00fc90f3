"""A short name for the content of a corpus: equal content, equal fingerprint, wherever the folder is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pyarrow as pa

COVERED = (
    ("id", "bytes", "split", "group"),
    ("id", "text", "image", "group"),
    ("sentence", "start", "end", "types"),
    ("phrase", "x0", "y0", "x1", "y1"),
)
"""The columns that decide results: of images, sentences, phrases and regions. Absolute paths are not among them."""


ROWS = 65_536
"""Rows that are written as JSON at a time; the fingerprint does not depend on it."""


def fingerprint(images: pa.Table, sentences: pa.Table, phrases: pa.Table, regions: pa.Table) -> str:
    """The first 16 hexadecimal digits of a SHA-256 over the columns in `COVERED`, row by row."""
    digest = hashlib.sha256()
    for table, columns in zip((images, sentences, phrases, regions), COVERED, strict=True):
        for column in columns:
            for part in _json_parts(column, table.column(column)):
                digest.update(part.encode())
    return digest.hexdigest()[:16]


def _json_parts(name: str, column: pa.ChunkedArray) -> Iterator[str]:
    """The JSON list of a column's name and values, piece by piece: a million sentences need no memory at once."""
    yield f"[{json.dumps(name)}, ["
    for start in range(0, len(column), ROWS):
        values = column.slice(start, ROWS).to_pylist()
        yield (", " if start else "") + json.dumps(values, ensure_ascii=False)[1:-1]
    yield "]]"
