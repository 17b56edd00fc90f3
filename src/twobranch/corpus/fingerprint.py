"""A short name for the content of a corpus: equal content, equal fingerprint, wherever the folder is."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa

COVERED = (
    ("id", "bytes", "split", "group"),
    ("id", "text", "image", "group"),
    ("sentence", "start", "end", "types"),
    ("phrase", "x0", "y0", "x1", "y1"),
)
"""The columns that decide results: of images, sentences, phrases and regions. Absolute paths are not among them."""


def fingerprint(images: pa.Table, sentences: pa.Table, phrases: pa.Table, regions: pa.Table) -> str:
    """The first 16 hexadecimal digits of a SHA-256 over the columns in `COVERED`, row by row."""
    digest = hashlib.sha256()
    for table, columns in zip((images, sentences, phrases, regions), COVERED, strict=True):
        for column in columns:
            digest.update(json.dumps([column, table.column(column).to_pylist()], ensure_ascii=False).encode())
    return digest.hexdigest()[:16]
