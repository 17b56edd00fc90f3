"""`twobranch annotate`: which sentences of a list fit each picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twobranch.cli.cells import bar, text
from twobranch.cli.options import Cache, Columns, Device, Json, Threads, parse_columns
from twobranch.cli.output import write_document
from twobranch.cli.thumbnails import Thumbnails, thumbnails
from twobranch.errors import TwobranchError
from twobranch.progress import counted, log

if TYPE_CHECKING:
    from rich.table import Table

    from twobranch.search.annotation import Annotation

_BATCH = 1024


def annotate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A matcher folder.", show_default=False)],
    images: Annotated[
        Path, typer.Argument(metavar="IMAGES", help="A picture, or a folder or tar of them.", show_default=False)
    ],
    sentences: Annotated[
        Path,
        typer.Option(
            "--sentences",
            metavar="FILE",
            help="One sentence per line, or a table (CSV, TSV, JSONL, Parquet) with a column of them.",
            show_default=False,
        ),
    ],
    k: Annotated[int, typer.Option("-k", min=1, help="Sentences per picture.")] = 5,
    min_probability: Annotated[
        float | None,
        typer.Option(
            "--min-probability",
            metavar="P",
            help="Drop sentences that match with a lower probability.",
            show_default=False,
        ),
    ] = None,
    columns: Columns = None,
    show: Thumbnails = None,
    cache: Cache = None,
    device: Device = "auto",
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Rank the sentences of a list for each picture in IMAGES."""
    from twobranch.matcher import Matcher
    from twobranch.search.annotation import Annotator, read_sentences

    listed = read_sentences(sentences, parse_columns(columns).get("sentence"))
    files = _files(images)
    matcher = Matcher.load(model, device=device, threads=threads, cache=cache)
    annotator = Annotator(matcher, listed, k=k, min_probability=min_probability)
    annotations: dict[str, Annotation] = {}
    failures: dict[str, str] = {}
    for start in counted("annotating images", range(0, len(files), _BATCH), len(files), each=_BATCH):
        batch = files[start : start + _BATCH]
        embeddings, failed = matcher.try_encode_images([path for _, path in batch])
        failures.update({batch[row][0]: message for row, message in failed.items()})
        for row, annotation in enumerate(annotator.annotate(embeddings)):
            if row not in failed:
                annotations[batch[row][0]] = annotation
    for name, message in failures.items():
        log.warning("%s: %s", name, message)
    if not annotations:
        raise TwobranchError(str(images), "a picture must be readable", found="none", remedy="Name other files.")
    if as_json:
        write_document(
            _document(matcher.identity, annotator.sentences, min_probability, dict(files), annotations, failures)
        )
    else:
        _print(annotations, dict(files), show)


def _files(images: Path) -> list[tuple[str, str]]:
    """Id and path of each picture."""
    from twobranch.corpus.containers import container_of, is_container
    from twobranch.search.scan import Scan, scan_folder
    from twobranch.search.sources import find_images

    if not is_container(images) and (images.is_file() or container_of(str(images.absolute()))):
        return [(images.name, str(images.absolute()))]
    if not images.exists():
        raise TwobranchError(str(images), "IMAGES must exist", remedy="Check the path.")
    scan = scan_folder(images) if images.is_dir() else Scan()
    found = scan.images or find_images(images).images
    return [(image.id, image.path) for image in found.values()]


def _document(
    model: str,
    sentences: list[str],
    min_probability: float | None,
    paths: dict[str, str],
    annotations: dict[str, Annotation],
    failures: dict[str, str],
) -> dict[str, Any]:
    from twobranch.search.probability import PRIORS

    calibrated = any(annotation.any_match is not None for annotation in annotations.values())
    return {
        "model": model,
        "sentences": len(sentences),
        "priors": PRIORS if calibrated else None,
        "min_probability": min_probability,
        "images": [
            {"id": name, "path": paths[name], **annotation.to_json()} for name, annotation in annotations.items()
        ],
        "failures": failures,
    }


def _print(annotations: dict[str, Annotation], paths: dict[str, str], asked: bool | None) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    show = thumbnails(console, asked)
    for name, annotation in annotations.items():
        console.print(text(name), style="bold")
        if annotation.no_good_match:
            console.print("  no good match", style="yellow")
            continue
        beside = Table.grid(padding=(0, 2))
        beside.add_row("", *([show(paths[name])] if show else []), _hits(annotation))
        console.print(beside)


def _hits(annotation: Annotation) -> Table:
    """The sentences of a picture, best first."""
    from rich.table import Table

    calibrated = any(hit.probability is not None for hit in annotation.hits)
    table = Table.grid(padding=(0, 2))
    for no_wrap in (*[True] * calibrated, True, False):
        table.add_column(no_wrap=no_wrap)
    for hit in annotation.hits:
        chance = [] if hit.probability is None else [bar(hit.probability)]
        table.add_row(*chance, text(f"{hit.score:.3f}"), text(hit.sentence))
    return table
