"""`twobranch evaluate`: metrics of a matcher on a corpus."""

from __future__ import annotations

import importlib
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

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
    from twobranch.evaluation.phrase_ranks import GroundTruth
    from twobranch.matcher import Matcher


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
        str, typer.Option("--task", metavar="NAME", help="retrieval, localization, person-search or within-view.")
    ] = "retrieval",
    folds: Annotated[int, typer.Option("--folds", min=1, help="5: the protocol of COCO 1K.")] = 1,
    ground_truth: Annotated[
        str,
        typer.Option(
            "--ground-truth", metavar="NAME", help="Of a phrase with several boxes: their union, or any of them."
        ),
    ] = "union",
    proposals: Annotated[
        str | None,
        typer.Option(
            "--proposals",
            metavar="NAME",
            help="Where regions come from, as of `twobranch ground`.",
            show_default="those of the matcher",
        ),
    ] = None,
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
    if ground_truth not in ("union", "any"):
        raise TwobranchError("--ground-truth", "is union or any", found=ground_truth, remedy="Name one of them.")
    for option, given, wanted in (
        ("--folds", folds > 1, "retrieval"),
        ("--ground-truth", ground_truth != "union", "localization"),
        ("--proposals", proposals is not None, "localization"),
    ):
        if given and task != wanted:
            raise TwobranchError(option, f"is for {wanted}", found=f"--task {task}", remedy="Leave one of them out.")
    from twobranch.matcher import Matcher

    matcher = Matcher.load(model, device=device, threads=threads, cache=cache)
    part, name = _split(open_corpus(data, images, columns, format, skip_bad_rows), split)
    asked = Asked(matcher, part, name, folds, ground_truth, proposals)  # type: ignore[arg-type]
    if report is not None:
        _require_report(task)
    started = time.monotonic()
    features = TASKS[task].encode(asked)
    document, found = TASKS[task].measure(asked, features)
    if report is not None:
        seconds = time.monotonic() - started
        _write_report(report / "report.html", task, asked, features, document, found, seconds)
    if as_json or out is not None:
        write_document(document, out)
    if not as_json:
        _print(document)


class Asked(NamedTuple):
    """What is measured, and how."""

    matcher: Matcher
    corpus: Corpus
    split: str
    folds: int
    ground_truth: GroundTruth
    proposals: str | None


class Task(NamedTuple):
    """A task: what it needs of a corpus, and the document that it makes of that, with the ranks behind it."""

    encode: Callable[[Asked], Any]
    measure: Callable[[Asked, Any], tuple[dict[str, Any], Any]]
    report: str | None = None
    """`module:function` of what writes its report."""


def _whole_images(asked: Asked) -> Any:
    from twobranch.features.corpus_features import corpus_features

    matcher = asked.matcher
    if matcher.matches_regions:
        raise TwobranchError(
            "--task", "a matcher of regions is measured by localization", remedy="Write --task localization."
        )
    return corpus_features(asked.corpus, matcher.image_encoder, matcher.views, matcher.sentence_encoder, matcher.cache)


def _regions(asked: Asked) -> Any:
    from twobranch.matcher.grounding import proposer_of
    from twobranch.regions.corpus_regions import corpus_regions

    matcher = asked.matcher
    proposer = matcher.proposer or matcher.regions.proposals.load()
    if asked.proposals is not None:
        proposer = proposer_of(matcher, asked.proposals)
    return corpus_regions(
        asked.corpus, matcher.image_encoder, matcher.sentence_encoder, proposer, matcher.regions, matcher.cache
    )


def _retrieval(asked: Asked, features: Any) -> tuple[dict[str, Any], Any]:
    from twobranch.evaluation.corpus_slices import retrieval_slices
    from twobranch.evaluation.evaluate import ranked_retrieval

    document, ranks = ranked_retrieval(asked.matcher, features, split=asked.split, folds=asked.folds)
    document["slices"] = retrieval_slices(features.corpus, ranks)
    return document, ranks


def _within_view(asked: Asked, features: Any) -> tuple[dict[str, Any], Any]:
    from twobranch.evaluation.evaluate import evaluate_within_view

    return evaluate_within_view(asked.matcher, features, split=asked.split), None


