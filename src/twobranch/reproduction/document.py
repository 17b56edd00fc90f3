"""The table as one JSON document: what was measured, what was published, what the findings came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from twobranch.evaluation.rank_metrics import RECALLS
from twobranch.reproduction.findings import check_finding
from twobranch.reproduction.paper import Finding, Paper, Published, Row
from twobranch.reproduction.result import Result, recipe_digest
from twobranch.reproduction.rows import Outcome, Rows
from twobranch.reproduction.statistics import RESAMPLES, VIEWS, Values, row_values

DIAGNOSTICS = ("rsum", "classifier_accuracy", "probe_accuracy", "mean_distance")
"""What is told of the end of a stage, where it was measured."""


def table_document(
    papers: Mapping[str, Paper], rows: Rows, outcome: Outcome, *, corpus: str, command: str, seconds: float
) -> dict[str, Any]:
    """All tables as plain values; `table.md` and `table.html` say nothing that is not in here.

    Args:
        papers: the papers by name.
        rows: recipes, seeds and fingerprints.
        outcome: the results.
        corpus: fingerprint of the corpus.
        command: the command line.
        seconds: time that this command has taken.
    """
    results = [result for found in outcome.results.values() for result in found]
    values = {name: row_values(found) for name, found in outcome.results.items() if found}
    return {
        "task": "reproduce",
        "command": command,
        "corpus": corpus,
        "train": {"fingerprint": rows.train},
        "split": {
            "name": "val",
            "fingerprint": rows.val,
            "images": len(results[0].image_groups) if results else None,
            "sentences": len(results[0].sentence_groups) if results else None,
        },
        "seeds": list(rows.seeds),
        "bootstrap": RESAMPLES,
        "versions": sorted({result.facts.version for result in results}),
        "threads": sorted({result.facts.threads for result in results}),
        "devices": sorted({result.facts.device for result in results}),
        "seconds": {
            "this_command": round(seconds, 1),
            "training": round(sum(result.facts.training_seconds for result in results), 1),
            "evaluation": round(sum(result.facts.evaluation_seconds for result in results), 1),
        },
        "papers": [_paper(name, paper, rows, outcome, values) for name, paper in papers.items()],
    }


def _paper(name: str, paper: Paper, rows: Rows, outcome: Outcome, values: Mapping[str, Values]) -> dict[str, Any]:
    results, failures = outcome.results, outcome.failures
    shown = [row for row in paper.rows if results[row.recipe] or row.recipe in failures]
    return {
        "name": name,
        **paper.model_dump(mode="json", include={"title", "authors", "venue", "link", "notes"}),
        "rows": [
            _row(row, rows, results[row.recipe], values.get(row.recipe), failures.get(row.recipe, {})) for row in shown
        ],
        "not_run": [row.recipe for row in paper.rows if row not in shown],
        "stages": _stages(paper, [(row, results[row.recipe]) for row in shown if results[row.recipe]]),
        "findings": [_finding(finding, results) for finding in paper.findings],
        "context": [_published(published) for published in paper.context],
    }


def _row(
    row: Row, rows: Rows, results: Sequence[Result], values: Values | None, failures: Mapping[int, str]
) -> dict[str, Any]:
    recipe = rows.recipes[row.recipe]
    measured: dict[str, Any] = {}
    if values is not None:
        facts = [result.facts for result in results]
        measured = {
            **{view.replace("-", "_"): _view(values, view) for view in VIEWS},
            "rsum": round(values.mean("rsum"), 2),
            "rsum_interval": _rounded(values.interval("rsum")),
            "rsum_per_seed": _rounded(values.per_seed["rsum"]),
            "rsum_deviation": _rounded(values.deviation("rsum")),
            "training_seconds": round(float(np.mean([f.training_seconds for f in facts])), 1),
            "evaluation_seconds": round(float(np.mean([f.evaluation_seconds for f in facts])), 1),
            "parameters": facts[0].parameters,
        }
    return {
        "recipe": row.recipe,
        "title": row.title,
        "summary": recipe.summary,
        "recipe_digest": recipe_digest(recipe),
        "command": f"twobranch train DATA --recipe {row.recipe} --set seed={rows.seeds[0]} --out RUN",
        "seeds": [result.facts.key.seed for result in results],
        "failures": {str(seed): message for seed, message in failures.items()},
        **measured,
        "published": [_published(published) for published in row.published],
    }


def _view(values: Values, view: str) -> dict[str, Any] | None:
    if view not in values.per_seed:
        return None
    recalls = {key: round(values.mean(f"{view}.{key}"), 2) for key in RECALLS}
    return {**recalls, "interval": {key: _rounded(values.interval(f"{view}.{key}")) for key in RECALLS}}


def _published(published: Published) -> dict[str, Any]:
    recalls = (*published.i2t, *published.t2i)
    return {
        **published.model_dump(mode="json", exclude={"i2t", "t2i"}),
        "i2t": dict(zip(RECALLS, published.i2t, strict=False)),
        "t2i": dict(zip(RECALLS, published.t2i, strict=False)),
        "rsum": round(sum(recalls), 1) if len(recalls) == 6 else None,
    }


def _stages(paper: Paper, rows: Sequence[tuple[Row, Sequence[Result]]]) -> list[dict[str, Any]]:
    """What was measured at the end of each stage, over the seeds; nothing for a paper to which it tells nothing new."""
    probed = any(finding.metric == "probe_accuracy" for finding in paper.findings)
    if not probed and all(len(found[0].facts.stages) < 2 for _, found in rows):
        return []
    return [
        {"recipe": row.recipe, "title": row.title, **_stage([result.facts.stages[number] for result in found])}
        for row, found in rows
        for number in range(len(found[0].facts.stages))
    ]


def _stage(of_seeds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean and deviation of each diagnostic; of the probe also the mean of the seeds' bootstrap intervals."""
    line: dict[str, Any] = {"stage": of_seeds[0]["stage"]}
    for name in DIAGNOSTICS:
        known = np.array([stage[name] for stage in of_seeds if stage.get(name) is not None], dtype=np.float64)
        line[name] = _rounded(known.mean(), 3) if len(known) else None
        line[f"{name}_deviation"] = _rounded(known.std(ddof=1), 3) if len(known) > 1 else None
    intervals = [stage["probe_interval"] for stage in of_seeds if stage.get("probe_interval")]
    line["probe_interval"] = _rounded(np.mean(intervals, axis=0)) if intervals else None
    return line


def _finding(finding: Finding, results: Mapping[str, Sequence[Result]]) -> dict[str, Any]:
    tested = {name: _rounded(value, 4) for name, value in asdict(check_finding(finding, results)).items()}
    values = {"better_value": tested.pop("better"), "worse_value": tested.pop("worse")}
    return {**finding.model_dump(mode="json"), **tested, **values}


def _rounded(value: Any, digits: int = 2) -> Any:
    """Plain numbers, rounded; what is no number stays as it is."""
    if isinstance(value, (tuple, list, np.ndarray)):
        return [_rounded(item, digits) for item in value]
    return round(float(value), digits) if isinstance(value, (float, np.floating)) else value
