"""The report of a run or an evaluation: one HTML file that needs nothing else, neither network nor script."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Literal, TypedDict

import numpy as np

from twobranch.evaluation import plots
from twobranch.evaluation.ranks import Ranks
from twobranch.evaluation.report_parts import (
    calibration_section,
    card,
    facts_section,
    figure,
    number,
    picture,
    training_section,
    write_page,
)

KINDS = {"best": "Best", "typical": "Typical", "worst": "Worst"}
_METRICS = ("R@1", "R@5", "R@10", "MedR", "MeanR")
_DIRECTIONS = {
    "t2i": ("Search: a sentence finds images", "Images in the order of the matcher. A green frame marks a match."),
    "i2t": ("Annotation: an image finds sentences", "Sentences in the order of the matcher. Green marks a match."),
}


class GalleryItem(TypedDict):
    """A query with what the matcher found for it.

    Attributes:
        direction: `t2i` (the query is a sentence) or `i2t` (the query is an image).
        kind: why it is shown.
        query: the sentence, or the id of the image.
        rank: rank of the best match.
        pictures: JPEG or PNG bytes. t2i: the images found, in order; i2t: the picture of the query, alone.
        captions: t2i: a text below each picture; i2t: the sentences found, in order.
        matches: for each caption, whether it is a match.
    """

    direction: Literal["t2i", "i2t"]
    kind: Literal["best", "typical", "worst"]
    query: str
    rank: int
    pictures: Sequence[bytes]
    captions: Sequence[str]
    matches: Sequence[bool]


def gallery_queries(ranks: np.ndarray, *, count: int = 3, seed: int = 0) -> dict[str, list[int]]:
    """Queries worth looking at: the best, those around the median rank, the worst; equal ranks are drawn at random.

    Args:
        ranks: (Q,) ranks of one direction, 0 = unmatched.
        count: queries of each kind; fewer where there are not enough, and none twice.
        seed: of the draw.

    Example:
        >>> gallery_queries(np.array([9, 1, 3, 0, 40]), count=1)
        {'best': [1], 'typical': [2], 'worst': [4]}
    """
    matched = np.flatnonzero(ranks > 0)
    shuffled = np.random.default_rng(seed).permutation(matched)
    order = shuffled[np.argsort(ranks[shuffled], kind="stable")]
    count = min(count, len(order) // 3)
    middle = max((len(order) - count) // 2, count)
    return {
        "best": order[:count].tolist(),
        "typical": order[middle : middle + count].tolist(),
        "worst": order[len(order) - count :][::-1].tolist(),
    }


def write_report(
    path: str | os.PathLike[str],
    *,
    title: str,
    metrics: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    calibration: Mapping[str, Any] | None = None,
    ranks: Ranks | None = None,
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
        calibration: `probability_metrics` documents, nested in any way; the keys become their names.
        ranks: of the queries, for the curve and the histogram.
        facts: what the numbers belong to: recipe, fingerprint, command, time.
        gallery: queries to look at.

    Raises:
        TwobranchError: if a picture of the gallery is neither JPEG nor PNG.
    """
    sections = [
        f'<p class="soft">{escape(_subject(metrics))}</p>',
        _cards(metrics, before),
        _table(metrics, before),
        training_section(history, "rsum"),
        _ranks(ranks),
        calibration_section(calibration or {}),
        *(_gallery(direction, gallery) for direction in _DIRECTIONS),
        facts_section(facts or {}),
    ]
    write_page(path, title, sections)


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
    rows = []
    for direction, (name, _) in _DIRECTIONS.items():
        rows.append(f'<tr><th colspan="6">{name}</th></tr>')
        rows += [_row(key, metrics[direction], before[direction] if before else None) for key in _METRICS]
    rows.append('<tr><th colspan="6">Both directions</th></tr>')
    both = {"rsum": metrics["rsum"], "interval": {"rsum": metrics.get("rsum_interval")}}
    rows.append(_row("rsum", both, before))
    note = (
        "R@K: percent of the queries with a match among the first K (success at K). MedR and MeanR: median and mean "
        "rank of the best match, 1 is best. rsum: sum of the six R@K. Ties count against the query. Intervals: 95 %, "
        f"bootstrap over groups. Queries without a match, left out: {metrics.get('unmatched_queries', 0):,}."
    )
    old = "<th>Before</th><th>Change</th>" if before else ""
    return (
        '<h2>Retrieval</h2><div class="table"><table><thead><tr><th></th><th>Value</th><th>95 % interval</th><th></th>'
        f'{old}</tr></thead><tbody>{"".join(rows)}</tbody></table></div><p class="soft">{note}</p>'
    )


def _row(key: str, values: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    interval = values.get("interval", {}).get(key)
    digits = 0 if key == "MedR" else 1
    cells = [f"<td>{key}</td><td>{number(values[key])}</td>"]
    cells.append(f"<td>{interval[0]:,.{digits}f} to {interval[1]:,.{digits}f}</td>" if interval else "<td></td>")
    scale = {"rsum": 6.0}.get(key, 1.0 if key.startswith("R@") else None)
    bar = ""
    if interval and scale:
        left, width = interval[0] / scale, (interval[1] - interval[0]) / scale
        bar = f'<i><i style="left: {left:.1f}%; width: {width:.1f}%"></i></i>'
    cells.append(f'<td class="range">{bar}</td>')
    if before:
        change = float(values[key]) - float(before[key])
        better = change > 0 if scale else change < 0
        color = "" if change == 0 else "up" if better else "down"
        cells.append(f'<td>{number(before[key])}</td><td class="{color}">{change:+,.1f}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _ranks(ranks: Ranks | None) -> str:
    if ranks is None:
        return ""
    sides = {"t2i": ranks.t2i, "i2t": ranks.i2t}
    success = figure(plots.success_at_k(sides), "R@K over K; dotted: 5 and 10.")
    histogram = figure(plots.rank_histogram(sides), "Where the best match of a query stands.")
    return f'<h2>Ranks</h2><div class="plots">{success}{histogram}</div>'


def _gallery(direction: str, gallery: Sequence[GalleryItem]) -> str:
    items = [item for item in gallery if item["direction"] == direction]
    if not items:
        return ""
    title, note = _DIRECTIONS[direction]
    parts = [f'<h2>{title}</h2><p class="soft">{note}</p>']
    for kind, heading in KINDS.items():
        own = [item for item in items if item["kind"] == kind]
        parts += [f"<h3>{heading}</h3>"] if own else []
        parts += [_item(item) for item in own]
    return "".join(parts)


def _item(item: GalleryItem) -> str:
    results = list(zip(item["captions"], item["matches"], strict=True))
    pictures = [picture(data, item["query"]) for data in item["pictures"]]
    if item["direction"] == "t2i":
        cells = "".join(
            f"<div{_marked(match)}>{picture}{_tick(match)}{escape(caption)}</div>"
            for picture, (caption, match) in zip(pictures, results, strict=True)
        )
        body = f'<div class="strip">{cells}</div>'
    else:
        lines = "".join(f"<li{_marked(match)}>{_tick(match)}{escape(caption)}</li>" for caption, match in results)
        body = f'<div class="pair">{"".join(pictures)}<ol>{lines}</ol></div>'
    rank = f'<span class="rank">best match on rank {item["rank"]:,}</span>'
    return f'<div class="query"><header><span>{escape(item["query"])}</span>{rank}</header>{body}</div>'


def _marked(match: bool) -> str:
    return ' class="match"' if match else ""


def _tick(match: bool) -> str:
    return '<span class="tick" title="match">✓</span> ' if match else ""