def _person_search(asked: Asked, features: Any) -> tuple[dict[str, Any], Any]:
    from twobranch.evaluation.corpus_slices import person_slices
    from twobranch.evaluation.person_search import ranked_person_search

    document, ranks = ranked_person_search(asked.matcher, features, split=asked.split)
    document["slices"] = person_slices(features.corpus, ranks)
    return document, ranks


def _localization(asked: Asked, features: Any) -> tuple[dict[str, Any], Any]:
    from twobranch.evaluation.corpus_slices import phrase_slices
    from twobranch.evaluation.localize import metrics_of_phrases, rank_regions

    found = rank_regions(asked.matcher, features, split=asked.split, ground_truth=asked.ground_truth)
    document = metrics_of_phrases(features.asked, found, split=asked.split, ground_truth=asked.ground_truth)
    document["slices"] = phrase_slices(features, found)
    return document, found


_REPORTS = "twobranch.evaluation.reports"
TASKS = {
    "retrieval": Task(_whole_images, _retrieval, f"{_REPORTS}.retrieval:write_matcher_report"),
    "localization": Task(_regions, _localization, f"{_REPORTS}.localization:write_localization_report"),
    "person-search": Task(_whole_images, _person_search, f"{_REPORTS}.person_search:write_person_report"),
    "within-view": Task(_whole_images, _within_view),
}


def _require_report(task: str) -> None:
    if TASKS[task].report is None:
        shown = ", ".join(name for name, one in TASKS.items() if one.report)
        raise TwobranchError("--report", f"shows {shown}", found=f"--task {task}", remedy="Leave one of them out.")


def _write_report(
    path: Path, task: str, asked: Asked, features: Any, document: dict[str, Any], found: Any, seconds: float
) -> None:
    module, _, function = str(TASKS[task].report).partition(":")
    facts = {
        "command": shlex.join(["twobranch", *sys.argv[1:]]),
        "took": f"{seconds:.0f} s to encode what was not cached, rank and resample",
    }
    title = f"Evaluation: {asked.matcher.recipe_name}"
    write = getattr(importlib.import_module(module), function)
    write(path, asked.matcher, features, document, title=title, facts=facts, found=found)


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

    rows: dict[str, Any] = {way: document[way] for way in ("i2t", "t2i", "s2s") if way in document}
    keys: tuple[str, ...] = ("R@1", "R@5", "R@10", "MedR", "MeanR")
    if document["task"] == "person-search":
        rows, keys = {"t2i": document}, ("Rank-1", "Rank-5", "Rank-10", "mAP", "mINP", "MedR")
    if document["task"] == "localization":
        rows = {"all phrases": document, **{f"  {name}": one for name, one in document["by_type"].items()}}
        keys = ("R@1", "R@5", "R@10", "upper_bound", "phrases")
    title = f"{document['task']}, split {document['split']}, corpus {document['corpus']}"
    table = Table("", *(key.replace("_", " ") for key in keys), title=title)
    for name, values in rows.items():
        table.add_row(name, *(_cell(values, key) for key in keys))
    console = Console()
    console.print(table)
    if "rsum" in document:
        low, high = document["rsum_interval"]
        console.print(f"rsum {document['rsum']:.1f} ({low:.1f} to {high:.1f})", highlight=False)
    if "baselines" in document:
        for name, one in document["baselines"].items():
            console.print(f"the {name} alone has R@1 {one['R@1']:.1f}", highlight=False)
    if "chance" in document:
        count = f"{document['identities']} identities in {document['images']} images"
        console.print(f"{count}; a random order has Rank-1 {document['chance']['Rank-1']:.1f}", highlight=False)


def _cell(values: dict[str, Any], key: str) -> str:
    """A metric with its interval, where it has one."""
    interval = values.get("interval", {}).get(key)
    if key == "phrases":
        return f"{values[key]:,}"
    return f"{values[key]:.1f}" + (f"\n[dim]{interval[0]:.1f} to {interval[1]:.1f}[/]" if interval else "")
