"""`twobranch evaluate`: metrics of a matcher on a corpus."""

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
    open_corpus,
)
from twobranch.cli.output import write_document
from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from twobranch.corpus import Corpus


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A matcher folder.", show_default=False)],
    data: Data,
    split: Annotated[
        str | None,
        typer.Option(
            "--split", metavar="NAME", help="train, val, test or all.", show_default="test, or val where there is none"
        ),
    ] = None,
    task: Annotated[
        str, typer.Option("--task", metavar="NAME", help="retrieval, person-search or within-view.")
    ] = "retrieval",
    folds: Annotated[int, typer.Option("--folds", min=1, help="5: the protocol of COCO 1K.")] = 1,
    as_json: Json = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the JSON document to a file.", show_default=False),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Also write DIR/report.html.", show_default=False)
    ] = None,
    images: Images = None,
    columns: Columns = None,
    format: Format = None,
    skip_bad_rows: SkipBadRows = False,
    cache: Cache = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Measure MODEL on DATA, in both directions, with 95 % intervals (bootstrap over groups)."""
    if task not in TASKS:
        raise TwobranchError("--task", f"must be one of {', '.join(TASKS)}", found=task, remedy="Name one of them.")
    if folds > 1 and task != "retrieval":
        raise TwobranchError("--folds", "is for retrieval", found=f"--task {task}", remedy="Leave one of them out.")
    from twobranch.features.corpus_features import corpus_features
    from twobranch.matcher import Matcher

    matcher = Matcher.load(model, device=device, threads=threads, cache=cache)
    part, name = _split(open_corpus(data, images, columns, format, skip_bad_rows), split)
    features = corpus_features(part, matcher.image_encoder, matcher.views, matcher.sentence_encoder, matcher.cache)
    document = TASKS[task](matcher, features, name, folds)
    if report is not None:
        _write_report(report / "report.html", task, matcher, features, document)
    if as_json or out is not None:
        write_document(document, out)
    if not as_json:
        _print(document)


def _retrieval(matcher: Any, features: Any, split: str, folds: int) -> dict[str, Any]:
    from twobranch.evaluation.evaluate import evaluate_retrieval

    return evaluate_retrieval(matcher, features, split=split, folds=folds)


def _within_view(matcher: Any, features: Any, split: str, folds: int) -> dict[str, Any]:
    from twobranch.evaluation.evaluate import evaluate_within_view

    return evaluate_within_view(matcher, features, split=split)


def _person_search(matcher: Any, features: Any, split: str, folds: int) -> dict[str, Any]:
    from twobranch.evaluation.person_search import evaluate_person_search

    return evaluate_person_search(matcher, features, split=split)


def _write_report(path: Path, task: str, matcher: Any, features: Any, document: dict[str, Any]) -> None:
    from twobranch.evaluation.matcher_report import write_matcher_report

    if task != "retrieval":
        raise TwobranchError("--report", "shows retrieval", found=f"--task {task}", remedy="Leave one of them out.")
    command = shlex.join(["twobranch", *sys.argv[1:]])
    title = f"Evaluation: {matcher.recipe_name}"
    write_matcher_report(path, matcher, features, document, title=title, facts={"command": command})


TASKS = {"retrieval": _retrieval, "person-search": _person_search, "within-view": _within_view}


def _split(corpus: Corpus, name: str | None) -> tuple[Corpus, str]:
    """The named split, or test, or val where the corpus has no test split; images without a file are left out."""
    from twobranch.corpus.splits import canonical_split
    from twobranch.progress import log

    present, missing = corpus.existing()
    if missing:
        log.warning("%d images have no file and are left out: %s", len(missing), ", ".join(missing[:5]))
    if name is None:
        name = "test" if "test" in present.split_names else "val"
        log.info('measuring the split "%s"; --split names another', name)
    return present.split(name), canonical_split(name)


def _print(document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    rows = {way: document[way] for way in ("i2t", "t2i", "s2s") if way in document}
    keys: tuple[str, ...] = ("R@1", "R@5", "R@10", "MedR", "MeanR")
    if document["task"] == "person-search":
        rows, keys = {"t2i": document}, ("Rank-1", "Rank-5", "Rank-10", "mAP", "mINP", "MedR")
    table = Table("", *keys, title=f"{document['task']}, split {document['split']}, corpus {document['corpus']}")
    for name, values in rows.items():
        table.add_row(name, *(_cell(values, key) for key in keys))
    console = Console()
    console.print(table)
    if "rsum" in document:
        low, high = document["rsum_interval"]
        console.print(f"rsum {document['rsum']:.1f} ({low:.1f} to {high:.1f})", highlight=False)
    if "chance" in document:
        count = f"{document['identities']} identities in {document['images']} images"
        console.print(f"{count}; a random order has Rank-1 {document['chance']['Rank-1']:.1f}", highlight=False)


def _cell(values: dict[str, Any], key: str) -> str:
    """A metric with its interval, where it has one."""
    interval = values.get("interval", {}).get(key)
    return f"{values[key]:.1f}" + (f"  [dim]{interval[0]:.1f} to {interval[1]:.1f}[/]" if interval else "")
