"""`twobranch check`: what the data is, and what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from twobranch.cli.options import Cache, Columns, Data, Format, Images, Json, SkipBadRows, Threads, parse_columns

if TYPE_CHECKING:
    from rich.console import Console

    from twobranch.corpus.doctor import Diagnosis

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


def check(
    data: Data,
    images: Images = None,
    columns: Columns = None,
    format: Format = None,
    skip_bad_rows: SkipBadRows = False,
    threads: Threads = None,
    cache: Cache = None,
    json_output: Json = False,
) -> None:
    """Say what DATA is understood as, and list what is wrong with it.

    Missing and corrupt images, broken rows, duplicates, leakage between splits, and sentences that tell nothing apart.
    Exits with 0 where training can run and with 2 where it would refuse.
    """
    from twobranch.corpus.doctor import diagnose
    from twobranch.corpus.read import read_options

    del cache  # taken, so that the options of `train` can be tried here unchanged; nothing is cached
    options = read_options(images, parse_columns(columns), format, skip_bad_rows)
    diagnosis = diagnose(data, options, threads=threads)
    if json_output:
        typer.echo(json.dumps(diagnosis.to_json(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        from rich.console import Console

        _print(diagnosis, Console(highlight=False))
    if not diagnosis.trainable:
        raise typer.Exit(2)


def _print(diagnosis: Diagnosis, console: Console) -> None:
    """The report for people; user text is escaped, because rich reads square brackets as markup."""
    from rich.markup import escape

    console.print(f"[bold]{escape(diagnosis.data)}[/] is read as [bold]{diagnosis.format}[/]")
    for note in diagnosis.notes:
        console.print(f"  {escape(note)}")
    if diagnosis.corpus:
        console.print(f"  {escape(diagnosis.corpus.summary())}")
        _print_splits(diagnosis, console)
    for finding in diagnosis.findings:
        console.print(f"[{STYLES[finding.severity]}]{finding.severity}[/] {escape(finding.message)}")
        for example in finding.examples:
            console.print(f"    {escape(example)}")
        if (more := finding.count - len(finding.examples)) > 0 and finding.examples:
            console.print(f"    and {more:,} more")
    console.print("training can run" if diagnosis.trainable else "[bold red]training would refuse this data[/]")


def _print_splits(diagnosis: Diagnosis, console: Console) -> None:
    from rich.table import Table

    columns = ("images", "sentences", "phrases", "regions", "groups", "fingerprint")
    table = Table("split", *columns)
    for name, sizes in diagnosis.to_json()["splits"].items():
        table.add_row(name, *(f"{sizes[column]:,}" if column != "fingerprint" else sizes[column] for column in columns))
    console.print(table)
