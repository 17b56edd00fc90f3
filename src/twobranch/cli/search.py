"""`twobranch search`: pictures of an index that match a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twobranch.cli.options import Device, Index, Json, Threads
from twobranch.cli.output import write_document
from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from rich.text import Text

    from twobranch.matcher import Matcher
    from twobranch.search import SearchResult
    from twobranch.search.result import Reranking

_BAR = 10


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
        where=where,
        min_probability=min_probability,
        rerank=None if rerank is None else _reranker(rerank, device, threads),
        candidates=candidates,
    )
    if as_json:
        write_document(result.to_json())
    else:
        _print(result)


def _reranker(model: Path, device: str, threads: int | None) -> Matcher:
    from twobranch.matcher import Matcher

    return Matcher.load(model, device=device, threads=threads)


def _print(result: SearchResult) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if result.no_good_match:
        console.print(_no_good_match(result), markup=False)
        return
    columns = list(dict.fromkeys(name for hit in result.hits for name in hit.metadata))
    table = Table("", "image", box=None, header_style="dim", pad_edge=False)
    if result.any_match is not None:
        table.add_column("probability")
    table.add_column("score", justify="right")
    if result.reranking is not None:
        table.add_column("re-ranker", justify="right")
        table.add_column("both", justify="right")
    for name in columns:
        table.add_column(_text(name))
    for rank, hit in enumerate(result.hits, start=1):
        cells = [_text(rank), _text(hit.id)]
        if hit.probability is not None:
            cells.append(_bar(hit.probability))
        cells.append(_text(f"{hit.score:.3f}"))
        if result.reranking is not None:
            cells.append(_text("not read" if hit.rerank_score is None else f"{hit.rerank_score:.3f}"))
            cells.append(_text("" if hit.combined_score is None else f"{hit.combined_score:.3f}"))
        cells += [_text(hit.metadata.get(name)) for name in columns]
        table.add_row(*cells)
    console.print(table)
    if result.reranking is not None:
        console.print(_text(_reranked(result.reranking)), style="dim")
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


def _text(value: object) -> Text:
    """A cell as plain text: rich reads square brackets in a string as markup."""
    from rich.text import Text

    return Text("" if value is None else str(value))


def _bar(probability: float) -> Text:
    from rich.text import Text

    filled = round(probability * _BAR)
    return Text.assemble(("━" * filled, "green"), ("━" * (_BAR - filled), "bright_black"), f" {probability:4.0%}")
