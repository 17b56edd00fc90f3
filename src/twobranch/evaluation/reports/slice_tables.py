"""Tables of slices: for which queries a matcher is better or worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from twobranch.evaluation.reports.metric_table import interval_bar

SIDES = {"t2i": "Search", "i2t": "Annotation"}


def slices_section(slices: Sequence[Mapping[str, Any]], overall: Mapping[str, Any], columns: Sequence[str]) -> str:
    """A table for each property, and for each direction where there are two; nothing without slices.

    Args:
        slices: the `slices` of a document.
        overall: the document, for the line that marks the value of all queries.
        columns: the metrics to show; the first one has its interval and its bar.
    """
    if not slices:
        return ""
    both = any(side in values for one in slices for values in one["values"].values() for side in SIDES)
    sides = SIDES if both else {"": ""}
    parts = []
    for one in slices:
        tables = [_table(one, side, overall, columns, _largest(slices, columns[0])) for side in sides]
        parts.append(f'<h3>By {escape(one["property"])}</h3><div class="slices">{"".join(tables)}</div>')
    note = (
        "Each row is a part of the queries; the gallery is the same for all. The bar is the 95 % interval of "
        f"{columns[0]}, by bootstrap over groups, on one scale for all tables; the line is that of all queries. "
        "Where bars overlap, a difference may be chance, and of many slices some differ by chance."
    )
    return f'<h2>Slices</h2><p class="soft">{escape(note)}</p>{"".join(parts)}'


def _largest(slices: Sequence[Mapping[str, Any]], metric: str) -> float:
    """The end of the scale of all bars."""
    rows = [row for one in slices for values in one["values"].values() for row in _rows(values)]
    return max((row.get("interval", {}).get(metric, [0, row[metric]])[1] for row in rows), default=0) or 100.0


def _rows(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [values[side] for side in SIDES if side in values] or [values]


def _table(
    one: Mapping[str, Any], side: str, overall: Mapping[str, Any], columns: Sequence[str], largest: float
) -> str:
    rows = {name: values.get(side) if side else values for name, values in one["values"].items()}
    if not any(rows.values()):
        return ""
    marked = (overall[side] if side else overall)[columns[0]]
    body = "".join(_line(name, row, columns, largest, marked) for name, row in rows.items() if row)
    counted = "phrases" if any("phrases" in row for row in rows.values() if row) else "queries"
    first, *others = (f"<th>{escape(name.replace('_', ' '))}</th>" for name in columns)
    head = f'<th>{SIDES.get(side, "")}</th><th>{counted}</th>{first}<th>95 %</th><th class="range"></th>'
    head += "".join(others)
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _line(name: str, row: Mapping[str, Any], columns: Sequence[str], largest: float, marked: float) -> str:
    interval = row.get("interval", {}).get(columns[0])
    shown = f"{interval[0]:.1f} to {interval[1]:.1f}" if interval else ""
    count = row.get("queries", row.get("phrases"))
    others = "".join(f"<td>{row[key]:.1f}</td>" for key in columns[1:])
    return (
        f'<tr><td class="wrap">{escape(name)}</td><td>{count:,}</td><td>{row[columns[0]]:.1f}</td><td>{shown}</td>'
        f"{interval_bar(interval, largest, marked)}{others}</tr>"
    )
