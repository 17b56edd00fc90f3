"""`twobranch search`: pictures of an index that match a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twobranch.cli.cells import bar, text
from twobranch.cli.options import Device, Index, Json, Threads
from twobranch.cli.output import write_document
from twobranch.cli.thumbnails import Thumbnails, thumbnails
from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from twobranch.matcher import Matcher
    from twobranch.search import SearchResult
    from twobranch.search.result import Reranking


def search(
    index: Index,
    sentence: Annotated[
        str | None, typer.Argument(metavar="SENTENCE", help="What the pictures show.", show_default=False)
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option("--image", metavar="FILE", help="Search by this picture instead.", show_default=False),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many pictures.")] = 10,
    offset: Annotated[
        int, typer.Option("--offset", metavar="N", min=0, help="Pass over so many of the best pictures.")
    ] = 0,
    where: Annotated[
        str | None,
        typer.Option(
            "--where",
            metavar="SQL",
            help="Only pictures for which this holds: a condition on id, width, height and the metadata columns.",
            show_default=False,
        ),
    ] = None,
    min_probability: Annotated[
        float | None,
        typer.Option(
            "--min-probability",
            metavar="P",
            help="Drop pictures that match with a lower probability.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        bool,
        typer.Option(
            "--text", help="Look for the words in the stored sentences and metadata, too, and fuse both orders."
        ),
    ] = False,
    rerank: Annotated[
        Path | None,
        typer.Option(
            "--rerank",
            metavar="MODEL",
            help="Score the best pictures with SENTENCE by this second matcher, and order them anew.",
            show_default=False,
        ),
    ] = None,
    candidates: Annotated[
        int | None,
        typer.Option(
            "--candidates",
            metavar="N",
            min=1,
            help="How many pictures --rerank scores.",
            show_default="100, at least -k",
        ),
    ] = None,
    show: Thumbnails = None,
    device: Device = "auto",
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Find the pictures in INDEX that match SENTENCE best, or that resemble a picture."""
    from twobranch import search as searching

    if (sentence is None) == (image is None):
        raise TwobranchError(
            "twobranch search",
            "a query is a sentence or a picture",
            found="neither" if sentence is None else "both",
            remedy='Write for example: twobranch search INDEX "a dog on a beach", or --image FILE.',
        )
    opened = searching.Index.open(index, device=device, threads=threads)
    result = opened.search(
        sentence,
        image=image,
        k=k,
        offset=offset,
        where=where,
        min_probability=min_probability,
        text=text,
        rerank=None if rerank is None else _reranker(rerank, device, threads),
        candidates=candidates,
    )
    if as_json:
        write_document(result.to_json())
    else:
        _print(result, show)


def _reranker(model: Path, device: str, threads: int | None) -> Matcher:
    from twobranch.matcher import Matcher

    return Matcher.load(model, device=device, threads=threads)


def _print(result: SearchResult, asked: bool | None) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    show = thumbnails(console, asked)
    if result.no_good_match:
        console.print(_no_good_match(result), markup=False)
        return
    if not result.hits:
        console.print(f"no more: fewer than {result.offset + 1:,} images", highlight=False)
        return
    columns = list(dict.fromkeys(name for hit in result.hits for name in hit.metadata))
    table = Table("", *([""] if show else []), box=None, header_style="dim", pad_edge=False)
    table.add_column("image", overflow="fold")  # an id that is cut off cannot be used
    if result.any_match is not None:
        table.add_column("probability", no_wrap=True)
    table.add_column("score", justify="right")
    if result.reranking is not None:
        table.add_column("re-ranker", justify="right")
        table.add_column("both", justify="right")
    if result.text:
        table.add_column("words", justify="right")
    for name in columns:
        table.add_column(text(name))
    for rank, hit in enumerate(result.hits, start=result.offset + 1):
        cells: list[RenderableType] = [text(rank), *([show(hit.path)] if show else []), text(hit.id)]
        if hit.probability is not None:
            cells.append(bar(hit.probability))
        cells.append(text(f"{hit.score:.3f}"))
        if result.reranking is not None:
            cells.append(text("not read" if hit.rerank_score is None else f"{hit.rerank_score:.3f}"))
            cells.append(text("" if hit.combined_score is None else f"{hit.combined_score:.3f}"))
        if result.text:
            cells.append(text("" if hit.text_score is None else f"{hit.text_score:.2f}"))
        cells += [text(hit.metadata.get(name)) for name in columns]
        table.add_row(*cells)
    console.print(table)
    if result.reranking is not None:
        console.print(text(_reranked(result.reranking)), style="dim")
    if result.any_match is not None:
        console.print(f"[dim]{result.any_match:.0%} that any of {result.candidates:,} images matches[/]")


def _no_good_match(result: SearchResult) -> str:
    if not result.candidates:
        return "no good match: no image passes --where"
    chance = "" if result.any_match is None else f" ({result.any_match:.0%} that any image matches)"
    return f"no good match: none of {result.candidates:,} images reaches {result.min_probability:.0%}{chance}"


def _reranked(reranking: Reranking) -> str:
    unread = len(reranking.failures)
    last = f"; {unread:,} could not be read and come after them" if unread else ""
    return f"{reranking.scored:,} candidates ordered by both scores; re-ranker: {reranking.recipe}{last}"
