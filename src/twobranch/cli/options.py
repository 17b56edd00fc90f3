"""Options that several verbs share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twobranch.errors import TwobranchError
from twobranch.progress import log

if TYPE_CHECKING:
    from twobranch.corpus import Corpus

Data = Annotated[Path, typer.Argument(metavar="DATA", help="A table, a token file, or a folder.", show_default=False)]
Index = Annotated[
    str, typer.Argument(metavar="INDEX", help="An index folder, or s3://bucket/prefix.", show_default=False)
]
Images = Annotated[
    Path | None,
    typer.Option("--images", metavar="DIR", help="The folder that image paths are relative to.", show_default=False),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="ROLE=NAME,...",
        help="Columns of a table, for example image=file,sentence=title+alt,split=part,group=product.",
        show_default=False,
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="NAME", help="The format of DATA; detected if left out.", show_default=False),
]
SkipBadRows = Annotated[
    bool, typer.Option("--skip-bad-rows", help="Leave broken rows out and list them, instead of stopping at the first.")
]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", metavar="DIR", help="Where features are kept.", show_default="the user's cache"),
]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps, ...")]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="Processor threads to use.", show_default="all of them")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]


def parse_columns(text: str | None) -> dict[str, str]:
    """The value of `--columns` as column names by role.

    Raises:
        TwobranchError: for a part that is not ROLE=NAME, or a role given twice.

    Example:
        >>> parse_columns("image=file,sentence=title+alt")
        {'image': 'file', 'sentence': 'title+alt'}
    """
    columns: dict[str, str] = {}
    for part in text.split(",") if text else []:
        role, equals, name = (piece.strip() for piece in part.partition("="))
        remedy = "Write for example --columns image=file,sentence=title; several sentence columns are joined by +."
        if not (role and equals and name):
            raise TwobranchError("--columns", "each part must be ROLE=NAME", found=repr(part), remedy=remedy)
        if role in columns:
            raise TwobranchError("--columns", "a role is given once", found=f"{role} twice", remedy=remedy)
        columns[role] = name
    return columns


def open_corpus(
    data: Path, images: Path | None, columns: str | None, format: str | None, skip_bad_rows: bool
) -> Corpus:
    """Read a corpus as the common options say, and log what was understood and what was left out.

    Raises:
        TwobranchError: see `twobranch.read_corpus`.
    """
    from twobranch.corpus import read_corpus

    corpus = read_corpus(
        data, images=images, columns=parse_columns(columns), format=format, skip_bad_rows=skip_bad_rows
    )
    for note in corpus.notes:
        log.info(note)
    if corpus.problems:
        log.warning("%d rows were left out:", len(corpus.problems))
    for problem in corpus.problems:
        log.warning("  %s", problem)
    log.info("%s: %s", data, corpus.summary())
    return corpus
