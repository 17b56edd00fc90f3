"""`twobranch reproduce`: train the rows of a paper on a corpus and write the table."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError, nearest
from twobranch.files import atomic_path, write_json
from twobranch.locks import only_writer
from twobranch.progress import log
from twobranch.reproduction.bench import Bench, FrozenFeatures
from twobranch.reproduction.document import table_document
from twobranch.reproduction.markdown import markdown
from twobranch.reproduction.page import page
from twobranch.reproduction.paper import Paper, papers_of
from twobranch.reproduction.rows import Outcome, Rows
from twobranch.training.recipes import load_recipe

if TYPE_CHECKING:
    from twobranch.corpus import Corpus

LOCK = ".twobranch-reproduce.lock"


def reproduce(
    paper: str,
    corpus: Corpus,
    out: str | Path,
    *,
    seeds: int = 3,
    only: Collection[str] = (),
    device: str = "auto",
    threads: int | None = None,
    cache: str | Path | None = None,
    command: str = "",
) -> dict[str, Any]:
    """Train the rows of a paper, several seeds each, and write `table.md`, `table.json` and `table.html`.

    Each training is kept under `OUT/runs/<row>/seed-<n>`. What is there and was made by the same recipe from the same
    corpus is used again, so that an interrupted command goes on where it stopped. Rows are measured on the val split.

    Args:
        paper: "two-branch", "cnn-mlp", "mite", "dual-path", "text", "beyond", or "all" for all of these.
        corpus: with a train and a val split.
        out: folder of the tables.
        seeds: trainings of each row, with the seeds 0, 1, ...
        only: rows to train, by the name of their recipe; all by default. The table also shows rows of earlier commands.
        device: `auto`, `cpu`, `cuda` or `mps`.
        threads: threads of the processor; all by default.
        cache: folder of the feature cache; the user's cache folder by default.
        command: the command line, for the table.

    Returns:
        The document of `table.json`.

    Raises:
        TwobranchError: for an unknown paper or row, a recipe that does not exist, or a corpus without the two splits.
            A row that cannot be trained is no error: it says so in the table, and in `failures` of its row.
    """
    from twobranch.training.encoding import Place

    papers = papers_of(paper)
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    bench = FrozenFeatures(corpus, Place(device, threads, None if cache is None else Path(cache)))
    present, _ = corpus.existing()
    prints = {name: present.split(name).fingerprint for name in ("train", "val")}
    rows = Rows(_recipes(papers), range(seeds), prints["train"], prints["val"], Path(out))
    return write_tables(papers, rows, bench, only=only, corpus=corpus.fingerprint, command=command)


def write_tables(
    papers: Mapping[str, Paper],
    rows: Rows,
    bench: Bench,
    *,
    only: Collection[str] = (),
    corpus: str = "",
    command: str = "",
) -> dict[str, Any]:
    """Train what is missing on a bench, and write the tables after each row and at the end; see `reproduce`.

    Raises:
        TwobranchError: for an unknown row, or if another process is writing the tables.
    """
    for name in only:
        if name not in rows.recipes:
            raise TwobranchError("--only", "a row must be known", found=name, remedy=nearest(name, [*rows.recipes]))
    started = time.monotonic()

    def write(outcome: Outcome) -> dict[str, Any]:
        seconds = time.monotonic() - started
        document = table_document(papers, rows, outcome, corpus=corpus, command=command, seconds=seconds)
        write_json(rows.out / "table.json", document)
        _write(rows.out / "table.md", markdown(document))
        _write(rows.out / "table.html", page(document))
        return document

    names = [name for name in rows.recipes if not only or name in only]
    remedy = "Wait until it has ended, or choose another --out."
    with only_writer(rows.out, LOCK, "a folder of tables", remedy=remedy):
        document = write(rows.run(bench, names, write))
    log.info("table: %s", rows.out / "table.html")
    return document


def _recipes(papers: Mapping[str, Paper]) -> dict[str, Any]:
    """The recipe of each row; a recipe that is a row of two papers is trained once."""
    return {row.recipe: load_recipe(row.recipe) for paper in papers.values() for row in paper.rows}


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
