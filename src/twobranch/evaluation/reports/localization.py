"""The report of localization: figures by type, kinds of errors, and pictures with right and wrong boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from twobranch.errors import TwobranchError
from twobranch.evaluation.corpus_slices import phrase_slices
from twobranch.evaluation.localize import Asked, rank_regions, region_scorer
from twobranch.evaluation.phrase_ranks import THRESHOLD
from twobranch.evaluation.recall_curve import recall_curve
from twobranch.evaluation.reports.facts import matcher_facts
from twobranch.evaluation.reports.metric_table import Metric, Part, interval_bar, metric_table
from twobranch.evaluation.reports.page import (
    card,
    facts_section,
    picture,
    training_section,
    with_contents,
    write_page,
)
from twobranch.evaluation.reports.pictures import jpeg
from twobranch.evaluation.reports.probability import probability_section
from twobranch.evaluation.reports.ranks import Ranked, ranks_section
from twobranch.evaluation.reports.slice_tables import slices_section
from twobranch.features.decoding import decode_image
from twobranch.matcher.matcher import Matcher
from twobranch.regions.boxes import iou
from twobranch.regions.corpus_regions import CorpusRegions
from twobranch.regions.drawing import DrawnBox, draw_boxes

METRICS = ("R@1", "R@5", "R@10", "upper_bound")
SHOWN = 12
"""Phrases of each kind in the gallery."""
SIDE = 420
"""Longer side of a picture in the gallery, in pixels."""
KINDS = {
    True: ("Right", "The first box reaches an IoU of 0.5 with what was marked."),
    False: ("Wrong", "It does not."),
}


def write_localization_report(
    path: Path,
    matcher: Matcher,
    regions: CorpusRegions,
    metrics: Mapping[str, Any],
    *,
    title: str,
    facts: Mapping[str, str],
    before: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    found: Asked | None = None,
) -> None:
    """Write the report of a matcher on the phrases of a split.

    Args:
        path: the HTML file.
        matcher: the matcher.
        regions: the split.
        metrics: the localization document of the split.
        title: heading of the report.
        facts: what was run, on what, how long.
        before: the document before training.
        history: rows of metrics.jsonl.
        found: where the right boxes stand, of which the document is made; None to ask again.
    """
    if found is None:
        found = rank_regions(matcher, regions, split=metrics["split"], ground_truth=metrics["ground_truth"])
    sections = [
        _cards(metrics, before),
        _table(metrics, before),
        _by_type(metrics),
        _errors(metrics),
        training_section(history, "R@1"),
        ranks_section({"phrase to boxes": _ranked(regions, found)}),
        slices_section(metrics.get("slices") or phrase_slices(regions, found), metrics, ("R@1", "R@10", "upper_bound")),
        probability_section(
            matcher.provenance.probability if matcher.matches_regions else {},
            "the validation split of the training, in parts, each by a calibration fitted on the others",
        ),
        _gallery(matcher, regions),
        facts_section({**matcher_facts(matcher), **facts}),
    ]
    write_page(path, title, [f'<p class="soft">{escape(_subject(metrics))}</p>', *with_contents(sections)])


def _ranked(regions: CorpusRegions, found: Asked) -> Ranked:
    ranks = found.ranks
    images = regions.asked.images[found.phrases]
    return Ranked(ranks.rank, recall_curve(ranks.rank, images, ranks.right, ranks.proposals))


def _table(metrics: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    rows = [Metric(key) for key in METRICS]
    first = [Metric("R@1")]
    parts = [Part("All phrases", rows, metrics, before)]
    parts += [Part(f"The {name}", first, values, None) for name, values in metrics["baselines"].items()]
    note = (
        "R@K: percent of the phrases with a right box among the first K. Upper bound: percent for which any proposal "
        "is right. Ties count against the phrase. Intervals: 95 %, bootstrap over images. Phrases without a box, left "
        f"out: {metrics['excluded_phrases']:,}."
    )
    return f"<h2>Metrics</h2>{metric_table(parts, note)}"


def _subject(metrics: Mapping[str, Any]) -> str:
    parts = [
        f"{metrics['images']:,} images, {metrics['phrases']:,} phrases",
        f"split {metrics['split']}",
        f"corpus {metrics['corpus']}",
        f"at most {metrics['proposals']} proposals per image",
        f"right from an IoU of {metrics['iou']} with the {metrics['ground_truth']} of a phrase's boxes",
    ]
    return " · ".join(parts)


def _cards(metrics: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    cards = [
        card(
            name.replace("_", " "),
            metrics[name],
            "%",
            metrics.get("interval", {}).get(name),
            before[name] if before else None,
        )
        for name in METRICS
    ]
    cards += [
        card(f"R@1 of the {name}", values["R@1"], "%", values.get("interval", {}).get("R@1"), None)
        for name, values in metrics["baselines"].items()
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _by_type(metrics: Mapping[str, Any]) -> str:
    if not metrics["by_type"]:
        return ""
    rows = {"all": metrics, **metrics["by_type"]}
    body = "".join(
        f"<tr><td>{escape(name)}</td><td>{values['phrases']:,}</td><td>{values['R@1']:.1f}</td>"
        f"<td>{_interval(values)}</td>{interval_bar(values.get('interval', {}).get('R@1'), 100.0, metrics['R@1'])}"
        + "".join(f"<td>{values[key]:.1f}</td>" for key in METRICS[1:])
        + "</tr>"
        for name, values in rows.items()
    )
    head = "".join(f"<th>{key.replace('_', ' ')}</th>" for key in METRICS[1:])
    note = "A phrase with several types counts in each. The line is R@1 of all phrases."
    return (
        '<h2>By type</h2><div class="table"><table><thead><tr><th></th><th>Phrases</th><th>R@1</th><th>95 %</th>'
        f'<th class="range"></th>{head}</tr></thead><tbody>{body}</tbody></table></div><p class="soft">{note}</p>'
    )


def _interval(values: Mapping[str, Any]) -> str:
    interval = values.get("interval", {}).get("R@1")
    return f"{interval[0]:.1f} to {interval[1]:.1f}" if interval else ""


def _errors(metrics: Mapping[str, Any]) -> str:
    meaning = {
        "other phrase": "right for another phrase of the picture",
        "inside": "inside what was marked",
        "around": "around what was marked",
        "elsewhere": "somewhere else, or too little overlap",
    }
    rows = "".join(
        f"<tr><td>{escape(meaning.get(name, name))}</td><td>{share:.1f}</td></tr>"
        for name, share in metrics["errors"].items()
    )
    return (
        "<h2>Where wrong first boxes lie</h2>"
        '<div class="table"><table><thead><tr><th></th><th>% of all phrases</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _gallery(matcher: Matcher, regions: CorpusRegions) -> str:
    """Phrases of images in random order, right and wrong ones, each with its first box and what was marked."""
    found: dict[bool, list[str]] = {True: [], False: []}
    score, random = region_scorer(matcher, regions), np.random.default_rng(0)
    for image in random.permutation(np.unique(regions.asked.images)).tolist():
        if all(len(items) == SHOWN for items in found.values()):
            break
        proposed = regions.table.proposed(image)
        if not len(proposed):
            continue
        phrase = int(random.choice(np.flatnonzero(regions.asked.images == image)))
        first = proposed[score(image, np.array([phrase]))[0].argmax()]
        right = bool(iou(regions.table.boxes[[first]], regions.boxes[[phrase]])[0, 0] >= THRESHOLD)
        if len(found[right]) < SHOWN:
            found[right].append(_item(regions, image, phrase, regions.table.boxes[first]))
    parts = [
        f'<h3>{KINDS[right][0]}</h3><p class="soft">{KINDS[right][1]}</p><div class="strip wide">{"".join(items)}</div>'
        for right, items in found.items()
        if items
    ]
    note = "Phrases drawn at random."
    return f'<h2>Pictures</h2><p class="soft">{note}</p>{"".join(parts)}' if parts else ""


def _item(regions: CorpusRegions, image: int, phrase: int, found: Any) -> str:
    text = regions.asked.texts[phrase]
    try:
        shown = decode_image(regions.corpus.image_paths[image])
    except TwobranchError:
        return ""
    shown.thumbnail((SIDE, SIDE))  # before drawing, so that labels stay readable
    scale = np.array(shown.size * 2, np.float32)
    boxes = [DrawnBox(tuple(regions.boxes[phrase] * scale), "marked"), DrawnBox(tuple(found * scale), "found")]
    return f"<div>{picture(jpeg(draw_boxes(shown, boxes), SIDE), text)}{escape(text)}</div>"
