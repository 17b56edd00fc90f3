"""`twobranch check`: what the data is, and what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from twobranch.cli.options import Cache, Columns, Data, Format, Images, Json, SkipBadRows, Threads, parse_columns

if TYPE_CHECKING:
    from rich.console import Console

    from twobranch.corpus.doctor import Diagnosis

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
SIZES = ("images", "groups", "sentences", "phrases", "regions")


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

    from twobranch.errors import one_line

    def say(text: str) -> None:
        console.print(one_line(text), soft_wrap=True)  # a line stays a line, so that the report can be searched

    say(f"[bold]{escape(diagnosis.data)}[/] is read as [bold]{diagnosis.format}[/]")
    for note in diagnosis.notes:
        say(f"  {escape(note)}")
    if diagnosis.corpus:
        say(f"  {escape(diagnosis.corpus.summary())}")
        _print_splits(diagnosis.to_json()["splits"], console)
    for finding in diagnosis.findings:
        say(f"[{STYLES[finding.severity]}]{finding.severity}[/] {escape(finding.message)}")
        for example in finding.examples:
            say(f"    {escape(example)}")
        if finding.examples and (more := finding.count - len(finding.examples)):
            say(f"    and {more:,} more")
    say("training can run" if diagnosis.trainable else "[bold red]training would refuse this data[/]")


def _print_splits(splits: dict[str, dict[str, Any]], console: Console) -> None:
    from rich.table import Table

    columns = [name for name in SIZES if any(sizes[name] for sizes in splits.values())]
    table = Table("split", *columns, "fingerprint")
    for name, sizes in splits.items():
        table.add_row(name, *(f"{sizes[column]:,}" for column in columns), sizes["fingerprint"])
    console.print(table)
