"""The table of metrics: value, 95 % interval as numbers and as a bar, and the change by the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from twobranch.evaluation.reports.page import number


class Metric(NamedTuple):
    """A metric of a document.

    Attributes:
        key: its key, which is shown.
        largest: its largest value, where a bar makes sense; larger is better then, and smaller otherwise.
    """

    key: str
    largest: float | None = 100.0


class Part(NamedTuple):
    """Some rows of the table.

    Attributes:
        heading: above them.
        metrics: one for each row.
        values: the value of each key, and `interval`.
        before: the same before training.
    """

    heading: str
    metrics: Sequence[Metric]
    values: Mapping[str, Any]
    before: Mapping[str, Any] | None


def metric_table(parts: Sequence[Part], note: str) -> str:
    """All rows, each part under its heading, and below them how to read them."""
    changed = any(part.before is not None for part in parts)
    old = "<th>Before</th><th>Change</th>" if changed else ""
    body = "".join(
        f'<tr><th colspan="{6 if changed else 4}">{escape(part.heading)}</th></tr>'
        + "".join(_row(metric, part.values, part.before) for metric in part.metrics)
        for part in parts
    )
    return (
        '<div class="table"><table><thead><tr><th></th><th>Value</th><th>95 % interval</th><th class="range"></th>'
        f'{old}</tr></thead><tbody>{body}</tbody></table></div><p class="soft">{escape(note)}</p>'
    )


def interval_bar(interval: Sequence[float] | None, largest: float, marked: float | None = None) -> str:
    """A cell with an interval as a bar.

    Args:
        interval: its ends.
        largest: the value at the right end of the cell.
        marked: a value with a line of its own.

    Example:
        >>> interval_bar([10.0, 20.0], 100.0)
        '<td class="range"><i><i style="left: 10.0%; width: 10.0%"></i></i></td>'
    """
    if not interval:
        return '<td class="range"></td>'
    scale = 100.0 / largest if largest else 0.0
    left, width = interval[0] * scale, (interval[1] - interval[0]) * scale
    line = "" if marked is None else f'<b style="left: {marked * scale:.1f}%"></b>'
    return f'<td class="range"><i><i style="left: {left:.1f}%; width: {width:.1f}%"></i>{line}</i></td>'


def _row(metric: Metric, values: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    key, value = metric.key, values[metric.key]
    interval = values.get("interval", {}).get(key)
    digits = 0 if key == "MedR" else 1
    cells = [f"<td>{escape(key.replace('_', ' '))}</td><td>{number(value)}</td>"]
    cells.append(f"<td>{interval[0]:,.{digits}f} to {interval[1]:,.{digits}f}</td>" if interval else "<td></td>")
    cells.append(interval_bar(interval if metric.largest else None, metric.largest or 1.0))
    if before:
        change = float(value) - float(before[key])
        better = change > 0 if metric.largest else change < 0
        color = "" if change == 0 else "up" if better else "down"
        cells.append(f'<td>{number(before[key])}</td><td class="{color}">{change:+,.1f}</td>')
    return f"<tr>{''.join(cells)}</tr>"
