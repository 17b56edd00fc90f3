"""`twobranch reproduce`: the rows of a paper on a corpus, beside the published numbers."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

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
    open_corpus,
)
from twobranch.cli.output import write_document
from twobranch.errors import TwobranchError


def reproduce(
    paper: Annotated[
        str,
        typer.Argument(
            metavar="PAPER", help="two-branch, cnn-mlp, mite, dual-path, text, beyond or all.", show_default=False
        ),
    ],
    data: Data,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="The folder of the tables and trainings.", show_default=False)
    ],
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each row.")] = 3,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="ROW", help="Train this row alone; may be repeated.", show_default=False),
    ] = None,
    as_json: Json = False,
    images: Images = None,
    columns: Columns = None,
    format: Format = None,
    skip_bad_rows: SkipBadRows = False,
    cache: Cache = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Train the rows of PAPER on DATA and test its findings; DIR/table.html is the table. Goes on where it stopped."""
    from twobranch.reproduction import reproduce as run
    from twobranch.reproduction.paper import papers_of

    papers_of(paper)  # an unknown name is told before the corpus is read
    corpus = open_corpus(data, images, columns, format, skip_bad_rows)
    document = run(
        paper,
        corpus,
        out,
        seeds=seeds,
        only=only or [],
        device=device,
        threads=threads,
        cache=cache,
        command=shlex.join(["twobranch", *sys.argv[1:]]),
    )
    if as_json:
        write_document(document)
    else:
        _print(document)
    failed = {row["recipe"] for part in document["papers"] for row in part["rows"] if row["failures"]}
    if failed:
        raise TwobranchError(
            str(out / "table.md"),
            "every row must be trained",
            found=f"{len(failed)} that could not: {', '.join(sorted(failed))}",
            remedy="The table says why. The same command tries them again.",
        )


def _print(document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for paper in document["papers"]:
        rows = Table("row", "i2t R@1", "t2i R@1", "rsum", "95 %", title=paper["title"], title_justify="left")
        for row in paper["rows"]:
            if row["seeds"]:
                low, high = row["rsum_interval"]
                values = (row["i2t"]["R@1"], row["t2i"]["R@1"], row["rsum"])
                rows.add_row(row["recipe"], *(f"{value:.1f}" for value in values), f"{low:.1f} to {high:.1f}")
        findings = Table("verdict", "finding", "difference", box=None)
        for finding in paper["findings"]:
            difference = "" if finding["difference"] is None else f"{finding['difference']:+.2f}"
            findings.add_row(finding["verdict"], finding["claim"], difference)
        console.print(rows, findings)
