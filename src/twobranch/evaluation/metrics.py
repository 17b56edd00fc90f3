"""A document of metrics: the dictionary of the JSON, which notebooks show as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twobranch.html import table_html

HEADINGS = {"t2i": "search (sentence to images)", "i2t": "annotation (image to sentences)", "s2s": "within sentences"}
"""What the directions are called for people."""


class Metrics(dict[str, Any]):
    """What an evaluation returns: a dictionary, in everything but how a notebook shows it.

    Example:
        >>> metrics = Metrics({"task": "retrieval", "rsum": 12.5, "rsum_interval": [10.0, 15.0]})
        >>> metrics == {"task": "retrieval", "rsum": 12.5, "rsum_interval": [10.0, 15.0]}
        True
        >>> "12.5" in metrics._repr_html_()
        True
    """

    def _repr_html_(self) -> str:
        known = ("task", "split", "images", "sentences", "phrases", "identities", "corpus")
        shown = [f"{name} {_text(self[name])}" for name in known if self.get(name) is not None]
        if "rsum" in self:
            both = {"rsum": self["rsum"], "interval": {"rsum": self.get("rsum_interval")}}
            shown.append(f"rsum {_cell(both, 'rsum')}")
        caption = " · ".join(shown)
        head = ["", *_columns(self)]
        rows = [[name, *(_cell(values, key) for key in head[1:])] for name, values in _rows(self)]
        return table_html(head, rows, caption)


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The parts of a document that hold metrics, each with the name of its row."""
    if _numbers(document):
        yield "all", document
    for side, heading in HEADINGS.items():
        if side in document:
            yield heading, document[side]
    for name, values in document.get("by_type", {}).items():
        yield str(name), values


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """The metrics among the values: counts and settings of the document are none."""
    sizes = ("images", "sentences", "phrases", "identities", "unmatched_queries", "excluded_phrases", "items",
             "proposals", "iou", "suppress", "folds", "rsum")  # fmt: skip
    return {key: value for key, value in values.items() if key not in sizes and _is_number(value)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _columns(document: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(key for _, values in _rows(document) for key in _numbers(values)))


def _cell(values: Mapping[str, Any], key: str) -> str:
    """A metric with its interval, where it has one."""
    if key not in values:
        return ""
    interval = values.get("interval", {}).get(key)
    return _text(values[key]) + (f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else "")


def _text(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
