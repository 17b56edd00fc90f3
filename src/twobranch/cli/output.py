"""Results: one JSON document, to standard output or a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from twobranch.files import write_json


def write_document(document: Any, out: Path | None = None) -> None:
    """Print a JSON document on standard output, or write it to a file."""
    if out is None:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        write_json(out, document)
