"""`twobranch index`: build an index of pictures, or bring one up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twobranch.cli.options import Cache, Columns, Device, Format, Images, Json, SkipBadRows, Threads, parse_columns
from twobranch.cli.output import write_document
from twobranch.errors import TwobranchError, nearest
from twobranch.progress import console, log

if TYPE_CHECKING:
    from twobranch.search import Index
    from twobranch.search.building import Report
    from twobranch.search.engines import Engine

_SHOWN = 20


def index(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A matcher folder.", show_default=False)],
    data: Annotated[
        str,
        typer.Argument(
            metavar="IMAGES",
            help="A folder of pictures, annotations that list them, or s3://bucket/prefix.",
            show_default=False,
        ),
    ],
    out: Annotated[
        str,
        typer.Option("--out", metavar="INDEX", help="The index folder, or s3://bucket/prefix.", show_default=False),
    ],
    metadata: Annotated[
        Path | None,
        typer.Option(
            "--metadata",
            metavar="FILE",
            help="A table with a row per picture (CSV, TSV, JSONL, Parquet): columns that --where can use.",
            show_default=False,
        ),
    ] = None,
    views: Annotated[
        str | None,
        typer.Option(
            "--views",
            metavar="NAME,...",
            help="Views of a picture that are averaged; fewer are faster, and a little less precise.",
            show_default="those of the training",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="Who encodes: local, this process; or ray, a Ray cluster or several processes of this machine.",
        ),
    ] = "local",
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            help="Workers of --engine ray; each has --threads processors, and loads MODEL.",
            show_default="as many as the cluster has room for",
        ),
    ] = None,
    images: Images = None,
    columns: Columns = None,
    format: Format = None,
    skip_bad_rows: SkipBadRows = False,
    cache: Cache = None,
    device: Device = "auto",
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Index the pictures in IMAGES with MODEL, so that `twobranch search` finds them by sentence.

    Run it again to bring an index up to date: new and changed pictures are added, vanished ones removed, moved ones
    recognized by their content. An interrupted run goes on where it stopped.
    """
    from twobranch.matcher import Matcher
    from twobranch.search import Index

    computing = _engine(engine, workers, device=device, threads=threads, cache=cache)
    matcher = Matcher.load(model, device=device, threads=threads, cache=cache)
    built = Index.build(
        matcher,
        data,
        out,
        views=None if views is None else [view.strip() for view in views.split(",")],
        metadata=metadata,
        engine=computing,
        images=images,
        columns=parse_columns(columns),
        format=format,
        skip_bad_rows=skip_bad_rows,
    )
    report = built.report
    if report is None:  # build always reports
        return
    _list_failures(report)
    if as_json:
        document = {"index": str(out), "identity": built.identity, "images": len(built), **report.to_json()}
        write_document(document)
    else:
        _print(built, report, out)


def _engine(name: str, workers: int | None, **options: Any) -> Engine:
    """The engine of a name, before the matcher is loaded: a wrong option must not cost time."""
    from twobranch.search.building import ENGINES
    from twobranch.search.local_engine import LocalEngine
    from twobranch.search.ray_engine import RayEngine

    if name not in ENGINES:
        raise TwobranchError("--engine", "must be a known engine", found=name, remedy=nearest(name, list(ENGINES)))
    if ENGINES[name] is RayEngine:
        return RayEngine(workers=workers, **options)
    if workers is not None:
        raise TwobranchError(
            "--workers", "is for --engine ray", found=f"--engine {name}", remedy="Use --threads, or add --engine ray."
        )
    return LocalEngine()


def _print(built: Index, report: Report, out: str) -> None:
    names = ("added", "changed", "moved", "updated", "removed", "unchanged")
    parts = [f"{getattr(report, name):,} {name}" for name in names if getattr(report, name)]
    lines = (
        f"{out}: {len(built):,} images ({', '.join(parts)}) in {report.seconds:.1f} s",
        f'search it: twobranch search {out} "a sentence"',
    )
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _list_failures(report: Report) -> None:
    if not report.failures:
        return
    log.warning("%d images could not be read and are not in the index:", len(report.failures))
    for image_id, message in list(report.failures.items())[:_SHOWN]:
        log.warning("  %s: %s", image_id, message)
    if len(report.failures) > _SHOWN:
        log.warning("  and %d more; --json lists all", len(report.failures) - _SHOWN)
