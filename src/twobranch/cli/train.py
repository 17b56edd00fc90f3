"""`twobranch train`: from a corpus and a recipe to a matcher."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from twobranch.cli.options import Cache, Columns, Data, Device, Format, Images, SkipBadRows, Threads, open_corpus


def train(
    data: Data,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The folder of the run.", show_default=False)],
    recipe: Annotated[
        str, typer.Option("--recipe", metavar="NAME|FILE", help="See: twobranch recipes list.")
    ] = "default",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change one value of the recipe.", show_default=False),
    ] = None,
    init: Annotated[
        Path | None,
        typer.Option("--init", metavar="MODEL", help="Start from an earlier matcher's weights.", show_default=False),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the interrupted run in RUN.")] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Also write TensorBoard events.")] = False,
    images: Images = None,
    columns: Columns = None,
    format: Format = None,
    skip_bad_rows: SkipBadRows = False,
    cache: Cache = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Train a matcher on DATA; RUN/model is the matcher, RUN/report.html the report."""
    from twobranch.progress import log
    from twobranch.training import fit
    from twobranch.training.processes import training_processes

    with training_processes():  # already here, so that what is wrong with DATA is said once
        corpus = open_corpus(data, images, columns, format, skip_bad_rows)
        fit(
            corpus,
            recipe,
            out=out,
            settings=settings or [],
            init=init,
            resume=resume,
            device=device,
            threads=threads,
            cache=cache,
            tensorboard=tensorboard,
            command=shlex.join(["twobranch", *sys.argv[1:]]),
        )
        log.info("report: %s", out / "report.html")
