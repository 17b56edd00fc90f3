"""`twobranch serve`: REST and the page for an index."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twobranch.cli.options import Device, Index, Threads
from twobranch.progress import console

if TYPE_CHECKING:
    from twobranch.matcher import Matcher


def serve(
    index: Index,
    host: Annotated[str, typer.Option("--host", metavar="NAME", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 takes a free one.")
    ] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            metavar="T",
            envvar="TWOBRANCH_TOKEN",
            help="What clients must present. Required where --host lets others in.",
            show_default=False,
        ),
    ] = None,
    grounder: Annotated[
        Path | None,
        typer.Option(
            "--grounder",
            metavar="MODEL",
            help="A matcher of regions that grounds, more precisely than the index's own.",
            show_default=False,
        ),
    ] = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Serve INDEX on this machine: the page at /, REST described at /docs. Ctrl-C stops it."""
    # Read when torch is imported: its threads are to sleep between queries, not to spin in the way of the next step.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from twobranch import search
    from twobranch.serving.server import check_host, run_server

    check_host(host, token)
    opened = search.Index.open(index, device=device, threads=threads)
    grounds = None if grounder is None else _load(grounder, device, threads)

    def ready(address: str) -> None:
        count = len(opened)
        console.print(f"{count:,} images at {address} (Ctrl-C stops)", highlight=False, markup=False, soft_wrap=True)

    run_server(opened, host, port, token, ready, grounder=grounds)


def _load(grounder: Path, device: str, threads: int | None) -> Matcher:
    from twobranch.matcher import Matcher

    return Matcher.load(grounder, device=device, threads=threads)
