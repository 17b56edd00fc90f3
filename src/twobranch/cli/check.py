"""`twobranch check`: what the data is, and what is wrong with it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twobranch.cli.options import (
    Cache,
    Columns,
    Data,
    Device,
    Format,
    Images,
    Json,
    SkipBadRows,
    Threads,
    parse_columns,
)
from twobranch.cli.output import write_document

if TYPE_CHECKING:
    from rich.console import Console

    from twobranch.corpus.doctor import Diagnosis

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}
SIZES = ("images", "groups", "sentences", "phrases", "regions")
EXAMPLES = 10
"""Cases of a finding that are printed; the report and the JSON document have more."""


def check(
    data: Data,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="MODEL", help="A matcher folder; also rank suspicious pairs.", show_default=False
        ),
    ] = None,
    json_output: Json = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the JSON document to a file.", show_default=False),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE.html",
            help="Also write a page with pictures; in a folder it is report.html.",
            show_default=False,
        ),
    ] = None,
    images: Images = None,
    columns: Columns = None,
    format: Format = None,
    skip_bad_rows: SkipBadRows = False,
    cache: Cache = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Say what DATA is understood as, and list what is wrong with it.

    Missing and corrupt images, broken rows, duplicates and near duplicates, leakage between splits, sentences that say
    nothing or are not English, too little data, and with --model the pairs that are most likely wrong. Exits with 0
    where training can run and with 2 where it would refuse.
    """
    from twobranch.corpus.doctor import diagnose
    from twobranch.corpus.read import read_options

    options = read_options(images, parse_columns(columns), format, skip_bad_rows)
    if model is None:
        diagnosis = diagnose(data, options, threads=threads)
    else:
        from twobranch.evaluation.suspicious_findings import diagnose_with_matcher
        from twobranch.matcher import Matcher

        matcher = Matcher.load(model, device=device, threads=threads, cache=cache)
        diagnosis = diagnose_with_matcher(matcher, data, options, threads=threads)
    if report is not None:
        from twobranch.evaluation.reports.doctor import write_doctor_report

        page = report if report.suffix.lower() in (".html", ".htm") else report / "report.html"
        write_doctor_report(page, diagnosis, {"command": shlex.join(["twobranch", *sys.argv[1:]])})
    if json_output or out is not None:
        write_document(diagnosis.to_json(), out)
    if not json_output:
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
        if splits := diagnosis.counts["splits"]:
            _print_splits(splits, console)
    for finding in diagnosis.findings:
        say(f"[{STYLES[finding.severity]}]{finding.severity}[/] {escape(finding.message)}")
        for example in finding.examples[:EXAMPLES]:
            say(f"    {escape(example)}")
        if finding.examples and (more := finding.count - min(len(finding.examples), EXAMPLES)):
            say(f"    and {more:,} more")
    say("training can run" if diagnosis.trainable else "[bold red]training would refuse this data[/]")


def _print_splits(splits: dict[str, dict[str, Any]], console: Console) -> None:
    from rich.table import Table

    columns = [name for name in SIZES if any(sizes[name] for sizes in splits.values())]
    table = Table("split", *columns, "fingerprint")
    for name, sizes in splits.items():
        table.add_row(name, *(f"{sizes[column]:,}" for column in columns), sizes["fingerprint"])
    console.print(table)
