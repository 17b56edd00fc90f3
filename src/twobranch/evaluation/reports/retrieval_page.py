"""The page of a retrieval report: all of its sections from what was measured."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from twobranch.evaluation.common_space import CommonSpace
from twobranch.evaluation.reports.gallery import GalleryItem, gallery_section
from twobranch.evaluation.reports.metric_table import Metric, Part, metric_table
from twobranch.evaluation.reports.page import card, facts_section, training_section, with_contents, write_page
from twobranch.evaluation.reports.probability import probability_section
from twobranch.evaluation.reports.ranks import Ranked, ranks_section
from twobranch.evaluation.reports.slice_tables import slices_section
from twobranch.evaluation.reports.space import space_section

METRICS = (Metric("R@1"), Metric("R@5"), Metric("R@10"), Metric("MedR", None), Metric("MeanR", None))
DIRECTIONS = {
    "t2i": ("Search: a sentence finds images", "Images in the order of the matcher. A green frame marks a match."),
    "i2t": ("Annotation: an image finds sentences", "Sentences in the order of the matcher. Green marks a match."),
}


def write_report(
    path: str | os.PathLike[str],
    *,
    title: str,
    metrics: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    ranked: Mapping[str, Ranked] | None = None,
    slices: Sequence[Mapping[str, Any]] = (),
    calibration: Mapping[str, Any] | None = None,
    judged_on: str = "",
    space: CommonSpace | None = None,
    facts: Mapping[str, str] | None = None,
    gallery: Sequence[GalleryItem] = (),
) -> None:
    """Write the report; a section without data is left out.

    Args:
        path: the HTML file.
        title: its heading.
        metrics: the document of `retrieval_metrics`.
        before: the same before training.
        history: rows of `metrics.jsonl`.
        ranked: by direction the ranks of the queries, and their curve.
        slices: of the document.
        calibration: `probability_metrics` documents, nested in any way; the keys become their names.
        judged_on: what these were measured on.
        space: the common space.
        facts: what the numbers belong to: recipe, fingerprint, command, time.
        gallery: queries to look at.

    Raises:
        TwobranchError: if a picture of the gallery is neither JPEG nor PNG.
    """
    sections = [
        _cards(metrics, before),
        _table(metrics, before),
        training_section(history, "rsum"),
        ranks_section(ranked or {}),
        slices_section(slices, metrics, ("R@1", "R@10")),
        probability_section(calibration or {}, judged_on),
        space_section(space),
        *(
            gallery_section(*words, [item for item in gallery if item.direction == direction])
            for direction, words in DIRECTIONS.items()
        ),
        facts_section(facts or {}),
    ]
    write_page(path, title, [f'<p class="soft">{escape(_subject(metrics))}</p>', *with_contents(sections)])


def _subject(metrics: Mapping[str, Any]) -> str:
    parts = [f"{metrics['images']:,} images, {metrics['sentences']:,} sentences"]
    parts += [f"split {metrics['split']}"] if metrics.get("split") else []
    parts += [f"corpus {metrics['corpus']}"] if metrics.get("corpus") else []
    parts += [f"mean of {metrics['folds']} folds"] if metrics.get("folds") else []
    return " · ".join(parts)


def _cards(metrics: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    cards = [card("rsum", metrics["rsum"], "of 600", metrics.get("rsum_interval"), before["rsum"] if before else None)]
    for direction, name in (("t2i", "Search"), ("i2t", "Annotation")):
        for key in ("R@1", "R@10"):
            values = metrics[direction]
            interval = values.get("interval", {}).get(key)
            cards.append(card(f"{name} {key}", values[key], "%", interval, before[direction][key] if before else None))
    return f'<div class="cards">{"".join(cards)}</div>'


def _table(metrics: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    parts = [
        Part(heading, METRICS, metrics[direction], before[direction] if before else None)
        for direction, (heading, _) in DIRECTIONS.items()
    ]
    both = {"rsum": metrics["rsum"], "interval": {"rsum": metrics.get("rsum_interval")}}
    parts.append(Part("Both directions", [Metric("rsum", 600.0)], both, before))
    note = (
        "R@K: percent of the queries with a match among the first K (success at K). MedR and MeanR: median and mean "
        "rank of the best match, 1 is best. rsum: sum of the six R@K. Ties count against the query. Intervals: 95 %, "
        f"bootstrap over groups. Queries without a match, left out: {metrics.get('unmatched_queries', 0):,}."
    )
    return f"<h2>Metrics</h2>{metric_table(parts, note)}"
