"""`twobranch cache`: what is cached, and how to get the disk back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer

from twobranch.progress import console

app = typer.Typer(no_args_is_help=True, help="List or clear cached features.")

_CACHE = typer.Option(None, "--cache", metavar="DIR", help="Cache folder. Default: $TWOBRANCH_CACHE or the user's.")


@app.command("list")
def list_cache(
    as_json: bool = typer.Option(False, "--json", help="Print one JSON document."), cache: Path | None = _CACHE
) -> None:
    """Show what is cached: encoder, view, output, rows and size."""
    from twobranch.features.cache import FeatureCache

    found = FeatureCache(cache)
    entries = found.entries()
    if as_json:
        document = {"folder": str(found.folder), "entries": [asdict(entry) for entry in entries]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{found.folder}: {sum(entry.bytes for entry in entries) / 1e6:.1f} MB of features")
    for entry in entries:
        size = f"{entry.rows:9,} rows {entry.bytes / 1e6:9.1f} MB"
        typer.echo(f"  {entry.encoder:22} {entry.view:18} {entry.output:7} {size}")


@app.command("clear")
def clear_cache(
    encoder: str | None = typer.Option(None, help="Only the features of this encoder."), cache: Path | None = _CACHE
) -> None:
    """Delete cached features, and without --encoder the converted networks too; they are made again when needed."""
    from twobranch.features.cache import FeatureCache
    from twobranch.features.converted import clear_converted
    from twobranch.features.remembered import clear_remembered

    found = FeatureCache(cache)
    freed = found.clear(encoder)
    if encoder is None:
        freed += clear_converted(found.folder) + clear_remembered(found.folder)
    console.print(f"{found.folder}: {freed / 1e6:.1f} MB freed")
